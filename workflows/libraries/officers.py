"""Who may inspect: officers with a certificate that is good on the day, their qualifications, whom they avoid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select

from workflows.libraries.objects import InspectionObject
from workflows.libraries.sheets import sheet_for
from workflows.records.libraries import officer_certificate, officer_qualification, officer_relation
from workflows.records.offices import officer
from workflows.uow import UnitOfWork

_c = officer_certificate.c


@dataclass(frozen=True, slots=True)
class QualifiedOfficer:
    """An officer who may inspect on a day."""

    login: str
    name: str
    unit: str
    certificate: str
    expires_on: date
    qualifications: frozenset[str]
    issued_on: date


@dataclass(frozen=True, slots=True)
class Avoids:
    """What an officer must keep away from on a day."""

    objects: frozenset[UUID] = frozenset()
    codes: frozenset[str] = frozenset()

    def forbids(self, one: InspectionObject) -> bool:
        """Tell whether the officer may not inspect an object."""
        is_held = one.holder_id is not None and one.holder_id in self.objects
        return one.id in self.objects or is_held or one.credit_code in self.codes


def good_on(on: date) -> ColumnElement[bool]:
    """Return the condition that a certificate is good on a day; its last day counts."""
    is_standing = _c.revoked_on.is_(None) | (_c.revoked_on > on)
    return (_c.issued_on <= on) & (_c.expires_on >= on) & is_standing


def qualified_officers(uow: UnitOfWork, units: Sequence[str], item_code: str, on: date) -> list[QualifiedOfficer]:
    """Return the active officers of the units who may inspect an item on a day, by login.

    They hold a certificate that is good on that day, and the qualification the item's check sheet asks for.
    """
    needed = sheet.qualification if (sheet := sheet_for(uow, item_code, on)) else None
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.unit, _c.number, _c.expires_on, _c.issued_on)
        .join(officer_certificate, _c.login == officer.c.login)
        .where(officer.c.unit.in_(units), officer.c.is_active, good_on(on))
        .order_by(officer.c.login, _c.expires_on)
    ).all()
    held = qualifications_of(uow, {row.login for row in rows}, on)
    found = {
        row.login: QualifiedOfficer(
            row.login, row.name, row.unit, row.number, row.expires_on, held.get(row.login, frozenset()),
            row.issued_on,
        )
        for row in rows
    }  # fmt: skip
    return [one for one in found.values() if needed is None or needed in one.qualifications]


def qualifications_of(uow: UnitOfWork, logins: Iterable[str], on: date) -> dict[str, frozenset[str]]:
    """Return the codes of the qualifications that are good on a day, by officer."""
    q = officer_qualification.c
    good = q.login.in_(list(logins)) & (q.expires_on.is_(None) | (q.expires_on >= on))
    found: dict[str, set[str]] = {}
    for row in uow.connection.execute(select(q.login, q.code).where(good)):
        found.setdefault(row.login, set()).add(row.code)
    return {login: frozenset(codes) for login, codes in found.items()}


def avoidances(uow: UnitOfWork, logins: Iterable[str], on: date) -> dict[str, Avoids]:
    """Return what each officer must keep away from on a day; who is not named avoids nothing."""
    r = officer_relation.c
    standing = r.login.in_(list(logins)) & (r.valid_from <= on) & (r.valid_to.is_(None) | (r.valid_to > on))
    objects: dict[str, set[UUID]] = {}
    codes: dict[str, set[str]] = {}
    for row in uow.connection.execute(select(r.login, r.object_id, r.credit_code).where(standing)):
        if row.object_id is not None:
            objects.setdefault(row.login, set()).add(row.object_id)
        if row.credit_code:
            codes.setdefault(row.login, set()).add(row.credit_code)
    return {
        login: Avoids(frozenset(objects.get(login, ())), frozenset(codes.get(login, ())))
        for login in {*objects, *codes}
    }
