"""Reviews of a unit's case files: drawn at random, scored, corrected, checked again (zz2020/2.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.devolved.files import decided_as, decided_between, described, digest_of, drawn
from workflows.devolved.quarters import days_of, first_working_instant, quarter_of
from workflows.directory import find_unit
from workflows.letter_book import facts, write_letter
from workflows.oversight.letters import write_opinion
from workflows.performance.periods import title_of
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.records.devolved import delegation, devolved_file, devolved_review
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

STATES: Mapping[str, str] = {
    "collected": "待抽取", "scoring": "评查中", "empty": "期内没有办件", "passed": "未发现问题", "opinion": "整改中",
    "corrected": "整改到位", "decided": "已作处理",
}  # fmt: skip
FOLLOW_UPS: Mapping[str, str] = {
    "order_revocation": "责令撤销许可", "revoke": "直接撤销许可", "take_back": "收回事项", "refer": "移送问责",
    "none": "不作处理",
}  # fmt: skip
_FULL = 100
_KIND = "devolved_review"


@dataclass(frozen=True, slots=True)
class StartReview:
    """Review a unit out of turn: all it decided since a day, or cases by number; answers the review's number.

    Raises:
        FormInvalid: a case number is not one of the unit's.
    """

    actor: Actor
    unit: str
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require(self.actor, "policy_officer", "leader")
        unit, given = find_unit(uow, self.unit), self.answers
        numbers = [line.strip() for line in str(given.get("case_numbers") or "").splitlines() if line.strip()]
        found = decided_as(uow, unit.code, numbers)
        if missing := [number for number in numbers if number not in found]:
            message = f"不是{unit.short_name}办理的下放、委托或授权事项：{'、'.join(missing)}"
            raise errors.FormInvalid(errors=[{"field": "case_numbers", "message": message}])
        key = next_number(uow, self.rulebook.city.numbers[_KIND], _KIND)
        variables = {
            "unit": unit.code, "quarter": quarter_of(local_day_of(uow.now)).name, "trigger": "special",
            "reason": given["reason"], "from_day": given.get("from_day"),
            "approval_ids": [str(one) for one in found.values()], "business_key": key,
        }  # fmt: skip
        trigger = StartTrigger("review_due", "message", "review_due")
        StartProcess("devolved_review", key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def begin_quarter(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say which quarter is reviewed now, whether there is anything to review, and when the next one begins."""
    current, unit = quarter_of(local_day_of(uow.now)), str(job.variables["unit"])
    reviewed = current.previous
    since = delegation.c.valid_to.is_(None) | (delegation.c.valid_to > reviewed.first_day)
    has_items = uow.connection.execute(select(delegation.c.id).where(delegation.c.unit == unit, since)).first()
    following = first_working_instant(current.next, rulebook.calendar)
    if has_items is None:
        return {"is_delegated": False}
    key = next_number(uow, rulebook.city.numbers[_KIND], _KIND)
    return {
        "is_delegated": True, "quarter": reviewed.name, "review_key": key, "next_quarter_at": following.isoformat(),
    }  # fmt: skip


