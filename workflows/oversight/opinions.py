"""Opinions: a check by two supervisors, the unit corrects itself in thirty days or is told what to do (sdzfjd/28)."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows import errors
from workflows.directory import find_unit, names_of
from workflows.oversight.cases import DECISIONS, change, keep, last_step, opened, require_other, row_of
from workflows.oversight.letters import deadline, write, write_opinion
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

_CLOSED_AS = {"conduct_check": "clean", "recheck_oversight": "corrected", "check_execution": "executed"}


def open_oversight(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the case down."""
    nothing = {"fault_kind": None, "findings": None, "checked_by": None, "opinion_at": None, "decision_at": None}
    return {**opened(uow, job, rulebook, "opinion"), **nothing}


def check(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what two supervisors found.

    Raises:
        FormInvalid: the second supervisor is the first, or more faults than files.
    """
    require_other(task, str(answers["second_supervisor"]))
    if float(answers["faulty_count"]) > float(answers["checked_count"]):
        message = f"问题数不能大于检查数 {answers['checked_count']}"
        raise errors.FormInvalid(errors=[{"field": "faulty_count", "message": message}])
    keep(uow, task, answers, state="checked")
    return {"checked_by": task.actor.login}


def issue_opinion(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the opinion; thirty days begin."""
    row, given = row_of(uow, job), job.variables
    found = last_step(row, "conduct_check")
    who = names_of(uow, (found["by"], found["second_supervisor"]))
    number = write_opinion(
        uow, rulebook, job, about=row.id, receiver=row.unit, limit="oversight_correction",
        opening="经监督检查，你单位的下列行政执法行为违法或者不当，现提出监督意见，请自行纠正并书面报告。",
        rows=[
            ("检查日期", found["checked_on"]),
            ("监督人员", f"{who[found['by']]}、{who[found['second_supervisor']]}"),
            ("监督证号", found["supervision_ids"]),
            ("检查数和问题数", f"检查 {_plain(found['checked_count'])}，有问题 {_plain(found['faulty_count'])}"),
            ("问题", given["opinion_findings"]), ("违反的规定", given["opinion_basis"]),
            ("纠正要求", given["opinion_request"]),
        ],
        basis=["《山东省行政执法监督条例》第二十八条", "《细则》二（八）"],
        closing="逾期未自行纠正的，将依法作出监督决定。",
    )  # fmt: skip
    change(uow, row, state="issued", letter_number=number, issued_at=uow.now)
    return {"opinion_number": number, "opinion_at": uow.now.isoformat()}


def issue_decision(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the decision; thirty days to report begin."""
    row, given = row_of(uow, job), job.variables
    kind = str(given["decision_kind"])
    number = write(
        uow, rulebook, job, "oversight_decision", about=row.id, receiver=row.unit,
        opening=f"你单位没有按照监督意见书（{row.letter_number}）自行纠正，经研究决定：{DECISIONS[kind]}。",
        rows=[("监督意见书", row.letter_number), ("处理决定", DECISIONS[kind]),
              ("事实、理由和依据", given["decision_reason"])],
        deadline=deadline(rulebook, "oversight_report", uow.now),
        basis=["《山东省行政执法监督条例》第二十九条至第三十四条"],
        closing="请执行并书面报告；拒绝执行或者拒绝报告的，依法追究责任。",
    )  # fmt: skip
    change(uow, row, state="decided", decision_kind=kind, decision_number=number, decided_at=uow.now)
    return {"decision_number": number, "decision_at": uow.now.isoformat()}


def report(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's report on the decision and put it into the book of letters."""
    row, rulebook = row_of(uow, task), task.rulebook
    number = write(
        uow, rulebook, task, "oversight_report", about=row.id, receiver=rulebook.city.policy_unit, sender=row.unit,
        by=task.actor.login, opening=f"现将监督决定书（{row.decision_number}）的执行情况报告如下。",
        rows=[("处理决定", DECISIONS[row.decision_kind]), ("执行情况", answers["execution_report"]),
              ("执行日期", answers["executed_on"])],
        basis=["《山东省行政执法监督条例》第二十九条"], closing="特此报告。",
    )  # fmt: skip
    keep(uow, task, {**answers, "number": number}, state="reported")
    return {}


def close_oversight(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the case with what came of it: the last step says."""
    row = row_of(uow, job)
    change(uow, row, state="closed", outcome=_CLOSED_AS[row.steps[-1]["step"]], closed_at=uow.now)
    return {}


def refer(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Refer the unit to the discipline inspectors, or keep why it was not, and close the case."""
    row, said = row_of(uow, job), last_step(row_of(uow, job), "approve_accountability")
    if said["decision"] == "waive":
        change(uow, row, state="closed", outcome="waived", closed_at=uow.now)
        return {}
    write(
        uow, rulebook, job, "referral", about=row.id, receiver=rulebook.city.discipline_unit,
        opening="下列单位拒绝执行监督决定或者拒绝报告执行情况，现将有关情况移送，请依职责处理。",
        rows=[("单位", find_unit(uow, row.unit).name), ("监督意见书", row.letter_number),
              ("监督决定书", row.decision_number), ("处理决定", DECISIONS[row.decision_kind]),
              ("情况和理由", said["referral_reason"])],
        basis=["《山东省行政执法监督条例》第三十五条、第三十七条", "《细则》三（三）"], closing="特此移送。",
    )  # fmt: skip
    change(uow, row, state="closed", outcome="referred", closed_at=uow.now)
    return {}


def _plain(number: Any) -> int:
    return int(float(str(number)))
