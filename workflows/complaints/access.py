"""Who may see a complaint: never the unit it is about, never who is recused, else whose work it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, or_, select, true

from workflows import errors
from workflows.policy import Actor
from workflows.records.complaints import complaint, complaint_recusal
from workflows.uow import UnitOfWork

_c = complaint.c


def is_barred_case(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> bool:
    """Tell whether a case is a complaint about the person's own unit, or one the person is recused from."""
    wanted = select(_c.id).where(_c.instance_id == instance_id, ~_unbarred(actor))
    return uow.connection.execute(wanted).first() is not None


def barred_among(uow: UnitOfWork, actor: Actor, instance_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of some cases that are complaints to keep out of."""
    wanted = select(_c.instance_id).where(_c.instance_id.in_(list(instance_ids)), ~_unbarred(actor))
    return set(uow.connection.scalars(wanted))


def barred_cases(actor: Actor) -> Select[Any]:
    """Return the cases of complaints that the person must keep out of, as a subquery."""
    return select(_c.instance_id).where(_c.instance_id.is_not(None), ~_unbarred(actor))


def is_barred(uow: UnitOfWork, actor: Actor, row: Row[Any]) -> bool:
    """Tell whether a complaint is about the person's own unit, or the person is recused from it."""
    if row.accused_unit in actor.units:
        return True
    mine = (complaint_recusal.c.complaint_id == row.id) & (complaint_recusal.c.login == actor.login)
    return uow.connection.execute(select(complaint_recusal.c.login).where(mine)).first() is not None


def refuse_barred(uow: UnitOfWork, actor: Actor, row: Row[Any]) -> None:
    """Refuse somebody who must keep out of a complaint.

    Raises:
        NotAllowed.
    """
    if is_barred(uow, actor, row):
        raise errors.NotAllowed(reason="您应当回避本件，不能办理")


def _unbarred(actor: Actor) -> ColumnElement[bool]:
    recused = select(complaint_recusal.c.complaint_id).where(complaint_recusal.c.login == actor.login)
    about_me = _c.accused_unit.is_not(None) & _c.accused_unit.in_(actor.units)
    return ~about_me & _c.id.not_in(recused)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a complaint concerns the person."""
    mine = or_(_c.unit.in_(actor.units), _c.registered_unit.in_(actor.units))
    return (true() if actor.oversees else mine) & _unbarred(actor)


def require_complaint(uow: UnitOfWork, actor: Actor, complaint_id: UUID) -> Row[Any]:
    """Return a complaint that concerns the person.

    Raises:
        CaseNotFound: there is none, it is another unit's, or the person must keep out of it.
    """
    found = uow.connection.execute(select(complaint).where(_c.id == complaint_id, seen_by(actor))).one_or_none()
    if found is None:
        raise errors.CaseNotFound(complaint=str(complaint_id))
    return found
