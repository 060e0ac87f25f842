"""Reads the key library: who stands in it, what a cycle covers, what was missed, how campaigns go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from workflows.records.inspections import inspection
from workflows.records.key_areas import key_campaign, key_check, key_entry, key_signal
from workflows.records.libraries import inspection_object
from workflows.uow import UnitOfWork

Line = Mapping[str, Any]
PAGE = 200
LISTS: Mapping[str, str] = {"all": "应查", "checked": "已查", "open": "未查", "missed": "逾期未检"}
_e, _k, _o = key_entry.c, key_check.c, inspection_object.c


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what should be checked in a cycle is checked, for a unit."""

    unit: str
    due: int
    checked: int
    missed: int

    @property
    def percent(self) -> int:
        """Return the coverage in whole percent, rounded down: 100 means every one."""
        return 100 * self.checked // self.due if self.due else 100


def entries(uow: UnitOfWork, units: Sequence[str] | None, state: str = "") -> list[Line]:
    """Return the cases of the key library, those still to be decided first."""
    found = select(key_entry, _o.name.label("object_name"), _o.kind.label("object_kind")).join(
        inspection_object, _o.id == _e.object_id
    )
    found = found.where(_e.state == state) if state else found.where(_e.state != "weighed")
    if units is not None:
        found = found.where(_e.unit.in_(units))
    rows = uow.connection.execute(found.order_by(_e.opened_at.desc(), _e.id.desc()).limit(PAGE)).mappings()
    return [dict(row) for row in rows]


def cycles(uow: UnitOfWork) -> list[str]:
    """Return the names of the cycles, the newest first."""
    names = select(_k.cycle).where(_k.entry_id.is_not(None)).distinct()
    return sorted(uow.connection.scalars(names), reverse=True)


def _due_in(cycle: str, begins: datetime | None) -> ColumnElement[bool]:
    """Return the condition of what is to be checked in a cycle: its own duties, and older ones still open."""
    own = _k.cycle == cycle
    if begins is None:
        return own
    carried = and_(_k.entry_id.is_not(None), _k.ends_at <= begins, or_(_k.checked_at.is_(None), _k.checked_at > begins))
    return or_(own, carried)


def _begin_of(uow: UnitOfWork, cycle: str) -> datetime | None:
    begin: datetime | None = uow.connection.scalar(select(func.min(_k.begins_at)).where(_k.cycle == cycle))
    return begin


def coverage(uow: UnitOfWork, cycle: str, units: Sequence[str] | None) -> list[Coverage]:
    """Return the coverage of a cycle by unit, the lowest first; a withdrawn inspection is none."""
    found = select(
        _k.unit, func.count().label("due"), func.count(_k.checked_at).label("checked"),
        func.count(_k.missed_at).label("missed"),
    ).where(_due_in(cycle, _begin_of(uow, cycle)))  # fmt: skip
    if units is not None:
        found = found.where(_k.unit.in_(units))
    rows = uow.connection.execute(found.group_by(_k.unit)).all()
    made = [Coverage(row.unit, row.due, row.checked, row.missed) for row in rows]
    return sorted(made, key=lambda one: (one.percent, one.unit))


def checks(uow: UnitOfWork, cycle: str, units: Sequence[str] | None, which: str = "all") -> list[Line]:
    """Return the lines behind a number: all that is due, what is checked, open or missed."""
    found = (
        select(key_check, _o.name.label("object_name"), _o.site, _e.number.label("entry_number"), inspection.c.id.label(
            "inspection_id"
        ))
        .join(inspection_object, _o.id == _k.object_id)
        .outerjoin(key_entry, _e.id == _k.entry_id)
        .outerjoin(inspection, inspection.c.number == _k.inspection_number)
        .where(_due_in(cycle, _begin_of(uow, cycle)))
    )  # fmt: skip
    conditions = {"checked": _k.checked_at.is_not(None), "open": _k.checked_at.is_(None),
                  "missed": _k.missed_at.is_not(None)}  # fmt: skip
    if which in conditions:
        found = found.where(conditions[which])
    if units is not None:
        found = found.where(_k.unit.in_(units))
    rows = uow.connection.execute(found.order_by(_k.checked_at.is_not(None), _k.unit, _o.name, _k.id).limit(2_000))
    return [dict(row) for row in rows.mappings()]


def campaigns(uow: UnitOfWork, units: Sequence[str] | None) -> list[Line]:
    """Return the campaigns with how many of their objects are inspected, the newest first.

    A campaign of another unit is shown to a unit that has objects on its list.
    """
    i, c = inspection.c, key_campaign.c
    done = (
        select(func.count())
        .select_from(inspection)
        .where(i.source_key == c.number, i.closed_at.is_not(None), i.result != "not_applicable")
        .scalar_subquery()
    )
    total = select(func.count()).select_from(key_check).where(_k.campaign_id == c.id).scalar_subquery()
    found = select(key_campaign, done.label("done"), total.label("total"))
    if units is not None:
        mine = select(_k.campaign_id).where(_k.campaign_id.is_not(None), _k.unit.in_(units))
        found = found.where(or_(c.unit.in_(units), c.id.in_(mine)))
    rows = uow.connection.execute(found.order_by(c.proposed_at.desc(), c.id.desc()).limit(PAGE)).mappings()
    return [dict(row) for row in rows]


def campaign_lines(uow: UnitOfWork, campaign_id: UUID, units: Sequence[str] | None) -> list[Line]:
    """Return the list of a campaign with what its inspections say now."""
    i = inspection.c
    found = (
        select(key_check, _o.name.label("object_name"), _o.site, i.id.label("inspection_id"),
               i.state.label("inspection_state"), i.result.label("found"))
        .join(inspection_object, _o.id == _k.object_id)
        .outerjoin(inspection, i.number == _k.inspection_number)
        .where(_k.campaign_id == campaign_id)
    )  # fmt: skip
    if units is not None:
        found = found.where(_k.unit.in_(units))
    rows = uow.connection.execute(found.order_by(i.closed_at.is_not(None), _k.unit, _o.name, _k.id).limit(2_000))
    return [dict(row) for row in rows.mappings()]


def signals(uow: UnitOfWork, units: Sequence[str] | None) -> list[Line]:
    """Return the newest signals."""
    s = key_signal.c
    found = select(key_signal, _o.name.label("object_name"), _o.unit).join(inspection_object, _o.id == s.object_id)
    if units is not None:
        found = found.where(_o.unit.in_(units))
    rows = uow.connection.execute(found.order_by(s.received_at.desc(), s.id.desc()).limit(PAGE)).mappings()
    return [dict(row) for row in rows]
