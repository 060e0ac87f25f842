"""Who may see and correct what goes out: the office that answers for it, and who oversees the city."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from workflows import errors
from workflows.complaints.access import seen_by
from workflows.exchange.datasets import text_of
from workflows.policy import Actor
from workflows.records.complaints import complaint
from workflows.records.delivery import outbound_record
from workflows.uow import UnitOfWork

CORRECTORS = (
    "section_officer", "section_head", "district_officer", "squad_officer", "squad_head", "policy_officer",
)  # fmt: skip
KEEPERS = ("policy_officer", "administrator")
_r = outbound_record.c


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a record concerns the person; complaints are seen by who may see the complaint."""
    mine = true() if actor.oversees else _r.organ.in_(actor.units)
    complaints = select(text_of(complaint.c.id)).where(seen_by(actor))
    return mine & ((_r.source != "complaint") | _r.source_id.in_(complaints))


def require_record(uow: UnitOfWork, actor: Actor, record_id: UUID) -> Any:
    """Return a record that concerns the person, or raise ``RecordNotFound``."""
    mine = (_r.id == record_id, visible_to(actor))
    found = uow.connection.execute(select(outbound_record).where(*mine)).one_or_none()
    if found is None:
        raise errors.RecordNotFound(record=str(record_id))
    return found
