"""Which case files of a unit can be drawn, and which are drawn."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from workflows.records.approvals import approval, party
from workflows.records.devolved import delegation
from workflows.records.offices import item, unit
from workflows.uow import ZONE, UnitOfWork


def office_and_sections(uow: UnitOfWork, code: str) -> list[str]:
    """Return a unit and its sections."""
    return [code, *uow.connection.scalars(select(unit.c.code).where(unit.c.parent == code).order_by(unit.c.code))]


def decided_between(uow: UnitOfWork, code: str, from_day: date, to_day: date) -> list[UUID]:
    """Return the approvals a unit decided on delegated items in a period; *to_day* is not included."""
    items = select(delegation.c.item_code).where(
        delegation.c.unit == code, delegation.c.valid_from < to_day,
        delegation.c.valid_to.is_(None) | (delegation.c.valid_to > from_day),
    )  # fmt: skip
    return _ids(
        uow, code, approval.c.decided_at >= _begin(from_day), approval.c.decided_at < _begin(to_day),
        approval.c.item_code.in_(items),
    )  # fmt: skip


def decided_as(uow: UnitOfWork, code: str, business_keys: Sequence[str]) -> dict[str, UUID]:
    """Return a unit's approvals on delegated items by their case numbers; others are left out."""
    items = select(delegation.c.item_code).where(delegation.c.unit == code)
    rows = uow.connection.execute(
        select(approval.c.business_key, approval.c.id).where(
            approval.c.approving_unit.in_(office_and_sections(uow, code)),
            approval.c.business_key.in_(business_keys),
            approval.c.item_code.in_(items),
        )
    )
    return {row.business_key: row.id for row in rows}


def _ids(uow: UnitOfWork, code: str, *conditions: ColumnElement[bool]) -> list[UUID]:
    mine = approval.c.approving_unit.in_(office_and_sections(uow, code))
    statement = select(approval.c.id).where(mine, *conditions).order_by(approval.c.id)
    return list(uow.connection.scalars(statement))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def digest_of(pool: Iterable[str]) -> str:
    """Return the SHA-256 of a pool: its ids in order, one a line."""
    return hashlib.sha256("\n".join(pool).encode()).hexdigest()


def drawn(pool: Sequence[str], salt: str, size: int) -> list[str]:
    """Draw *size* ids of a pool without replacement, each with the same chance.

    An id's ticket is the SHA-256 of ``salt/pool digest/id``; the smallest tickets win. Whoever has the pool and
    the salt draws the same.
    """
    base = f"{salt}/{digest_of(pool)}"
    return sorted(pool, key=lambda one: hashlib.sha256(f"{base}/{one}".encode()).hexdigest())[:size]


def described(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return what people call each approval."""
    name = select(item.c.name).where(item.c.code == approval.c.item_code, item.c.version == approval.c.item_version)
    rows = uow.connection.execute(
        select(
            approval.c.id, approval.c.business_key, approval.c.document_no, approval.c.project_name,
            approval.c.project_no, approval.c.site, approval.c.result, approval.c.decided_at,
            party.c.name.label("party_name"), name.scalar_subquery().label("item_name"),
        )
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id.in_(ids))
    )  # fmt: skip
    return {row.id: row for row in rows}
