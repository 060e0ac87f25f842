"""Cycles of duties: each unit does at least one check and one act for every item it supervises (zz2020/2.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.store.tables import process_definition, process_instance
from workflows import errors
from workflows.directory import find_unit
from workflows.key_areas.cycles import first_day, whole_months
from workflows.performance.counts import NOTHING, counts_between, ignored_acts, scope_between
from workflows.performance.scope import scope_on
from workflows.performance.sql import ScopeLine
from workflows.process import TaskContext
from workflows.records.performance import duty_cycle
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, begin_of, last_day_of, local_day_of

LIMIT, FIRST, PROCESS, AUDITS = "duty_cycle", "duty_first_cycle", "cycle_duty", "audit_cycle"
VERDICTS: Mapping[str, str] = {
    "done": "已履职", "missing_check": "有行为，无检查", "missing_act": "未开展", "no_object": "没有监管对象",
}  # fmt: skip
_c = duty_cycle.c


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle by its name, when its units are reminded, and when it ends."""

    name: str
    begins_at: datetime
    warn_at: datetime
    ends_at: datetime

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return last_day_of(self.ends_at)


def cycle_at(rulebook: Rulebook, now: datetime) -> Cycle:
    """Return the cycle that runs; how long it is, is the limit ``duty_cycle`` of the city."""
    return _cycle(rulebook, first_day(local_day_of(now), rulebook.reckon(LIMIT, now).limit.length))


def _cycle(rulebook: Rulebook, begins: date) -> Cycle:
    found = whole_months(rulebook, LIMIT, begins)
    name = f"{begins:%Y-%m}/{last_day_of(found.due_at):%Y-%m}"
    return Cycle(name, begin_of(begins), found.warn_at, found.due_at)


def next_cycle(rulebook: Rulebook, cycle: Cycle) -> Cycle:
    """Return the cycle after one."""
    return _cycle(rulebook, local_day_of(cycle.ends_at))


