"""The annual plan: begun, edited line by line, checked against the caps, approved, published, begun month by month."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from workflows import errors
from workflows.directory import find_unit
from workflows.items import item_for, items_on
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.publication.results import publish_plan
from workflows.random_checks.caps import findings_of
from workflows.records.random_checks import random_plan, random_plan_line
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

PROCESS = "random_plan"
PLANNERS = ("policy_officer",)
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class StartPlan:
    """Begin the plan of a year; answers its id."""

    actor: Actor
    year: int
    title: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the plan and start its case."""
        require(self.actor, *PLANNERS)
        city = self.rulebook.city
        plan_id, key = uow.new_id(), next_number(uow, city.numbers["random_plan"], "random_plan")
        row = {
            "id": plan_id, "business_key": key, "year": self.year, "title": self.title, "unit": city.policy_unit,
            "state": "draft", "warnings": [], "created_by": self.actor.login, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(random_plan), row)
        variables = {
            "plan_id": str(plan_id), "title": self.title, "unit": city.policy_unit, "area": city.area,
            "leader_unit": city.leader_unit, "year_begins": f"{self.year - 1}-12-31",
        }  # fmt: skip
        started = StartProcess(PROCESS, key, self.actor.login, variables).run(uow)
        uow.connection.execute(
            update(random_plan).where(random_plan.c.id == plan_id).values(instance_id=started.instance_id)
        )
        return plan_id


@dataclass(frozen=True, slots=True)
class SaveLine:
    """Add a line to a plan in draft, or change one; a section head only lines its own unit leads.

    Raises:
        CaseNotFound: there is no such plan or line.
        PlanClosed: the plan is no longer in draft.
        NotAllowed, FormInvalid, UnknownUnit, UnknownItem.
    """

    actor: Actor
    plan_id: UUID
    line_id: UUID | None
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the line."""
        plan, values = open_plan(uow, self.actor, self.plan_id), line_values(uow, self.answers)
        _require_line(self.actor, values["unit"])
        values |= {"changed_by": self.actor.login, "changed_at": uow.now}
        lines = lines_of(uow, plan.id)
        if self.line_id is not None:
            _require_line(self.actor, _line(lines, self.line_id)["unit"])
            mine = random_plan_line.c.id == self.line_id
            uow.connection.execute(update(random_plan_line).where(mine).values(**values))
            return self.line_id
        if len(lines) >= _MOST_LINES:
            raise _wrong("item_code", f"一个计划至多 {_MOST_LINES} 项，请另编补充计划")
        place = max((line["place"] for line in lines), default=0) + 1
        line_id = uow.new_id()
        uow.connection.execute(
            insert(random_plan_line), {"id": line_id, "plan_id": plan.id, "place": place, **values}
        )  # fmt: skip
        return line_id


@dataclass(frozen=True, slots=True)
class RemoveLine:
    """Take a line out of a plan in draft."""

    actor: Actor
    plan_id: UUID
    line_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Delete it."""
        plan = open_plan(uow, self.actor, self.plan_id)
        _require_line(self.actor, _line(lines_of(uow, plan.id), self.line_id)["unit"])
        uow.connection.execute(delete(random_plan_line).where(random_plan_line.c.id == self.line_id))


