"""Approvals make objects: the holder, and the place the permit is about, in the transaction that takes it in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from workflows import errors
from workflows.items import assignment_for
from workflows.libraries.identity import kind_of_code, valid_code
from workflows.libraries.keeping import ObjectFacts, keep_object, tie_item, untie_approval
from workflows.records.approvals import approval, party
from workflows.records.libraries import object_item
from workflows.records.offices import item, unit
from workflows.uow import UnitOfWork, local_day_of

_PLACES: Mapping[str, str] = {"site": "site", "mine": "mine", "scenic_area": "scenic_area"}


def approval_arrived(uow: UnitOfWork, row: Mapping[str, Any], actor: str) -> UUID | None:
    """Keep the objects of an approval, as it now stands; answers the object the item is supervised at.

    A refusal or a withdrawn permit makes none and ends what the permit had tied.
    """
    decided = local_day_of(row["decided_at"])
    if row["revision"] > 1:
        untie_approval(uow, row["id"], local_day_of(uow.now))
    if row["result"] != "granted":
        return None
    holder = uow.connection.execute(select(party).where(party.c.id == row["party_id"])).one()
    code = valid_code(holder.identity_number) if holder.identity_kind == "uscc" else None
    kind = "person" if holder.category == "自然人" else kind_of_code(code)
    same = {"area": row["area"], "unit": _answering(uow, row), "source": "approval", "party_id": holder.id,
            "credit_code": code, "valid_from": decided}  # fmt: skip
    owner, _ = keep_object(uow, ObjectFacts(kind, holder.name, site=holder.address or "", **same), actor)
    place = _PLACES.get(str(_object_type(uow, row)))
    found = owner
    if place:
        facts = ObjectFacts(
            place, row["project_name"], site=row["site"], project_no=row["project_no"], holder_id=owner,
            approval_id=row["id"], **same,
        )  # fmt: skip
        found, _ = keep_object(uow, facts, actor)
    tie_item(uow, found, row["item_code"], decided, row["id"])
    return found


def _answering(uow: UnitOfWork, row: Mapping[str, Any]) -> str:
    """Return which of the supervising units answers for the object: the one of its area goes first."""
    try:
        units = assignment_for(uow, row["item_code"], row["area"], local_day_of(row["decided_at"])).supervising_units
    except errors.UnknownItem:
        units = ()
    rows = uow.connection.execute(select(unit.c.code).where(unit.c.code.in_(units), unit.c.area == row["area"]))
    own = set(rows.scalars())
    return next((code for code in units if code in own), next(iter(units), str(row["approving_unit"])))


def _object_type(uow: UnitOfWork, row: Mapping[str, Any]) -> str | None:
    same = (item.c.code == row["item_code"]) & (item.c.version == row["item_version"])
    return uow.connection.scalar(select(item.c.object_type).where(same))


def take_earlier_approvals_in(uow: UnitOfWork, actor: str) -> int:
    """Make the objects of granted approvals that came before there was a library; answers how many it took."""
    known = select(object_item.c.approval_id).where(object_item.c.approval_id.is_not(None))
    waiting = select(approval).where(approval.c.result == "granted", approval.c.id.not_in(known))
    rows = uow.connection.execute(waiting.order_by(approval.c.decided_at, approval.c.id)).mappings().all()
    for row in rows:
        approval_arrived(uow, dict(row), actor)
    return len(rows)
