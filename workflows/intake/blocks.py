"""Standing blocks: while a transferred case is open, no new planning procedure for its project or party."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from workflows.records.approvals import hard_block, party
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Block:
    """A standing block on a project or party."""

    id: UUID
    project_name: str
    reason: str
    clause: str
    set_at: datetime


def blocks_on(
    uow: UnitOfWork, *, project_no: str = "", project_code: str = "", party_name: str = "",
    identity_number: str = "", party_id: str = "",
) -> tuple[Block, ...]:  # fmt: skip
    """Return the standing blocks on a project (by number or code) or on a party (by id, number or name)."""
    same: list[ColumnElement[bool]] = []
    if project_no:
        same.append(hard_block.c.project_no == project_no)
    if project_code:
        same.append(hard_block.c.project_code == project_code)
    if party_id:
        same.append(hard_block.c.party_id == UUID(party_id))
    if identity_number:
        same.append(hard_block.c.party_id.in_(select(party.c.id).where(party.c.identity_number == identity_number)))
    if party_name:
        same.append(hard_block.c.party_id.in_(select(party.c.id).where(party.c.name == party_name)))
    if not same:
        return ()
    rows = uow.connection.execute(
        select(hard_block).where(hard_block.c.lifted_at.is_(None), or_(*same)).order_by(hard_block.c.set_at)
    )
    return tuple(Block(row.id, row.project_name, row.reason, row.clause, row.set_at) for row in rows)
