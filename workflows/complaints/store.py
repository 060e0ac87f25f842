"""What all steps of a complaint share: its row, its log, and letters to whoever complained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from workflows.directory import find_unit
from workflows.letter_book import write_letter
from workflows.records.complaints import complaint, complaint_event
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_date, chinese_end

BASIS = ["《细则》二（六）"]


@dataclass(frozen=True, slots=True)
class CaseRef:
    """The case a letter belongs to."""

    instance_id: UUID
    business_key: str


def row_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the complaint a step belongs to."""
    return row_by_id(uow, UUID(str(variables["complaint_id"])))


def row_by_id(uow: UnitOfWork, complaint_id: UUID) -> Row[Any]:
    """Return a complaint that is known to exist."""
    return uow.connection.execute(select(complaint).where(complaint.c.id == complaint_id)).one()


def change(uow: UnitOfWork, complaint_id: UUID, **values: object) -> None:
    """Change a complaint."""
    uow.connection.execute(update(complaint).where(complaint.c.id == complaint_id).values(**values))


def tell(uow: UnitOfWork, complaint_id: UUID, kind: str, by: str, unit: str = "", **detail: object) -> None:
    """Write a line of a complaint's log."""
    row = {
        "id": uow.new_id(), "complaint_id": complaint_id, "kind": kind, "at": uow.now, "by": by, "unit": unit,
        "detail": {name: value for name, value in detail.items() if value not in (None, "")},
    }  # fmt: skip
    uow.connection.execute(insert(complaint_event), row)


def write_to_informant(
    uow: UnitOfWork, rulebook: Rulebook, row: Row[Any], kind: str, subject: str, content: Mapping[str, Any]
) -> str | None:
    """Write a letter to whoever complained, addressed by the complaint's number; answers the letter's number.

    The person's name is not in it: it is put on the envelope by whoever may read it. Without a way to reach the
    person there is no letter, and the log says so.
    """
    if not row.can_contact:
        tell(uow, row.id, "not_sent", "system", row.unit or "", letter=subject)
        return None
    data = {"receiver": f"投诉人（{row.number}）", "basis": BASIS, **content}
    sender = row.unit or rulebook.city.policy_unit
    _, number = write_letter(
        uow, rulebook.city, CaseRef(row.instance_id, row.business_key), kind=kind, about=row.id, sender=sender,
        receiver="", subject=subject, content=data,
    )  # fmt: skip
    return number


def about(row: Row[Any]) -> tuple[tuple[str, object], ...]:
    """Return what letters say about a complaint."""
    return (
        ("受理编号", row.number), ("收到日期", chinese_date(row.received_at)), ("反映的对象", row.party_name),
        ("地点", row.site),
    )  # fmt: skip


def until(due: datetime) -> str:
    """Return the last day of a limit as letters write it: it ends when that day is over."""
    return f"{chinese_end(due)}前"


def count_of(variables: Mapping[str, Any], name: str) -> int:
    """Return a count that a case keeps among its variables."""
    return int(variables[name])


def name_of(uow: UnitOfWork, code: str) -> str:
    """Return the short name of a unit."""
    return find_unit(uow, code).short_name
