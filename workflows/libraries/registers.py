"""Keeps certificates of officers and whom they avoid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update

from workflows import errors
from workflows.identifiers import check_credit_code
from workflows.libraries.objects import find_object
from workflows.policy import Actor, require
from workflows.records.libraries import inspection_object, officer_certificate, officer_relation
from workflows.records.offices import officer, unit
from workflows.uow import UnitOfWork, local_day_of

WARN = timedelta(days=60)
KEEPERS = ("policy_officer", "administrator")
FIELD = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")
OFFICES = ("natural_resources", "urban_management")
_c, _r = officer_certificate.c, officer_relation.c


def lamp_of(expires_on: date, revoked_on: date | None, today: date) -> tuple[str, str]:
    """Return the lamp of a certificate and its words."""
    if revoked_on is not None and revoked_on <= today:
        return "grey", "已收回"
    left = (expires_on - today).days
    if left < 0:
        return "red", f"已过期 {-left} 天"
    return ("yellow", f"{left} 天后到期") if left <= WARN.days else ("green", "有效")


def certificates(uow: UnitOfWork, units: tuple[str, ...] | None) -> list[Mapping[str, Any]]:
    """Return who may inspect and until when, those that end first on top; an officer without one is listed too."""
    today = local_day_of(uow.now)
    rows = select(
        officer.c.login, officer.c.name, officer.c.title, officer.c.unit, officer.c.roles,
        unit.c.short_name.label("unit_name"), unit.c.kind, _c.id, _c.number, _c.issued_on, _c.expires_on, _c.revoked_on,
    ).join(unit, unit.c.code == officer.c.unit).outerjoin(officer_certificate, _c.login == officer.c.login)  # fmt: skip
    rows = rows.where(officer.c.is_active)
    if units is not None:
        rows = rows.where(officer.c.unit.in_(units))
    found = []
    for row in uow.connection.execute(rows.order_by(officer.c.unit, officer.c.login)).mappings():
        if row["number"] is None and not (row["kind"] in OFFICES and set(row["roles"]) & set(FIELD)):
            continue
        kind, text = ("red", "没有执法证") if row["number"] is None else lamp_of(
            row["expires_on"], row["revoked_on"], today
        )  # fmt: skip
        found.append({**row, "lamp": kind, "text": text})
    rank = {"red": 0, "yellow": 1, "green": 2, "grey": 3}
    return sorted(found, key=lambda one: (rank[one["lamp"]], one["expires_on"] or today, one["login"]))


@dataclass(frozen=True, slots=True)
class RegisterCertificate:
    """Register a certificate.

    Raises:
        FormInvalid: the number is known, the days are in the wrong order, or there is no such officer.
    """

    actor: Actor
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it."""
        require(self.actor, *KEEPERS)
        given = self.answers
        begins, ends = (date.fromisoformat(str(given[name])) for name in ("issued_on", "expires_on"))
        if ends < begins:
            raise errors.FormInvalid(errors=[{"field": "expires_on", "message": "有效期不能早于发证日期"}])
        if uow.connection.execute(select(_c.id).where(_c.number == given["number"])).first():
            raise errors.FormInvalid(errors=[{"field": "number", "message": "此证号已登记"}])
        of = uow.connection.scalar(select(officer.c.unit).where(officer.c.login == given["login"], officer.c.is_active))
        if of is None:
            raise errors.FormInvalid(errors=[{"field": "login", "message": "没有这个执法人员"}])
        row = {
            "id": uow.new_id(), "login": given["login"], "number": given["number"], "unit": of, "issued_on": begins,
            "expires_on": ends, "revoked_on": None, "changed_by": self.actor.login, "changed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(officer_certificate), row)
        return UUID(str(row["id"]))


@dataclass(frozen=True, slots=True)
class RevokeCertificate:
    """Take a certificate back from today on.

    Raises:
        CaseNotFound: there is none that stands.
    """

    actor: Actor
    certificate_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Write the day."""
        require(self.actor, *KEEPERS)
        mine = (_c.id == self.certificate_id) & _c.revoked_on.is_(None)
        stamp = {"changed_by": self.actor.login, "changed_at": uow.now}
        done = uow.connection.execute(
            update(officer_certificate).where(mine).values(revoked_on=local_day_of(uow.now), **stamp)
        )
        if done.rowcount == 0:
            raise errors.CaseNotFound(certificate=str(self.certificate_id))


def relations(uow: UnitOfWork, actor: Actor) -> list[Mapping[str, Any]]:
    """Return the relations a person may know: all for the policy section, those of the own unit for its head."""
    rows = select(officer_relation, officer.c.name.label("officer_name"), officer.c.unit).join(
        officer, officer.c.login == _r.login
    )
    if not actor.has(*KEEPERS):
        mine = _r.login == actor.login
        rows = rows.where(or_(mine, officer.c.unit.in_(actor.units)) if actor.has("section_head") else mine)
    found = uow.connection.execute(rows.order_by(_r.declared_at.desc(), _r.id.desc()).limit(500)).mappings()
    return [dict(row) for row in found]


@dataclass(frozen=True, slots=True)
class DeclareRelation:
    """Declare that an officer avoids an object or an enterprise: one's own relation, or one of the own unit's officers.

    Raises:
        NotAllowed: it is somebody else's.
        FormInvalid: neither object nor code is named, the code is wrong, or the days are in the wrong order.
    """

    actor: Actor
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it."""
        given = self.answers
        login = str(given["login"])
        of = uow.connection.scalar(select(officer.c.unit).where(officer.c.login == login, officer.c.is_active))
        heads = self.actor.has("section_head", "squad_head") and of in self.actor.units
        if login != self.actor.login and not heads and not self.actor.has(*KEEPERS):
            raise errors.NotAllowed(reason="只能申报本人的，或者由本单位负责人登记")
        code, object_id = _named(given)
        begins = date.fromisoformat(str(given["valid_from"]))
        ends = date.fromisoformat(str(given["valid_to"])) if given.get("valid_to") else None
        if ends is not None and ends < begins:
            raise errors.FormInvalid(errors=[{"field": "valid_to", "message": "不能早于起始日期"}])
        row = {
            "id": uow.new_id(), "login": login, "object_id": object_id, "credit_code": code,
            "name": _name(uow, code, object_id), "reason": given["reason"], "valid_from": begins, "valid_to": ends,
            "declared_by": self.actor.login, "declared_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(officer_relation), row)
        return UUID(str(row["id"]))


def _named(given: Mapping[str, Any]) -> tuple[str | None, UUID | None]:
    code, text = str(given.get("credit_code") or "").strip().upper(), str(given.get("object_id") or "").strip()
    if not code and not text:
        raise errors.FormInvalid(errors=[{"field": "credit_code", "message": "请填信用代码或者检查对象编号"}])
    faults = [{"field": "credit_code", "message": found.message} for found in check_credit_code(code)] if code else []
    if faults:
        raise errors.FormInvalid(errors=faults)
    try:
        return code or None, UUID(text) if text else None
    except ValueError as exc:
        message = "编号有误，请从对象页面复制"
        raise errors.FormInvalid(errors=[{"field": "object_id", "message": message}]) from exc


def _name(uow: UnitOfWork, code: str | None, object_id: UUID | None) -> str:
    if object_id is not None:
        return find_object(uow, object_id).name
    o = inspection_object.c
    same = select(o.name).where(o.credit_code == code, o.holder_id.is_(None))
    return str(uow.connection.scalar(same) or code)