def open_plan(uow: UnitOfWork, actor: Actor, plan_id: UUID) -> Row[Any]:
    """Return a plan that is in draft, for somebody who may edit it."""
    require(actor, *PLANNERS, "section_head")
    row = uow.connection.execute(select(random_plan).where(random_plan.c.id == plan_id)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(plan=str(plan_id))
    if row.state != "draft":
        raise errors.PlanClosed(plan=row.business_key, state=row.state)
    return row


def lines_of(uow: UnitOfWork, plan_id: UUID) -> list[dict[str, Any]]:
    """Return the lines of a plan in order."""
    mine = select(random_plan_line).where(random_plan_line.c.plan_id == plan_id)
    return [dict(row) for row in uow.connection.execute(mine.order_by(random_plan_line.c.place)).mappings()]


def _line(lines: list[dict[str, Any]], line_id: UUID) -> dict[str, Any]:
    found = next((line for line in lines if line["id"] == line_id), None)
    if found is None:
        raise errors.CaseNotFound(line=str(line_id))
    return found


def _require_line(actor: Actor, unit: str) -> None:
    if not actor.has(*PLANNERS) and unit not in actor.units:
        raise errors.NotAllowed(unit=unit, reason="只能编辑本单位牵头的抽查事项")


def line_values(uow: UnitOfWork, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that describe what is checked, from the answers to a form."""
    values = check_scope(uow, given)
    first, last = int(given["month_from"]), int(given["month_to"])
    if last < first:
        raise _wrong("month_to", "结束月份不能早于开始月份")
    return {**values, "month_from": first, "month_to": last}


def check_scope(uow: UnitOfWork, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a line of a plan and a task ad hoc share."""
    today = local_day_of(uow.now)
    unit = find_unit(uow, str(given["unit"]))
    codes = list(dict.fromkeys([given["item_code"], *(given.get("more_items") or ())]))
    for code in codes:
        item_for(uow, code, today)
    joint = [code for code in dict.fromkeys(given.get("joint_units") or ()) if code != unit.code]
    return {
        "item_codes": codes, "unit": unit.code, "joint_units": joint, "areas": list(given.get("areas") or ()),
        "direction": given["direction"], "object_kind": given.get("object_kind") or "",
        "condition": given.get("condition") or "", "per_unit": int(given["per_unit"]),
        "ratio": None if given.get("ratio") in (None, "") else int(given["ratio"]),
    }  # fmt: skip


def submit(uow: UnitOfWork, task: TaskContext, _answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Refuse a plan that is empty or passes a cap for certain; keep what else there is to say for the leader."""
    plan = _plan(uow, task.variables)
    lines = lines_of(uow, plan.id)
    if not lines:
        raise _wrong("plan_note", "计划还没有抽查事项，请先在“年度计划”中添加")
    found = findings_of(uow, lines, local_day_of(uow.now), plan.year)
    over = [one.message for one in found if one.kind == "over"]
    if over:
        advice = "；".join(one.message for one in found if one.kind == "merge") or "请合并检查或降低比例"
        raise _wrong("plan_note", f"超过年度检查次数：{'；'.join(over[:5])}。{advice}")
    warnings = [{"kind": one.kind, "message": one.message} for one in found]
    _change(uow, plan, state="approving", warnings=warnings)
    return {"warning_count": len(warnings), "line_count": len(lines)}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the leader's decision; a plan that goes back can be edited again."""
    plan = _plan(uow, task.variables)
    values: dict[str, object] = {"approval_note": answers.get("approval_note")}
    if answers["decision"] == "approve":
        values |= {"approved_by": task.actor.login}
    else:
        values |= {"state": "draft"}
    _change(uow, plan, **values)
    return {}


def publish(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Publish the plan; every outlet gets its row."""
    plan, lines = _plan(uow, job.variables), lines_of(uow, _plan(uow, job.variables).id)
    _change(uow, plan, state="published", published_at=uow.now)
    names = ("place", "item_codes", "unit", "joint_units", "areas", "direction", "condition", "ratio", "month_from",
             "month_to")  # fmt: skip
    known = {one.code: one.name for one in items_on(uow, local_day_of(uow.now))}
    told = [
        {name: line[name] for name in names} | {"item_names": [known.get(code, code) for code in line["item_codes"]]}
        for line in lines
    ]
    data = {"year": plan.year, "title": plan.title, "lines": told}
    publish_plan(
        uow, rulebook, about=plan.id, data=data, unit=plan.unit, number=plan.business_key,
        by=plan.approved_by or "system",
    )  # fmt: skip
    return {"lines": [{"id": str(line["id"]), "place": line["place"]} for line in lines]}


def schedule_line(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say when a line begins, and what its task is asked to do."""
    plan, variables = _plan(uow, job.variables), job.variables
    line = _line(lines_of(uow, plan.id), UUID(str(_mapping(variables["line"])["id"])))
    first = rulebook.calendar.next_working_day(date(plan.year, line["month_from"], 1))
    begins = datetime.combine(first, time(), rulebook.calendar.zone).astimezone(UTC)
    last = calendar.monthrange(plan.year, line["month_to"])[1]
    due_on = date(plan.year, line["month_to"], last).isoformat()
    names = ("item_codes", "unit", "joint_units", "areas", "direction", "object_kind", "condition", "ratio", "per_unit")
    request = {
        **{name: line[name] for name in names}, "plan_line_id": str(line["id"]), "due_on": due_on,
        "reason": f"{plan.title}第 {line['place']} 项", "started_by": plan.approved_by or "system",
        "business_key": next_number(uow, rulebook.city.numbers["random_task"], "random_task"),
    }  # fmt: skip
    return {"line_begins_at": begins.isoformat(), "line_request": request}


def finish(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that every line has become a task."""
    _change(uow, _plan(uow, job.variables), state="finished")
    return {}


def _plan(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = random_plan.c.id == UUID(str(variables["plan_id"]))
    return uow.connection.execute(select(random_plan).where(mine)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(random_plan).where(random_plan.c.id == row.id).values(**values))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])
