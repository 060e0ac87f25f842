"""From the draw to the public: notices to the units, results as they come in, the audit, the publication."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from engine.handlers import ServiceJob
from workflows.functions import anchor_of
from workflows.inspections.shapes import RESULTS
from workflows.letter_book import facts, write_letter
from workflows.process import TaskContext
from workflows.publication.results import publish_results
from workflows.random_checks.ceremony import lot_of
from workflows.random_checks.changes import targets_of
from workflows.random_checks.tasks import change, task_of
from workflows.records.libraries import inspection_object
from workflows.records.random_checks import random_target
from workflows.rulebook import Rulebook
from workflows.stage_clocks import end_stage_clock, open_stage_clock
from workflows.uow import UnitOfWork, local_day_of

_BASIS = ["《细则》二（三）", "《行政处罚法》第四十二条、第四十三条"]


def send_notices(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell every unit that takes part what was drawn, and hand each object to its inspection."""
    row, lot = task_of(uow, job.variables), lot_of(uow, job.variables)
    targets = targets_of(uow, lot.id)
    for unit in (row.unit, *row.joint_units):
        content = {
            "opening": f"经双随机抽取，下列对象由你单位人员参加检查（{row.title}）。",
            "facts": facts(*((f"{one.place}. {one.name}", _team(one)) for one in targets)),
            "deadline": f"{row.due_on.year}年{row.due_on.month}月{row.due_on.day}日24时前完成检查并提交结果",
            "basis": _BASIS,
            "closing": "检查前不得泄露检查对象。与检查对象有利害关系的，应当申请回避。",
        }
        write_letter(
            uow, rulebook.city, job, kind="random_notice", about=row.id, sender=row.unit, receiver=unit,
            subject="双随机抽查任务通知", content=content,
        )  # fmt: skip
    mine = random_target.c.id.in_([one.id for one in targets])
    uow.connection.execute(update(random_target).where(mine).values(state="inspecting"))
    change(uow, row, state="inspecting")
    anchor = anchor_of(job.variables["term_begins"], uow.now)
    open_stage_clock(
        uow, rulebook, job, element="inspect_each", limit="random_task", anchor=anchor, anchor_event="完成期限前",
        unit=row.unit, item=row.item_codes[0],
    )  # fmt: skip
    return {"targets": [{"id": str(one.id), "request": _request(row, one)} for one in targets]}


def _request(task: Row[Any], one: Row[Any]) -> dict[str, Any]:
    """Return what an inspection is asked to do."""
    together = f"；一并检查：{'、'.join(task.item_codes[1:])}" if task.item_codes[1:] else ""
    return {
        "kind": "random", "object_id": str(one.object_id),
        "approval_id": None if one.approval_id is None else str(one.approval_id), "party_name": one.name,
        "party_code": one.credit_code or "", "site": one.site, "area": one.area, "item_code": task.item_codes[0],
        "unit": task.unit, "inspectors": [person["login"] for person in one.officers], "joint_units": task.joint_units,
        "reason": f"{task.title}（{task.business_key}）{together}", "source_key": task.business_key,
    }  # fmt: skip


def _team(one: Row[Any]) -> str:
    return "、".join(person["name"] for person in one.officers)


def record_target(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep what came of one object."""
    outcome, target = _mapping(job.variables["inspection_outcome"]), _mapping(job.variables["target"])
    mine = random_target.c.id == UUID(str(target["id"]))
    values = {
        "state": "done", "inspection_id": UUID(str(outcome["inspection_id"])), "inspection_number": outcome["number"],
        "result": outcome["result"], "follow_up": outcome["follow_up"], "finished_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(update(random_target).where(mine).values(**values))
    return {}


def finish_inspections(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that everything drawn was inspected; from now on the results are due to be published."""
    row = task_of(uow, job.variables)
    end_stage_clock(uow, job.instance_id, "inspect_each")
    change(uow, row, state="auditing", inspected_at=uow.now)
    return {
        "inspected_at": uow.now.isoformat(),
        "result_summary": summary_of([one.result for one in done_of(uow, row.id)]),
    }


def audit(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the verdict on the results."""
    row = task_of(uow, task.variables)
    entry = {"decision": answers["decision"], "note": answers.get("audit_note") or "", "by": task.actor.login,
             "at": uow.now.isoformat()}  # fmt: skip
    state = "audited" if answers["decision"] == "pass" else "correcting"
    change(uow, row, state=state, audit=[*row.audit, entry])
    return {}


def correct(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the leading unit mended."""
    row = task_of(uow, task.variables)
    entry = {"decision": "corrected", "note": answers["correction_note"], "by": task.actor.login,
             "at": uow.now.isoformat()}  # fmt: skip
    change(uow, row, state="auditing", audit=[*row.audit, entry])
    return {"result_summary": summary_of([one.result for one in done_of(uow, row.id)])}


def note_publisher(_uow: UnitOfWork, task: TaskContext, _answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who published for the record that follows in the same step."""
    return {"published_by": task.actor.login}


def publish(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Queue the results for every outlet and close the task."""
    row, given = task_of(uow, job.variables), job.variables
    limit = rulebook.reckon("random_publish", row.inspected_at)
    lines = [
        {"name": one.name, "code": one.credit_code or "", "result": RESULTS.get(one.result, one.result),
         "inspected_on": local_day_of(one.finished_at).isoformat(), "number": one.inspection_number}
        for one in done_of(uow, row.id)
    ]  # fmt: skip
    data = {
        "task": row.business_key, "title": row.title, "item_codes": row.item_codes, "unit": row.unit,
        "joint_units": row.joint_units, "statement": given["public_statement"], "results": lines,
        "proof": given.get("proof_hash"),
    }  # fmt: skip
    publish_results(
        uow, rulebook, about=row.id, data=data, unit=row.unit, due_at=limit.due_at, by=str(given["published_by"])
    )
    change(uow, row, state="published", published_at=uow.now, closed_at=uow.now)
    return {}


def done_of(uow: UnitOfWork, task_id: UUID) -> Sequence[Row[Any]]:
    """Return the inspected objects of a task, in the order drawn."""
    o = inspection_object.c
    return uow.connection.execute(
        select(random_target, o.name, o.credit_code)
        .join(inspection_object, o.id == random_target.c.object_id)
        .where(random_target.c.task_id == task_id, random_target.c.state == "done")
        .order_by(random_target.c.place)
    ).all()


def summary_of(results: Sequence[str]) -> str:
    """Return the results in one sentence."""
    counts = Counter(results)
    parts = [f"{text} {counts[key]} 户" for key, text in RESULTS.items() if counts[key]]
    return f"共检查 {len(results)} 户" + (f"：{'，'.join(parts)}。" if parts else "。")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
