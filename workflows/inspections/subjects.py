"""Whom and what an inspection is about, and which sheet is to be answered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from workflows import errors
from workflows.directory import find_unit
from workflows.inspections.shapes import KINDS
from workflows.items import assignment_for, items_on
from workflows.libraries.objects import find_object
from workflows.libraries.sheets import sheet_for
from workflows.records.approvals import approval, party
from workflows.uow import UnitOfWork, local_day_of

NAMES = ("party_name", "party_code", "site", "area", "item_code", "unit", "reason", "source_key")


def subject_of(uow: UnitOfWork, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that an inspection request fills; what it leaves out comes from its object or approval.

    Raises:
        FormInvalid: the kind is unknown, or party or unit are missing.
        CaseNotFound, UnknownUnit.
    """
    kind = str(request.get("kind") or "onsite")
    if kind not in KINDS:
        raise _refused("kind", f"检查方式只能是 {'、'.join(KINDS)}")
    approval_id, object_id = (_uuid(request.get(name), name) for name in ("approval_id", "object_id"))
    known = _from_object(uow, object_id) if object_id else {}
    known |= _from_approval(uow, approval_id) if approval_id else {}
    found = {name: str(request.get(name) or known.get(name) or "") for name in NAMES}
    if not found["party_name"]:
        raise _refused("party_name", "请填写检查对象")
    if not found["unit"] and found["item_code"]:
        owner = assignment_for(uow, found["item_code"], found["area"], local_day_of(uow.now))
        found["unit"] = owner.supervising_units[0]
    if not found["unit"]:
        raise _refused("unit", "请填写负责检查的单位")
    found["area"] = found["area"] or find_unit(uow, found["unit"]).area
    return {"kind": kind, **found, "object_id": object_id, "approval_id": approval_id}


def _from_object(uow: UnitOfWork, object_id: UUID) -> dict[str, Any]:
    found = find_object(uow, object_id)
    return {"party_name": found.name, "party_code": found.credit_code, "site": found.site, "area": found.area,
            "unit": found.unit}  # fmt: skip


def _from_approval(uow: UnitOfWork, approval_id: UUID) -> dict[str, Any]:
    row = uow.connection.execute(
        select(approval, party.c.name.label("party_name"), party.c.identity_number.label("party_code"))
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id == approval_id)
    ).mappings().one_or_none()  # fmt: skip
    if row is None:
        raise errors.CaseNotFound(approval=str(approval_id))
    names = ("party_name", "party_code", "site", "area", "item_code")
    return {name: row[name] for name in names} | {"source_key": row["business_key"]}


def _uuid(value: object, field: str) -> UUID | None:
    if value in (None, ""):
        return None
    try:
        return UUID(str(value))
    except ValueError as exc:
        raise _refused(field, "编号有误") from exc


def _refused(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])


def item_name_of(uow: UnitOfWork, code: str) -> str:
    """Return the name of an item today, or its code."""
    return next((one.name for one in items_on(uow, local_day_of(uow.now)) if one.code == code), code)


def sheet_of(uow: UnitOfWork, item_code: str) -> list[dict[str, Any]]:
    """Return the lines of the check sheet in force, each ``{code, text, basis, method, is_key}``; none without one."""
    found = sheet_for(uow, item_code, local_day_of(uow.now))
    return [line.as_json() for line in found.lines] if found else []
