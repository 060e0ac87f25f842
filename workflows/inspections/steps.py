"""What people answer at the steps of an inspection, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.store.tables import user_task
from workflows import errors
from workflows.directory import find_unit
from workflows.inspections.access import is_inspector
from workflows.inspections.cases import change, row_of, take_on
from workflows.inspections.people import actor_of, chosen
from workflows.policy import may_take
from workflows.process import TaskContext
from workflows.records.inspections import inspection_record
from workflows.recusals import Recusal, write_decision
from workflows.uow import UnitOfWork


def assign(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Write who inspects and who is invited, or why the inspection is withdrawn."""
    row = row_of(uow, task.variables)
    if answers["decision"] == "withdraw":
        change(uow, row, close_note=answers["assign_note"])
        return {"outcome": "not_applicable"}
    planned = date.fromisoformat(str(answers["planned_on"])) if answers.get("planned_on") else None
    taken = take_on(uow, row, list(answers.get("inspectors") or ()), planned)
    invited = [code for code in answers.get("joint_units") or () if code != row.unit]
    if row.kind == "joint" and not invited:
        raise _wrong("joint_units", "联合检查的，请至少邀请一个单位")
    units = [find_unit(uow, code) for code in invited]
    change(uow, row, joint_units=[{"unit": one.code, "name": one.short_name, "answer": None} for one in units])
    return {**taken, "joint_units": [{"unit": one.code, "name": one.short_name} for one in units]}


def join(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep an invited unit's answer."""
    row, unit = row_of(uow, task.variables), task.variables["invited"]["unit"]
    answer = {"answer": answers["joining"], "officer": answers.get("joining_officer") or "",
              "note": answers.get("joining_note") or "", "at": uow.now.isoformat()}  # fmt: skip
    change(uow, row, joint_units=[one | answer if one["unit"] == unit else one for one in row.joint_units])
    return {}


def refuse_plain_record(_uow: UnitOfWork, _task: TaskContext, _answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Refuse to complete the record without its content; ``SubmitRecord`` is the way."""
    raise _wrong("record", "请在“检查”页面填写并提交检查记录")


def decide_recusal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the decision on a request for recusal; a granted one replaces the inspector at once."""
    row, asked = row_of(uow, task.variables), task.variables["recusal"]
    if asked["officer"] == task.actor.login:
        raise errors.SamePerson(inspection=row.number)
    decision = {"decision": answers["decision"], "note": answers.get("recusal_note") or "", "by": task.actor.login,
                "at": uow.now.isoformat(), "replacement": answers.get("replacement")}  # fmt: skip
    recusals = [one | decision if one["id"] == asked["id"] else one for one in row.recusals]
    change(uow, row, recusals=recusals)
    decided = Recusal(
        f"行政检查（{row.number}）", asked["officer"], asked["reason"], answers["decision"] == "grant",
        decision["note"], [one["login"] for one in row.inspectors],
    )  # fmt: skip
    if not decided.is_granted:
        write_decision(uow, task, row, decided)
        return {}
    kept = [one["login"] for one in row.inspectors if one["login"] != asked["officer"]]
    login = str(answers["replacement"])
    _require_reachable(uow, task, login)
    change(uow, row, inspectors=chosen(uow, row, [*kept, login], "replacement"))
    write_decision(uow, task, row, replace(decided, officers=[*kept, login]))
    return {}


def _require_reachable(uow: UnitOfWork, task: TaskContext, login: str) -> None:
    """Refuse somebody who could not open the task of the record."""
    replacement = actor_of(uow, login)
    waiting = uow.connection.execute(
        select(user_task.c.candidate_groups).where(
            user_task.c.instance_id == task.instance_id, user_task.c.element_id == "record_findings",
            user_task.c.status == "open",
        )
    ).all()  # fmt: skip
    if waiting and not any(may_take(replacement, row.candidate_groups, (), None) for row in waiting):
        raise _wrong("replacement", "请更换为本单位或已参加检查的科室的人员")


def review(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the review of a record; whoever inspected does not review."""
    row, decision = row_of(uow, task.variables), answers["decision"]
    if is_inspector(row, task.actor):
        raise errors.SamePerson(inspection=row.number, reason="检查人员不能审核自己的记录，请由其他负责人审核")
    note = {"decision": decision, "note": answers.get("review_note") or "", "by": task.actor.login,
            "at": uow.now.isoformat()}  # fmt: skip
    mine = inspection_record.c.id == UUID(str(task.variables["record_id"]))
    uow.connection.execute(update(inspection_record).where(mine).values(review=note))
    if decision == "return":
        change(uow, row, state="assigned")
    return {"handling": answers.get("handling") or "none", "decided_by": task.actor.login}


def report(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the party's report, or that there was none."""
    row = row_of(uow, task.variables)
    said = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    change(uow, row, state="rechecking", rectification={**row.rectification, "report": said})
    return {}


def recheck(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the inspectors found when they looked again."""
    row = row_of(uow, task.variables)
    if not is_inspector(row, task.actor):
        raise errors.NotInspector(inspection=row.number)
    found = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    change(uow, row, rectification={**row.rectification, "recheck": found})
    return {"decided_by": task.actor.login}


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])
