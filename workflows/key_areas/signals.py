"""Signals about objects, and when they make an object a candidate for the key library (zz2020/2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from engine.store.tables import process_definition, process_instance
from workflows import errors
from workflows.items import items_on
from workflows.libraries.objects import InspectionObject, find_object, items_of
from workflows.libraries.ratings import rating_of
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_entry, key_signal
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

PROCESS, START, MESSAGE = "key_supervision", "review_requested", "key_review_requested"
KINDS: Mapping[str, str] = {
    "complaint": "投诉举报", "alert": "非现场预警", "violation": "违法", "hazard": "风险隐患",
}  # fmt: skip
WINDOW = timedelta(days=365)
_OPEN = ("weighed", "proposed", "standing")
_s = key_signal.c


@dataclass(frozen=True, slots=True)
class SignalKept:
    """A signal that is stored; ``review`` is the number of the case it started, if it started one."""

    signal_id: UUID
    review: str | None
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class RecordSignal:
    """Keep a signal about an object and let the rule weigh whether the object belongs in the key library.

    ``signal`` is {source, object_id, kind, count, note, happened_at, source_key}; a sender's ``source_key`` is
    kept once.

    Raises:
        ObjectNotFound: there is no such object.
        FormInvalid: the kind is unknown, the count is below one, or the source is missing.
    """

    signal: Mapping[str, Any]
    actor: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> SignalKept:
        """Store it, then start a review unless one is open."""
        given = self.signal
        _check(given)
        key = str(given.get("source_key") or "") or None
        known = key and uow.connection.scalar(
            select(_s.id).where(_s.source == str(given["source"]), _s.source_key == key)
        )
        if known:
            return SignalKept(known, None, was_known=True)
        found = find_object(uow, UUID(str(given["object_id"])))
        signal_id = uow.new_id()
        happened = given.get("happened_at")
        row = {
            "id": signal_id, "source": str(given["source"]).strip(), "source_key": key, "object_id": found.id,
            "kind": given["kind"], "count": int(given.get("count") or 1), "note": str(given.get("note") or ""),
            "happened_at": datetime.fromisoformat(str(happened)) if happened else uow.now, "received_at": uow.now,
            "received_by": self.actor,
        }  # fmt: skip
        uow.connection.execute(insert(key_signal), row)
        return SignalKept(signal_id, ReviewObject(found.id, "signal", self.actor, self.rulebook).run(uow))


def _check(given: Mapping[str, Any]) -> None:
    faults = []
    if given.get("kind") not in KINDS:
        faults.append({"field": "kind", "message": f"种类只能是 {'、'.join(KINDS)}"})
    if int(given.get("count") or 1) < 1:
        faults.append({"field": "count", "message": "次数至少为 1"})
    if not str(given.get("source") or "").strip():
        faults.append({"field": "source", "message": "请写明来源"})
    if faults:
        raise errors.FormInvalid(errors=faults)


@dataclass(frozen=True, slots=True)
class ReviewObject:
    """Weigh whether an object belongs in the key library; answers the case's number when somebody has to act.

    An object that stands in it or is being weighed already is left alone. What a person proposes goes to the
    approval at once.
    """

    object_id: UUID
    trigger: str
    actor: str
    rulebook: Rulebook
    answers: Mapping[str, Any] | None = None

    def run(self, uow: UnitOfWork) -> str | None:
        """Start the case; it ends by itself when the rule says no."""
        if not is_deployed(uow) or open_entry(uow, self.object_id) is not None:
            return None
        number = next_number(uow, self.rulebook.city.numbers[PROCESS], PROCESS)
        given = {name: (self.answers or {}).get(name) for name in ("entry_reason", "legal_basis", "measures")}
        variables = {
            "object_id": str(self.object_id), "trigger": self.trigger, "proposed_by": self.actor, **given,
        }  # fmt: skip
        trigger = StartTrigger(START, "message", MESSAGE)
        started = StartProcess(PROCESS, number, self.actor, variables, trigger=trigger).run(uow)
        return number if started.status == "active" else None


def is_deployed(uow: UnitOfWork) -> bool:
    """Tell whether key supervision runs in this city."""
    mine = select(process_definition.c.id).where(process_definition.c.key == PROCESS)
    return uow.connection.execute(mine).first() is not None


def open_entry(uow: UnitOfWork, object_id: UUID) -> str | None:
    """Return the number of an object's case that has not ended, or None."""
    e = key_entry.c
    mine = (e.object_id == object_id) & e.state.in_(_OPEN) & (process_instance.c.status != "completed")
    rows = select(e.number).join(process_instance, process_instance.c.id == e.instance_id).where(mine)
    return uow.connection.scalar(rows)


def facts_of(uow: UnitOfWork, one: InspectionObject) -> dict[str, Any]:
    """Return what the rule looks at: item, ratings, and how often what happened in the last year.

    What was weighed before the last decision on the object does not count again.
    """
    today = local_day_of(uow.now)
    since = _since(uow, one.id)
    counts = {
        row.kind: int(row.times)
        for row in uow.connection.execute(
            select(_s.kind, func.sum(_s.count).label("times"))
            .where(_s.object_id == one.id, _s.happened_at > since)
            .group_by(_s.kind)
        )
    }
    i = inspection.c
    found = uow.connection.scalar(
        select(func.count()).where(i.object_id == one.id, i.result == "violation", i.closed_at > since)
    )
    codes = items_of(uow, [one.id], today).get(one.id, ())
    key_items = {item.code for item in items_on(uow, today) if item.is_key}
    mine = [code for code in codes if code in key_items] or list(codes)
    rating = rating_of(uow, one.id, today)
    return {
        "is_key_item": bool(key_items & set(codes)), "item_code": mine[0] if mine else "",
        "credit": rating.credit or "none", "risk": rating.risk or "none",
        "violations": counts.get("violation", 0) + int(found or 0), "complaints": counts.get("complaint", 0),
        "alerts": counts.get("alert", 0) + counts.get("hazard", 0),
    }  # fmt: skip


def _since(uow: UnitOfWork, object_id: UUID) -> datetime:
    e = key_entry.c
    last = uow.connection.scalar(select(func.max(e.closed_at)).where(e.object_id == object_id, e.state != "weighed"))
    begin: datetime = uow.now - WINDOW
    return max(begin, last) if last is not None else begin


def in_words(facts: Mapping[str, Any]) -> str:
    """Return the facts as a person reads them."""
    parts = [
        "事项为重点监管事项" if facts["is_key_item"] else "",
        f"信用等级 {facts['credit']}" if facts["credit"] != "none" else "",
        {"high": "高风险", "medium": "中风险", "low": "低风险"}.get(str(facts["risk"]), ""),
        *(f"{text} {facts[name]} 次" if facts[name] else "" for name, text in
          (("violations", "违法"), ("complaints", "投诉举报"), ("alerts", "预警"))),
    ]  # fmt: skip
    return "；".join(part for part in parts if part) or "没有信号"
