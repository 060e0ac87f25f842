"""What screens and programs read of complaints; who complained is in none of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from engine.store.tables import process_instance, user_task, user_task_candidate
from workflows import catalog
from workflows.complaints.access import require_complaint, seen_by
from workflows.complaints.channels import Channel, channels_of
from workflows.complaints.figures import which
from workflows.complaints.informants import may_read
from workflows.complaints.words import OPEN
from workflows.desk.asking import ClockView, clock_view
from workflows.directory import all_units, names_of
from workflows.items import items_on
from workflows.policy import Actor
from workflows.privacy.veil import veiled, veiled_all
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.complaints import complaint, complaint_event, complaint_look, complaint_recusal
from workflows.records.inspections import inspection
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
PAGE = 50
DISPATCH = ("judge_duplicate", "dispatch_complaint", "arbitrate_complaint", "call_back", "conclude_dispute")
_c = complaint.c
COLUMNS = tuple(column.name for column in complaint.columns)


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """Which complaints: ``state`` may be open, ``rate`` and ``part`` name the list behind a rate."""

    state: str = ""
    channel: str = ""
    matter: str = ""
    unit: str = ""
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    rate: str = ""
    part: bool = False
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint in the register, with the clock that ends first."""

    row: Row
    unit_name: str
    channel_name: str
    clock: ClockView | None


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """A page of the register; ``next`` is where the following one begins."""

    rows: tuple[ComplaintLine, ...]
    next: str
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """One complaint with everything around it but who complained."""

    row: Row
    channel: Channel
    unit_name: str
    item_name: str
    units: Mapping[str, str]
    names: Mapping[str, str]
    clocks: tuple[ClockView, ...]
    events: tuple[Row, ...]
    letters: tuple[Row, ...]
    follow_ups: tuple[tuple[str, str], ...]
    merged: tuple[Row, ...]
    main: Row | None
    recusals: tuple[Row, ...]
    looks: tuple[Row, ...]
    may_read: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class DeskTask:
    """One decision that waits on the dispatcher's desk: which complaint, what is asked, and why a person."""

    task_id: UUID
    element: str
    step: str
    row: Row
    channel_name: str
    reason: str
    clock: ClockView | None


def plain(row: Any) -> dict[str, Any]:
    """Return a complaint's columns without the keys that only compare."""
    return {name: value for name, value in dict(row).items() if name not in ("party_key", "site_key")}


def list_page(uow: UnitOfWork, rulebook: Rulebook, actor: Actor, wanted: ComplaintFilter) -> ComplaintPage:
    """Return a page of the register by key, the newest first."""
    limit = min(max(wanted.limit, 1), PAGE)
    found = rows_of(uow, actor, wanted, limit + 1)
    shown = found[:limit]
    clocks = _running(uow, rulebook, [row["instance_id"] for row in shown])
    units = {one.code: one.short_name for one in all_units(uow)}
    channels = channels_of(rulebook.city.folder)
    lines = tuple(
        ComplaintLine(
            veiled(actor, row), units.get(row["unit"] or "", ""), _title(channels, row), clocks.get(row["instance_id"])
        )
        for row in shown
    )
    last = shown[-1] if len(found) > limit else None
    return ComplaintPage(lines, f"{last['received_at'].isoformat()}|{last['id']}" if last else "", units)


def rows_of(uow: UnitOfWork, actor: Actor, wanted: ComplaintFilter, limit: int) -> list[dict[str, Any]]:
    """Return complaints that concern the person."""
    statement = select(complaint).where(seen_by(actor), *_conditions(wanted))
    ordered = statement.order_by(_c.received_at.desc(), _c.id.desc()).limit(limit)
    return [plain(row) for row in uow.connection.execute(ordered).mappings()]


def by_number(uow: UnitOfWork, actor: Actor, number: str) -> UUID | None:
    """Return the id of a complaint that concerns the person."""
    return uow.connection.scalar(select(_c.id).where(_c.number == number, seen_by(actor)))


def _conditions(wanted: ComplaintFilter) -> list[ColumnElement[bool]]:
    found = [_c[name] == value for name in ("channel", "matter", "unit") if (value := getattr(wanted, name))]
    if wanted.state:
        found.append(_c.state.in_(OPEN) if wanted.state == "open" else _c.state == wanted.state)
    if wanted.since:
        found.append(_c.received_at >= wanted.since)
    if wanted.until:
        found.append(_c.received_at < wanted.until)
    if wanted.rate:
        found.append(which(wanted.rate, wanted.part))
    if wanted.q.strip():
        like = f"%{wanted.q.strip()}%"
        names = ("number", "source_no", "party_name", "site", "content")
        whole = _c.party_code == wanted.q.strip()  # parts would let a masked number be guessed
        found.append(or_(whole, *(_c[name].ilike(like) for name in names)))
    if wanted.after:
        at, _, key = wanted.after.partition("|")
        instant = datetime.fromisoformat(at)
        found.append(or_(_c.received_at < instant, and_(_c.received_at == instant, _c.id < UUID(key))))
    return found


def _title(channels: Mapping[str, Channel], row: Row) -> str:
    known = channels.get(str(row["channel"]))
    return known.title if known else str(row["channel"])


