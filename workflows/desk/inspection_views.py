"""What lists and pages show of inspections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from engine.store.tables import process_instance, user_task
from workflows.desk.asking import ClockView, clock_view
from workflows.directory import all_units, names_of
from workflows.inspections.access import is_inspector, mine_of, require_inspection, seen_by
from workflows.inspections.people import FIELD_ROLES
from workflows.inspections.subjects import item_name_of
from workflows.policy import Actor, may_take
from workflows.privacy.veil import veiled
from workflows.records.clocks import running_limit
from workflows.records.inspections import evidence_file, inspection, inspection_record
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
SCOPES: Mapping[str, str] = {"mine": "我的检查", "unit": "本单位", "all": "全部"}
STATES: Mapping[str, str] = {
    "opened": "待安排", "assigned": "待检查", "recorded": "待审核", "rectifying": "改正中", "rechecking": "待复查",
    "closed": "已了结",
}  # fmt: skip
FOLLOW_UPS: Mapping[str, str] = {
    "none": "不需处理", "rectified": "已改正", "penalty": "转行政处罚", "transfer": "移送",
}  # fmt: skip
_STEP_OF = {
    "opened": "assign_inspectors", "assigned": "record_findings", "recorded": "review_record",
    "rectifying": "register_report", "rechecking": "recheck_rectification",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """What is looked for; ``after`` is where the page before ended."""

    scope: str = "all"
    state: str = ""
    kind: str = ""
    result: str = ""
    unit: str = ""
    q: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class InspectionLine:
    """One inspection in a list; ``clock`` is the limit of the step it waits at."""

    row: Row
    unit_name: str
    clock: ClockView | None


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """A page of a list; ``next`` is where the following one begins."""

    rows: tuple[InspectionLine, ...]
    next: str
    scope: str
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InspectionView:
    """One inspection with everything around it."""

    row: Row
    unit_name: str
    item_name: str
    opened_by: str
    source_exists: bool
    penalty_key: str | None
    records: tuple[Row, ...]
    sizes: Mapping[str, Row]
    clocks: tuple[ClockView, ...]
    letters: tuple[Row, ...]
    names: Mapping[str, str]
    tasks: tuple[tuple[UUID, str, str], ...]
    record_task: UUID | None
    may_ask_recusal: bool

    @property
    def record(self) -> Row | None:
        """Return the newest record."""
        return self.records[0] if self.records else None


def list_page(uow: UnitOfWork, rulebook: Rulebook, actor: Actor, wanted: InspectionFilter) -> InspectionPage:
    """Return a page by key: no inspection is shown twice or left out while new ones come."""
    scope = wanted.scope if wanted.scope in SCOPES else "all"
    conditions = [seen_by(actor), *_wanted(actor, wanted, scope)]
    statement = (
        select(inspection)
        .where(*conditions)
        .order_by(inspection.c.opened_at.desc(), inspection.c.id.desc())
        .limit(wanted.limit + 1)
    )
    found = [dict(row) for row in uow.connection.execute(statement).mappings()]
    shown = found[: wanted.limit]
    clocks = _waiting(uow, rulebook, shown)
    units = {one.code: one.short_name for one in all_units(uow)}
    lines = ((veiled(actor, row), row["unit"], row["number"]) for row in shown)
    rows = tuple(InspectionLine(row, units.get(unit, ""), clocks.get(number)) for row, unit, number in lines)
    last = shown[-1] if len(found) > wanted.limit else None
    place = f"{last['opened_at'].isoformat()}|{last['id']}" if last else ""
    return InspectionPage(rows, place, scope, units)


def _wanted(actor: Actor, wanted: InspectionFilter, scope: str) -> list[ColumnElement[bool]]:
    columns = {"state": inspection.c.state, "kind": inspection.c.kind, "result": inspection.c.result,
               "unit": inspection.c.unit}  # fmt: skip
    found = [column == value for name, column in columns.items() if (value := getattr(wanted, name))]
    if scope == "mine":
        found.append(mine_of(actor))
    if scope == "unit":
        found.append(inspection.c.unit.in_(actor.units))
    if wanted.q.strip():
        like = f"%{wanted.q.strip()}%"
        names = ("number", "party_name", "site", "business_key")
        whole = inspection.c.party_code == wanted.q.strip()  # parts would let a masked number be guessed
        found.append(or_(whole, *(inspection.c[name].ilike(like) for name in names)))
    if wanted.after:
        at, _, key = wanted.after.partition("|")
        instant = datetime.fromisoformat(at)
        same = and_(inspection.c.opened_at == instant, inspection.c.id < UUID(key))
        found.append(or_(inspection.c.opened_at < instant, same))
    return found


def _waiting(uow: UnitOfWork, rulebook: Rulebook, rows: Sequence[Row]) -> dict[str, ClockView]:
    """Return the running clock of each inspection's step by its number, in one statement."""
    instances = {row["instance_id"] for row in rows}
    open_ones = running_limit.c.ended_at.is_(None) & running_limit.c.instance_id.in_(instances)
    clocks = uow.connection.execute(select(running_limit).where(open_ones)).all() if instances else []
    found: dict[str, ClockView] = {}
    for row in rows:
        step = _STEP_OF.get(row["state"])
        for clock in clocks:
            is_mine = clock.instance_id == row["instance_id"] and clock.element_id == step
            if is_mine and clock.key.endswith(f"/{row['number']}"):
                found[row["number"]] = clock_view(rulebook, clock, uow.now)
    return found


