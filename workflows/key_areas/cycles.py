"""Cycles of full coverage: every object in the key library is checked once in each (zz2020/2.4)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.commands.wait_state import job_row
from engine.handlers import ServiceJob
from engine.store.tables import job as engine_job
from engine.store.unit_of_work import Instance
from workflows import errors
from workflows.clocks import change_clock, is_exceeded, open_clock
from workflows.key_areas.entries import row_of
from workflows.libraries.objects import find_object
from workflows.listeners import LADDER_MESSAGE
from workflows.process import TaskContext
from workflows.records.clocks import running_limit
from workflows.records.key_areas import key_check
from workflows.rulebook import Reckoned, Rulebook
from workflows.time_limits import months_after
from workflows.uow import UnitOfWork, begin_of, last_day_of, local_day_of

LIMIT, ELEMENT = "key_cycle", "cover_object"
_MONTHS = 12
_c = key_check.c


def first_day(day: date, months: int) -> date:
    """Return when the cycle began that a day lies in; cycles are counted from January."""
    place = (day.year * _MONTHS + day.month - 1) // months * months
    return date(place // _MONTHS, place % _MONTHS + 1, 1)


def whole_months(rulebook: Rulebook, limit: str, begins: date) -> Reckoned:
    """Return the clock of a cycle of whole calendar months from a first of a month on: it ends with a month's last day.

    A term in months would end on the day of the same number as the day before it: on 30 December after 30 June.
    """
    found = rulebook.reckon(limit, begin_of(begins))
    ends = begin_of(months_after(begins, found.limit.length))
    return replace(found, due_at=ends, warn_at=ends - timedelta(days=found.limit.warn_before))


def cycle_of(rulebook: Rulebook, now: datetime) -> tuple[str, datetime, Reckoned]:
    """Return name, begin and clock of the cycle an object is to be checked in.

    When too little of this cycle is left for a first check, the next one counts; its check may be done at once.
    """
    found = _cycle(rulebook, first_day(local_day_of(now), _length(rulebook, now)))
    if rulebook.reckon("key_first_check", now).due_at > found[2].due_at:
        return _cycle(rulebook, local_day_of(found[2].due_at))
    return found


def _length(rulebook: Rulebook, now: datetime) -> int:
    return rulebook.reckon(LIMIT, now).limit.length


def _cycle(rulebook: Rulebook, begins: date) -> tuple[str, datetime, Reckoned]:
    found = whole_months(rulebook, LIMIT, begins)
    return f"{begins:%Y-%m}/{last_day_of(found.due_at):%Y-%m}", begin_of(begins), found


def begin_cycle(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down that the object is to be checked in this cycle, and start its clock."""
    entry = row_of(uow, job)
    one = find_object(uow, entry.object_id)
    known = set(uow.connection.scalars(select(_c.cycle).where(_c.entry_id == entry.id)))
    name, begins, clock = cycle_of(rulebook, uow.now)
    if name in known:  # the cycle was brought forward
        name, begins, clock = _cycle(rulebook, local_day_of(clock.due_at))
    check = {
        "id": uow.new_id(), "entry_id": entry.id, "object_id": one.id, "unit": entry.unit, "area": one.area,
        "cycle": name, "begins_at": begins, "ends_at": clock.due_at, "plan_note": "",
    }  # fmt: skip
    uow.connection.execute(insert(key_check), check)
    _start_clock(uow, job, entry, name, clock)
    code = one.credit_code or ""
    return {
        "cycle": name, "cycle_warn_at": clock.warn_at.isoformat(), "cycle_ends_at": clock.due_at.isoformat(),
        "next_cycle_at": clock.due_at.isoformat(), "check_id": str(check["id"]), "is_covered": False,
        "inspection_request": {
            "kind": "special", "object_id": str(one.id), "party_name": one.name, "party_code": code,
            "approval_id": None if one.approval_id is None else str(one.approval_id), "site": one.site,
            "area": one.area, "item_code": entry.item_code, "unit": entry.unit, "inspectors": [],
            "reason": f"重点监管全覆盖检查（{name}）", "source_key": job.business_key,
        },
    }  # fmt: skip


def _start_clock(uow: UnitOfWork, job: ServiceJob, entry: Any, cycle: str, clock: Reckoned) -> None:
    row = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key, "token": 0,
        "element_id": ELEMENT, "key": key_of(job.business_key, cycle), "unit": entry.unit, "limit_name": LIMIT,
        "limit_version": clock.limit.version, "anchor_event": "周期开始", "anchor_at": uow.now,
        "due_at": clock.due_at, "warn_at": clock.warn_at, "calendar_version": "", "is_provisional": False,
        "pauses": [], "is_late": False,
    }  # fmt: skip
    uow.connection.execute(insert(running_limit), row)


def key_of(business_key: str, cycle: str) -> str:
    """Return what the ladder of a cycle is correlated by; the diagram writes the same."""
    return f"{business_key}/{ELEMENT}/{cycle}"


def plan(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the day of the check; it lies within the cycle unless the cycle is over already."""
    day = date.fromisoformat(str(answers["check_on"]))
    ends = datetime.fromisoformat(str(task.variables["cycle_ends_at"]))
    last = last_day_of(ends)
    if uow.now < ends and day > last:
        message = f"本周期到 {last} 为止，请安排在此之前"
        raise errors.FormInvalid(errors=[{"field": "check_on", "message": message}])
    note = str(answers.get("plan_note") or "")
    mine = _c.id == UUID(str(task.variables["check_id"]))
    uow.connection.execute(update(key_check).where(mine).values(planned_on=day, plan_note=note))
    begin = begin_of(day)
    request = dict(task.variables["inspection_request"])
    request["reason"] = "；".join(part for part in (str(request["reason"]).partition("；")[0], note) if part)
    return {"check_at": max(begin, uow.now).isoformat(), "inspection_request": request}


def record_coverage(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note what the inspection found; one that was withdrawn covers nothing."""
    given = job.variables
    found = given["inspection_outcome"]
    outcome: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    is_covered = outcome.get("result") != "not_applicable"
    values = {"inspection_number": outcome.get("number"), "result": outcome.get("result")}
    values |= {"checked_at": uow.now} if is_covered else {}
    uow.connection.execute(update(key_check).where(_c.id == UUID(str(given["check_id"]))).values(**values))
    if is_covered:
        _end_clock(uow, job, key_of(job.business_key, str(given["cycle"])))
    return {"is_covered": is_covered, "last_result": outcome.get("result")}


def _end_clock(uow: UnitOfWork, case: ServiceJob, key: str) -> None:
    """End the clock and release the ladder that may watch it; a late clock stays late for ever."""
    clock = open_clock(uow, key)
    if clock is None:
        return
    change_clock(uow, clock, ended_at=uow.now, ended_how="completed", is_late=is_exceeded(clock, uow.now))
    if clock.order_id is not None or uow.now >= clock.warn_at:
        instance = Instance(case.instance_id, case.instance_id, "", case.business_key, 0)
        news = {"key": key, "variables": {"fulfilled_at": uow.now.isoformat()}, "optional": True}
        row = job_row(uow, instance, kind="message", token=0, element_id="", topic=LADDER_MESSAGE, payload=news)
        uow.connection.execute(insert(engine_job), row)


def record_missed(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Put the object on the list of those not checked in time; it never leaves that list."""
    mine = (_c.id == UUID(str(job.variables["check_id"]))) & _c.checked_at.is_(None)
    uow.connection.execute(update(key_check).where(mine).values(missed_at=uow.now))
    return {}