def _running(uow: UnitOfWork, rulebook: Rulebook, instances: Sequence[UUID]) -> dict[UUID, ClockView]:
    """Return the clock of each case that ends first, in one statement."""
    clock = running_limit.c
    rows = uow.connection.execute(
        select(running_limit)
        .where(clock.instance_id.in_(list(instances)), clock.ended_at.is_(None))
        .order_by(clock.due_at.desc())
    )
    return {row.instance_id: clock_view(rulebook, row, uow.now) for row in rows}


def view_of(uow: UnitOfWork, rulebook: Rulebook, actor: Actor, complaint_id: UUID) -> ComplaintView:
    """Return one complaint.

    Raises:
        CaseNotFound.
    """
    row = require_complaint(uow, actor, complaint_id)
    events = _all(uow, complaint_event, complaint_event.c.complaint_id == row.id, complaint_event.c.at)
    recusals = _all(uow, complaint_recusal, complaint_recusal.c.complaint_id == row.id, complaint_recusal.c.at)
    sees_looks = actor.has("policy_officer", "discipline_watcher")
    looks = _all(uow, complaint_look, complaint_look.c.complaint_id == row.id, complaint_look.c.at)
    clocks = uow.connection.execute(
        select(running_limit).where(running_limit.c.instance_id == row.instance_id).order_by(running_limit.c.anchor_at)
    )
    people = {one[name] for rows, name in ((events, "by"), (recusals, "login"), (looks, "login")) for one in rows}
    main = _all(uow, complaint, _c.id == row.merged_into, _c.id) if row.merged_into else ()
    units = {one.code: one.short_name for one in all_units(uow)}
    items = {one.code: one.name for one in items_on(uow, local_day_of(uow.now))}
    return ComplaintView(
        veiled(actor, plain(row._mapping), (row.unit, row.registered_unit)),
        channels_of(rulebook.city.folder)[row.channel], units.get(row.unit or "", ""),
        items.get(row.item_code, row.item_code), units, names_of(uow, people | {row.registered_by}),
        tuple(clock_view(rulebook, one, uow.now) for one in clocks), events,
        _all(uow, letter, letter.c.instance_id == row.instance_id, letter.c.created_at), _follow_ups(uow, row),
        veiled_all(actor, map(plain, _all(uow, complaint, _c.merged_into == row.id, _c.number))),
        veiled(actor, plain(main[0])) if main else None, recusals, looks if sees_looks else (),
        may_read(uow, actor, row, rulebook.city.policy_unit), row.unit in actor.units,
    )  # fmt: skip


def _follow_ups(uow: UnitOfWork, row: Any) -> tuple[tuple[str, str], ...]:
    """Return the cases that the complaint set going, each with what it is."""
    wanted = (
        (inspection.c.business_key, inspection.c.source_key == row.number),
        (transfer.c.business_key, transfer.c.source == f"投诉举报 {row.number}"),
        (
            penalty_case.c.business_key,
            (penalty_case.c.source_key == row.number) & (penalty_case.c.source == "complaint"),
        ),
    )
    keys = [key for column, condition in wanted for key in uow.connection.scalars(select(column).where(condition))]
    rows = uow.connection.execute(
        select(process_instance.c.business_key, process_instance.c.definition_key)
        .where(process_instance.c.business_key.in_(keys))
        .order_by(process_instance.c.started_at)
    )
    return tuple((one.business_key, catalog.TITLES.get(one.definition_key, "")) for one in rows)


def desk_tasks(uow: UnitOfWork, rulebook: Rulebook, actor: Actor) -> tuple[DeskTask, ...]:
    """Return what waits for the person's decision about complaints, the most urgent first."""
    mine = select(user_task_candidate.c.task_id).where(user_task_candidate.c.group_name.in_(actor.groups or {""}))
    task = user_task.c
    rows = uow.connection.execute(
        select(complaint, task.id.label("task_id"), task.element_id, task.name.label("step"), task.variables)
        .join(user_task, task.instance_id == _c.instance_id)
        .where(task.status == "open", task.element_id.in_(DISPATCH), task.id.in_(mine), seen_by(actor))
        .where(or_(task.assignee.is_(None), task.assignee == actor.login))
        .order_by(task.due_at, task.id)
        .limit(200)
    ).all()
    clocks = uow.connection.execute(
        select(running_limit).where(running_limit.c.task_id.in_([row.task_id for row in rows]))
    )
    by_task = {one.task_id: clock_view(rulebook, one, uow.now) for one in clocks}
    channels = channels_of(rulebook.city.folder)
    found = []
    for row in rows:
        about = plain({name: row._mapping[complaint.c[name]] for name in COLUMNS})
        found.append(
            DeskTask(row.task_id, row.element_id, row.step, about, _title(channels, about),
                     _why(row.variables, row.element_id), by_task.get(row.task_id))
        )  # fmt: skip
    return tuple(found)


def _why(variables: Row, element: str) -> str:
    """Return why a person is asked."""
    duplicate = variables.get("duplicate")
    known = {
        "judge_duplicate": duplicate.get("reason") if isinstance(duplicate, Mapping) else "",
        "dispatch_complaint": variables.get("routing_reason"),
        "arbitrate_complaint": variables.get("return_note"),
    }
    return str(known.get(element) or "")


def _all(uow: UnitOfWork, table: Any, condition: Any, order: Any) -> tuple[Row, ...]:
    return tuple(dict(row) for row in uow.connection.execute(select(table).where(condition).order_by(order)).mappings())