def view_of(uow: UnitOfWork, rulebook: Rulebook, actor: Actor, inspection_id: UUID) -> InspectionView:
    """Return one inspection that the person may see."""
    found = require_inspection(uow, actor, inspection_id)
    row = veiled(actor, found._mapping, [found.unit, *found.inspector_units])
    records = _rows(uow, select(inspection_record).where(inspection_record.c.inspection_id == found.id)
                    .order_by(inspection_record.c.submitted_at.desc()))  # fmt: skip
    columns = (evidence_file.c.sha256, evidence_file.c.media_type, evidence_file.c.size)
    files = _rows(uow, select(*columns).where(evidence_file.c.owner_id == found.id))
    letters = _rows(uow, select(letter).where(letter.c.about == str(found.id)).order_by(letter.c.created_at))
    clocks = uow.connection.execute(
        select(running_limit)
        .where(running_limit.c.instance_id == found.instance_id)
        .order_by(running_limit.c.anchor_at)
    ).all()
    mine = [clock for clock in clocks if f"/{found.number}" in clock.key]
    people = {one["submitted_by"] for one in records} | {found.opened_by}
    people |= {one["review"]["by"] for one in records if one["review"]}
    tasks = _tasks(uow, actor, found)
    task = next((key for key, _, element in tasks if element == "record_findings"), None)
    return InspectionView(
        row, next(one.name for one in all_units(uow) if one.code == found.unit), item_name_of(uow, found.item_code),
        names_of(uow, people).get(found.opened_by, found.opened_by), _is_case(uow, found.source_key),
        _penalty_of(uow, found.number), records,
        {one["sha256"]: one for one in files}, tuple(clock_view(rulebook, clock, uow.now) for clock in mine), letters,
        names_of(uow, people), tasks, task if is_inspector(found, actor) else None,
        _may_ask_recusal(actor, found),
    )  # fmt: skip


def _may_ask_recusal(actor: Actor, found: Any) -> bool:
    units = {found.unit, *found.inspector_units}
    return found.state == "assigned" and actor.has(*FIELD_ROLES) and not units.isdisjoint(actor.units)


def _rows(uow: UnitOfWork, statement: Any) -> tuple[Row, ...]:
    return tuple(dict(one) for one in uow.connection.execute(statement).mappings())


def _is_case(uow: UnitOfWork, key: str) -> bool:
    same = select(process_instance.c.id).where(process_instance.c.business_key == key)
    return bool(key) and uow.connection.execute(same.limit(1)).first() is not None


def _penalty_of(uow: UnitOfWork, number: str) -> str | None:
    """Return the case of the penalty that an inspection led to, or None."""
    mine = (penalty_case.c.source == "inspection") & (penalty_case.c.source_key == number)
    return uow.connection.scalar(select(penalty_case.c.business_key).where(mine).limit(1))


def _tasks(uow: UnitOfWork, actor: Actor, found: Any) -> tuple[tuple[UUID, str, str], ...]:
    """Return id, name and element of the open tasks of this inspection that the person may take."""
    rows = uow.connection.execute(
        select(user_task)
        .where(user_task.c.instance_id == found.instance_id, user_task.c.status == "open")
        .order_by(user_task.c.created_at)
    ).all()
    return tuple(
        (row.id, row.name, row.element_id)
        for row in rows
        if row.variables.get("inspection_id") == str(found.id)
        and may_take(actor, row.candidate_groups, row.candidate_users, None)
    )
