"""Complaints and tips as the national records want them; who complained is never read here."""

from sqlalchemy import select

from workflows.city import City
from workflows.complaints.words import KINDS, MATTERS
from workflows.exchange.datasets import Dataset, Told, uuid_of
from workflows.records.complaints import complaint
from workflows.uow import UnitOfWork

_c = complaint.c


def tell_complaint(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell a complaint that a unit has accepted; one that was merged into another is told no more."""
    row = uow.connection.execute(select(complaint).where(_c.id == uuid_of(key))).one_or_none()
    if row is None or row.unit is None or row.accepted_at is None or row.merged_into is not None:
        return None
    matter, place = MATTERS.get(row.matter, row.matter), city.division(row.area) if row.area else None
    about = (row.party_name or None, row.party_code or None, matter, place, row.content)
    codes = (
        ("complaintObject", "complaintObjectCertCode", "complaintType", "complaintTerritory", "complaintDetail")
        if row.kind == "complaint"
        else ("tipObject", "enterpriseCreditCode", "tipType", "tipTerritory", "tipDetail")
    )
    title = f"{KINDS.get(row.kind, row.kind)} {row.number}"
    return Told(dict(zip(codes, about, strict=True)), row.unit, row.received_at, title, row.business_key)


COMPLAINTS: tuple[Dataset, ...] = (
    Dataset("complaint", "complaints", "投诉举报", "regulation_complaint", "complaint",
            select(_c.id.label("id"), _c.received_at.label("at")).where(
                _c.accepted_at.is_not(None), _c.unit.is_not(None), _c.merged_into.is_(None)), tell_complaint),
)  # fmt: skip
