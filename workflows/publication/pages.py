"""The rows of the public page: written when something becomes public, without the identity number of any person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from workflows.identifiers import mask_name, masked
from workflows.records.publication import public_record
from workflows.uow import UnitOfWork

_p = public_record.c


@dataclass(frozen=True, slots=True)
class Shown:
    """What the public sees of one decision or result."""

    party: str
    number: str
    title: str
    organ: str
    happened_on: date
    facts: Sequence[tuple[str, Any]]
    is_person: bool = False
    expires_on: date | None = None


def show(uow: UnitOfWork, kind: str, about: UUID, lines: Sequence[Shown]) -> None:
    """Show what is published together, in the place of what was shown of it before."""
    for part, line in enumerate(lines):
        values = _row(line)
        mine = (_p.kind == kind) & (_p.about == about) & (_p.part == part)
        known = uow.connection.scalar(select(_p.id).where(mine))
        if known is None:
            head = {"id": uow.new_id(), "kind": kind, "about": about, "part": part, "shown_at": uow.now,
                    "is_disputed": False}  # fmt: skip
            uow.connection.execute(insert(public_record), head | values)
        else:
            uow.connection.execute(update(public_record).where(_p.id == known).values(**values))


def _row(line: Shown) -> dict[str, Any]:
    def safe(value: object) -> str:
        text = str(value)
        if line.is_person and len(line.party) > 1:
            text = text.replace(line.party, mask_name(line.party))
        return masked(text)

    facts = [{"label": label, "value": safe(value)} for label, value in line.facts if value not in (None, "")]
    party = mask_name(line.party) if line.is_person else masked(line.party)
    return {
        "party": party, "number": line.number, "title": safe(line.title)[:500], "organ": line.organ,
        "happened_on": line.happened_on, "facts": facts, "expires_on": line.expires_on, "hidden_at": None,
        "withdrawal_note": None,
    }  # fmt: skip


def hide(uow: UnitOfWork, kind: str, about: UUID, note: str | None = None) -> None:
    """Take something off the page; with a note the page keeps the number and says why."""
    mine = (_p.kind == kind) & (_p.about == about)
    values = {"hidden_at": uow.now, "withdrawal_note": masked(note) if note else None}
    uow.connection.execute(update(public_record).where(mine).values(**values))


def dispute(uow: UnitOfWork, kind: str, about: UUID, *, is_open: bool) -> None:
    """Mark that an objection to what is shown is being examined, or no longer."""
    mine = (_p.kind == kind) & (_p.about == about)
    uow.connection.execute(update(public_record).where(mine).values(is_disputed=is_open))