def collect_files(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down all files that can be drawn, before anything is drawn."""
    given, unit = job.variables, find_unit(uow, str(job.variables["unit"]))
    quarter, trigger = str(given["quarter"]), str(given["trigger"])
    chosen = given.get("approval_ids")
    first, end = (None, None) if chosen else _period(uow, given)
    pool = sorted(map(str, chosen if isinstance(chosen, list) else ()))
    if first and end:
        pool = sorted(map(str, decided_between(uow, unit.code, first, end)))
    review_id = uow.new_id()
    row = {
        "id": review_id, "instance_id": job.instance_id, "business_key": job.business_key, "unit": unit.code,
        "quarter": quarter, "trigger": trigger, "reason": given["reason"], "from_day": first, "to_day": end,
        "pool": pool, "pool_hash": digest_of(pool), "state": "collected", "corrections": [], "started_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(devolved_review), row)
    return {
        "review_id": str(review_id), "pool_size": len(pool), "unit_name": unit.name, "area": unit.area,
        "policy_unit": rulebook.city.policy_unit, "leader_unit": rulebook.city.leader_unit,
        "title": f"{unit.short_name}{title_of(quarter)}{'' if trigger == 'quarterly' else '专项'}评查",
    }  # fmt: skip


def _period(uow: UnitOfWork, given: Mapping[str, Any]) -> tuple[date, date]:
    tomorrow = local_day_of(uow.now) + ONE_DAY
    if given["trigger"] == "quarterly":
        return days_of(quarter_of(local_day_of(uow.now)).previous)
    return date.fromisoformat(str(given["from_day"])), tomorrow


def draw_files(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Draw the sample and keep what it was drawn with."""
    row, salt = _review(uow, job.variables), str(uow.new_id())
    chosen = drawn(row.pool, salt, int(float(str(job.variables["sample_size"]))))
    about = described(uow, [UUID(one) for one in chosen])
    files, subjects = [], []
    for place, approval_id in enumerate(map(UUID, chosen), 1):
        file_id, known = uow.new_id(), about[approval_id]
        files.append({"id": file_id, "review_id": row.id, "approval_id": approval_id, "place": place})
        names = ("business_key", "document_no", "project_name", "project_no", "site", "party_name", "item_name")
        subjects.append({"file_id": str(file_id), **{name: getattr(known, name) for name in names}})
    if files:
        uow.connection.execute(insert(devolved_file), files)
    closing = {} if files else {"closed_at": uow.now}
    _change(uow, row, salt=salt, state="scoring" if files else "empty", **closing)
    return {"files": subjects, "scores": []}


def note_scorer(_uow: UnitOfWork, task: TaskContext, _answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who scored the file for the record that follows in the same step."""
    return {"scored_by": task.actor.login}


def record_score(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Write a file's score; a condition of the law that was not met makes it serious."""
    given: Mapping[str, Any] = job.variables
    score = _FULL - int(float(str(given["deduction"])))
    is_serious, is_mismatch = given["conditions"] == "no", given["holder_state"] == "mismatch"
    names = ("materials", "conditions", "procedure", "period", "reasons", "documents", "publicity", "holder_state",
             "file_findings")  # fmt: skip
    values = {
        "answers": {name: given[name] for name in names}, "score": score, "is_serious": is_serious,
        "is_mismatch": is_mismatch, "scored_by": given["scored_by"], "scored_at": uow.now,
    }  # fmt: skip
    mine = devolved_file.c.id == UUID(str(given["subject"]["file_id"]))
    uow.connection.execute(update(devolved_file).where(mine).values(**values))
    return {"score": score, "is_serious": is_serious, "is_mismatch": is_mismatch}


def send_opinion(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the numbered opinion; the clock of the correction starts."""
    row, given = _review(uow, job.variables), job.variables
    number = write_opinion(
        uow, rulebook, job, about=row.id, receiver=row.unit, limit="review_correction",
        opening="经随机抽取你单位办理的下列事项案卷评查，发现问题，现提出监督意见，请整改并书面反馈。",
        rows=[("评查", given["title"]), ("抽取案卷", f"从 {given['pool_size']} 件中随机抽取"),
              ("问题和依据", given["opinion_findings"]), ("整改要求", given["opinion_request"])],
        basis=["《细则》二（九）", "《行政许可法》第六十条"],
        closing="逾期不整改的，将报局领导依法处理。",
    )  # fmt: skip
    opinion = {"findings": given["opinion_findings"], "request": given["opinion_request"]}
    _change(uow, row, state="opinion", opinion=opinion, opinion_number=number, sent_at=uow.now)
    return {"opinion_number": number, "correction_round": 1}


def correct(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's written correction."""
    row = _review(uow, task.variables)
    entry = {"round": task.variables["correction_round"], "by": task.actor.login, "at": uow.now.isoformat(), **answers}
    _change(uow, row, corrections=[*row.corrections, entry])
    return {}


def recheck(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the verdict on the last correction; one that is not enough begins another round."""
    row = _review(uow, task.variables)
    verdict = {"verdict": answers["decision"], "verdict_note": answers.get("recheck_note"),
               "checked_by": task.actor.login, "checked_at": uow.now.isoformat()}  # fmt: skip
    _change(uow, row, corrections=[*row.corrections[:-1], {**row.corrections[-1], **verdict}])
    return {"correction_round": int(task.variables["correction_round"]) + (answers["decision"] == "again")}


def record_decision(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Keep the leader's decision and tell the unit in writing."""
    row, city, given = _review(uow, job.variables), rulebook.city, job.variables
    kind = FOLLOW_UPS[str(given["followup"])]
    content = {
        "opening": f"你单位对监督意见书（{row.opinion_number}）的整改经复查不合格，经局领导决定：{kind}。",
        "facts": facts(("评查", given["title"]), ("处理决定", kind), ("理由和依据", given["followup_reason"])),
        "basis": ["《细则》二（九）", "《行政许可法》第六十条、第六十九条"],
        "closing": "请于收到后办理，并书面反馈结果。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="followup", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="下放事项处理决定告知书", content=content,
    )  # fmt: skip
    decision = {"kind": given["followup"], "reason": given["followup_reason"], "number": number}
    _change(uow, row, state="decided", decision=decision)
    return {"followup_number": number}


def close_review(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the review with what came of it."""
    row = _review(uow, job.variables)
    states = {"scoring": "passed", "opinion": "corrected"}
    _change(uow, row, state=states.get(row.state, row.state), closed_at=uow.now)
    return {}


def _review(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = devolved_review.c.id == UUID(str(variables["review_id"]))
    return uow.connection.execute(select(devolved_review).where(mine)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(devolved_review).where(devolved_review.c.id == row.id).values(**values))