def begin_duty_cycle(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down that the unit's duties are counted in this cycle; with too little left of it, in the next one."""
    unit = find_unit(uow, str(job.variables["unit"]))
    cycle = cycle_at(rulebook, uow.now)
    if rulebook.reckon(FIRST, uow.now).due_at > cycle.ends_at:
        cycle = next_cycle(rulebook, cycle)
    known = set(uow.connection.scalars(select(_c.cycle).where(_c.unit == unit.code)))
    while cycle.name in known:
        cycle = next_cycle(rulebook, cycle)
    mine = [one for one in scope_on(uow, local_day_of(uow.now)) if one.unit == unit.code]
    if not mine:
        return {"has_duties": False}
    row = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key, "unit": unit.code,
        "cycle": cycle.name, "begins_at": cycle.begins_at, "ends_at": cycle.ends_at, "lines": [],
        "opened_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(duty_cycle), row)
    return {
        "has_duties": True, "cycle": cycle.name, "cycle_id": str(row["id"]), "is_missing": False, "lines": [],
        "cycle_begins_at": cycle.begins_at.isoformat(), "cycle_warn_at": cycle.warn_at.isoformat(),
        "cycle_ends_at": cycle.ends_at.isoformat(),
    }  # fmt: skip


def cycle_row(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the cycle a step is about."""
    mine = (_c.unit == str(variables["unit"])) & (_c.cycle == str(variables["cycle"]))
    return uow.connection.execute(select(duty_cycle).where(mine)).one()


def lines_of(uow: UnitOfWork, row: Any, city_area: str) -> list[tuple[ScopeLine, dict[str, int]]]:
    """Return the duties a cycle's unit is judged by, with what was done for each so far."""
    first = local_day_of(max(row.begins_at, min(row.opened_at, row.ends_at)))
    last = max(first, min(local_day_of(uow.now), last_day_of(row.ends_at)))
    scope = scope_between(uow, first, last, row.unit)
    counts = counts_between(uow, scope, row.begins_at, row.ends_at, city_area)
    return [(one, counts.get((one.item_code, one.unit), dict(NOTHING))) for one in scope]


def count_duties(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say which items have no check yet, though there is something to check."""
    found = lines_of(uow, cycle_row(uow, job.variables), rulebook.city.area)
    missing = [f"{one.item_code} {one.item_name}" for one, counts in found if is_open(counts)]
    return {"is_missing": bool(missing), "missing_items": missing}


def is_open(counts: Mapping[str, int]) -> bool:
    """Tell whether something is still to be done for a duty: no check, and an object or an act that asks for one."""
    return not counts["checks"] and bool(counts["objects"] or counts["acts"])


def arrange(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the unit arranged; it is done within the cycle."""
    row = cycle_row(uow, task.variables)
    last = last_day_of(row.ends_at)
    if date.fromisoformat(str(answers["done_by"])) > last:
        message = f"本周期到 {last} 为止，请安排在此之前完成"
        raise errors.FormInvalid(errors=[{"field": "done_by", "message": message}])
    plan = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    uow.connection.execute(update(duty_cycle).where(_c.id == row.id).values(plan=plan))
    return {}


def close_counts(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Count once more when the cycle is over: what each item is judged by."""
    row = cycle_row(uow, job.variables)
    lines = []
    for one, counts in lines_of(uow, row, rulebook.city.area):
        ignored = ignored_acts(uow, one.item_code, one.unit, row.begins_at, row.ends_at) if counts["ignored"] else []
        lines.append({
            "item_code": one.item_code, "item_name": one.item_name, "area": one.area, "counts": counts,
            "ignored": ignored, "finding_key": f"BZW/{row.unit}/{one.item_code}/{row.cycle}",
        })  # fmt: skip
    return {"lines": lines, "verdicts": []}


def close_cycle(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep the result of every item."""
    row = cycle_row(uow, job.variables)
    given: Mapping[str, Any] = job.variables
    verdicts = {one["item_code"]: one["verdict"] for one in given["verdicts"]}
    lines = [{**{key: line[key] for key in ("item_code", "item_name", "area", "counts")},
              "verdict": verdicts.get(line["item_code"])} for line in given["lines"]]  # fmt: skip
    uow.connection.execute(update(duty_cycle).where(_c.id == row.id).values(lines=lines, closed_at=uow.now))
    return {"lines": [], "verdicts": []}


@dataclass(frozen=True, slots=True)
class OpenDutyCycles:
    """Begin the cycles of every unit that supervises an item and has none running, and the sample audits; answers
    how many began.
    """

    rulebook: Rulebook
    actor: str

    def run(self, uow: UnitOfWork) -> int:
        """Start what is missing."""
        if not self._is_deployed(uow):
            return 0
        city = self.rulebook.city
        running = select(process_instance.c.business_key).where(
            process_instance.c.definition_key.in_((PROCESS, AUDITS)),
            process_instance.c.status.in_(("active", "suspended")),
        )
        known = set(uow.connection.scalars(running))
        same = {"policy_unit": city.policy_unit, "leader_unit": city.leader_unit,
                "discipline_unit": city.discipline_unit}  # fmt: skip
        missing = [code for code in self._units(uow) if key_of(code) not in known]
        for code in missing:
            unit = find_unit(uow, code)
            variables = {**same, "unit": code, "unit_name": unit.short_name, "area": unit.area,
                         "title": f"{unit.short_name}履职周期"}  # fmt: skip
            StartProcess(PROCESS, key_of(code), self.actor, variables).run(uow)
        if AUDITS not in known:
            StartProcess(AUDITS, AUDITS, self.actor, {**same, "title": "监管行为抽查周期"}).run(uow)
        return len(missing)

    def _is_deployed(self, uow: UnitOfWork) -> bool:
        keys = select(process_definition.c.key).where(process_definition.c.key.in_((PROCESS, AUDITS)))
        return set(uow.connection.scalars(keys)) == {PROCESS, AUDITS}

    def _units(self, uow: UnitOfWork) -> Sequence[str]:
        return sorted({one.unit for one in scope_on(uow, local_day_of(uow.now))})


def key_of(unit: str) -> str:
    """Return the business key of a unit's cycles."""
    return f"LZ/{unit}"
