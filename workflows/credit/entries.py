"""What the credit platform must have: one entry for each decision, made in the transaction of the decision itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select, update

from workflows.credit.pages import show_entry
from workflows.credit.values import PERSON, licence_values, penalty_values
from workflows.credit.words import CHANNEL, LAYOUTS, SOURCES
from workflows.delivery import queue_record
from workflows.directory import find_unit, unit_chain
from workflows.penalties.people import organ_of
from workflows.publication.pages import hide
from workflows.records.approvals import approval, party
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.standards.codes import organ_code
from workflows.uow import UnitOfWork, last_day_of, local_day_of

_e = credit_entry.c
_STATES: Mapping[str, str] = {"batched": "queued", "withdrawn": "exempt"}
_ENTRY = select(credit_entry).where(_e.id == bindparam("wanted"))
_ENTRY_OF = select(credit_entry).where(_e.kind == bindparam("of_kind"), _e.source_id == bindparam("source"))
_RECORD = select(outbound_record).where(outbound_record.c.id == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Owed:
    """A decision as its entry describes it; ``values`` are what goes out."""

    kind: str
    source_id: UUID
    facts: Mapping[str, Any]
    decided_at: datetime
    values: Mapping[str, Any]
    expires_on: date | None = None
    is_backfill: bool = False


def licence_decided(uow: UnitOfWork, rulebook: Rulebook, approval_id: UUID, *, is_backfill: bool = False) -> None:
    """Owe the platform a licence, or tell it what became of one; a refusal is nothing it must have."""
    p = (party.c.name.label("party_name"), party.c.category, party.c.identity_kind, party.c.identity_number,
         party.c.legal_representative)  # fmt: skip
    row = uow.connection.execute(
        select(approval, *p).join(party, party.c.id == approval.c.party_id).where(approval.c.id == approval_id)
    ).one()
    known = entry_of(uow, "licence", row.id)
    if row.result == "refused" or (row.result == "withdrawn" and known is None):
        if known is not None:
            end_entry(uow, known, "withdrawn")
        return
    organ = find_unit(uow, unit_chain(uow, row.approving_unit)[-1])
    facts = {
        "business_key": row.business_key, "organ": organ.code, "unit": row.approving_unit, "area": row.area,
        "item_code": row.item_code, "party_name": row.party_name, "party_code": row.identity_number,
        "is_person": row.category == PERSON, "document_no": row.document_no,
        "title": row.licence_name or row.project_name,
    }  # fmt: skip
    values = licence_values(row, organ.name, organ_code(rulebook.city, organ.code))
    owe(uow, rulebook, Owed("licence", row.id, facts, row.decided_at, values, is_backfill=is_backfill))
    if row.result == "withdrawn":
        hide(uow, "licence", row.id)


def penalty_decided(uow: UnitOfWork, rulebook: Rulebook, case_id: UUID, *, is_backfill: bool = False) -> None:
    """Owe the platform a penalty; a case that ends without one is nothing it must have."""
    row = uow.connection.execute(select(penalty_case).where(penalty_case.c.id == case_id)).one()
    if row.outcome != "penalise":
        return
    organ = find_unit(uow, organ_of(uow, row.unit))
    expires = _expiry(rulebook, row.decided_at)
    facts = {
        "business_key": row.business_key, "organ": organ.code, "unit": row.unit, "area": row.area,
        "item_code": row.item_code, "party_name": row.party_name, "party_code": row.party_code or "",
        "is_person": row.party_kind == "1", "document_no": row.decision_number,
        "title": (row.decision or {}).get("penalty_content") or row.facts,
    }  # fmt: skip
    code = organ_code(rulebook.city, organ.code)
    values = penalty_values(row, organ.name, code, expires - timedelta(days=1))
    owe(uow, rulebook, Owed("penalty", row.id, facts, row.decided_at, values, expires, is_backfill))


def _expiry(rulebook: Rulebook, decided_at: datetime) -> date:
    """Return the first day on which a penalty is no longer public: what ends first, publicity or keeping."""
    ends = (rulebook.reckon(name, decided_at).due_at for name in ("penalty_publicity", "credit_retention"))
    return local_day_of(min(ends))


def owe(uow: UnitOfWork, rulebook: Rulebook, owed: Owed) -> UUID:
    """Queue what a decision says for the platform and keep the entry up to date; answers its id."""
    warn = rulebook.reckon("credit_upload_seed", owed.decided_at).due_at
    due = rulebook.reckon("credit_upload", owed.decided_at).due_at
    facts = owed.facts
    record_id = queue_record(
        uow, channel=CHANNEL, dataset=owed.kind, source=SOURCES[owed.kind], source_id=owed.source_id,
        operation="i", values=owed.values, layout=LAYOUTS[owed.kind], organ=facts["organ"],
        happened_at=owed.decided_at, due_on=last_day_of(due), is_backfill=owed.is_backfill,
        business_key=facts["business_key"], title=f"{facts['party_name']} {facts['document_no']}",
    )  # fmt: skip
    known = entry_of(uow, owed.kind, owed.source_id)
    values = {**facts, "decided_at": owed.decided_at, "decided_on": local_day_of(owed.decided_at), "warn_at": warn,
              "due_at": due, "expires_on": owed.expires_on, "checked_at": uow.now}  # fmt: skip
    entry_id = uow.new_id() if known is None else UUID(str(known.id))
    if known is None:
        row = values | {
            "id": entry_id, "kind": owed.kind, "source_id": owed.source_id, "state": "new", "record_id": None,
            "message": "", "queued_at": uow.now, "faults": 0, "is_backfill": owed.is_backfill,
        }  # fmt: skip
        uow.connection.execute(insert(credit_entry), row)
    else:
        reopened = {"state": "new", "ended_at": None, "ended_how": None} if known.state == "ended" else {}
        uow.connection.execute(update(credit_entry).where(_e.id == entry_id).values(**values, **reopened))
    follow(uow, entry_id, record_id)
    return entry_id


def entry_of(uow: UnitOfWork, kind: str, source_id: UUID) -> Row[Any] | None:
    """Return the entry of a decision, or None."""
    return uow.connection.execute(_ENTRY_OF, {"of_kind": kind, "source": source_id}).one_or_none()


def entry(uow: UnitOfWork, entry_id: UUID) -> Row[Any]:
    """Return an entry that exists."""
    return uow.connection.execute(_ENTRY, {"wanted": entry_id}).one()


def change(uow: UnitOfWork, entry_id: UUID, **values: object) -> None:
    """Write columns of an entry."""
    uow.connection.execute(update(credit_entry).where(_e.id == entry_id).values(**values))


def follow(uow: UnitOfWork, entry_id: UUID, record_id: UUID, message: str = "") -> str:
    """Bring an entry to where the newest version of its record is; answers the state."""
    row = entry(uow, entry_id)
    record = uow.connection.execute(_RECORD, {"wanted": record_id}).one()
    if row.state == "ended":
        change(uow, entry_id, record_id=record_id)
        return "ended"
    state = _STATES.get(record.status, str(record.status))
    values: dict[str, Any] = {"state": state, "record_id": record_id, "message": message or _said(record)}
    is_news = (state, record_id) != (row.state, row.record_id)
    if is_news and state in ("held", "rejected") and row.accepted_at is None:
        values["faults"] = row.faults + 1
    if record.sent_at is not None and row.sent_at is None:
        values["sent_at"] = record.sent_at
    if state == "accepted" and row.accepted_at is None:
        values["accepted_at"] = record.settled_at
    change(uow, entry_id, **values)
    if state in ("queued", "sent", "accepted"):
        show_entry(uow, entry(uow, entry_id), record.payload)
    return state


def _said(record: Any) -> str:
    """Return what keeps a record from being sent, in one line."""
    if record.status != "held":
        return ""
    return "；".join(one["message"] for one in record.findings if one["level"] == "error")[:500]


def end_entry(uow: UnitOfWork, row: Row[Any], how: str, note: str | None = None) -> None:
    """Take an entry back from the platform and from the public page; it stays in our own books."""
    if row.state == "ended":
        return
    record_id = queue_record(
        uow, channel=CHANNEL, dataset=row.kind, source=SOURCES[row.kind], source_id=row.source_id, operation="d",
        values={}, layout=LAYOUTS[row.kind], organ=row.organ, happened_at=uow.now, business_key=row.business_key,
        title=f"{row.party_name} {row.document_no}",
    )  # fmt: skip
    change(uow, row.id, state="ended", ended_at=uow.now, ended_how=how, record_id=record_id, message=note or "")
    hide(uow, row.kind, row.source_id, note)
