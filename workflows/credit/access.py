"""Whose credit information a person may see and work on: the own office's, or the city's for who oversees."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, true

from workflows import errors
from workflows.policy import Actor, require
from workflows.records.credit import credit_entry
from workflows.uow import UnitOfWork

KEEPERS = ("approval_clerk", "section_officer", "section_head", "district_officer", "squad_officer", "squad_head",
           "policy_officer", "leader")  # fmt: skip
_e = credit_entry.c


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for the entries a person may see."""
    if actor.oversees or actor.has("administrator"):
        return true()
    return or_(_e.organ.in_(actor.units), _e.unit.in_(actor.units))


def entry_for(uow: UnitOfWork, actor: Actor, entry_id: UUID) -> Row[Any]:
    """Return an entry a person may see.

    Raises:
        CaseNotFound: there is none, or it is another office's.
    """
    row = uow.connection.execute(select(credit_entry).where(_e.id == entry_id, seen_by(actor))).one_or_none()
    if row is None:
        raise errors.CaseNotFound(entry=str(entry_id))
    return row


def require_entry(uow: UnitOfWork, actor: Actor, entry_id: UUID) -> Row[Any]:
    """Return an entry a person may work on.

    Raises:
        NotAllowed: the role only looks, or another office decided.
        CaseNotFound: there is none, or it is another office's.
    """
    require(actor, *KEEPERS)
    row = entry_for(uow, actor, entry_id)
    if not {row.organ, row.unit} & set(actor.units):
        raise errors.NotAllowed(needs=["作出决定的单位"])
    return row
