"""Follows the records of credit information: what the platform accepted is done, what it refused is corrected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from engine import errors as engine_errors
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from workflows.credit.entries import change, entry, follow
from workflows.credit.words import KINDS
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.records.penalties import penalty_publication
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork

_e, _r = credit_entry.c, outbound_record.c
_OPEN = ("held", "queued", "sent", "rejected")
_MANY = 200
RECEIPT = "credit_receipt"


@dataclass(frozen=True, slots=True)
class FollowCredit:
    """Bring entries to where their records are; answers how many moved. Running it again changes nothing."""

    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> int:
        """Follow at most a few hundred at once; the next look finds the rest."""
        rows = moved_entries(uow)
        for row in rows:
            self._follow(uow, row)
        return len(rows)

    def _follow(self, uow: UnitOfWork, row: Row[Any]) -> None:
        record = newest(uow, row.row_guid)
        was = entry(uow, row.id)
        state = follow(uow, row.id, record.id, refusal(record))
        if state == "accepted":
            self._accepted(uow, was)
        answered(uow, was, state, refusal(record))
        if state == "rejected" and was.correction_key is None:
            start_correction(uow, self.rulebook, entry(uow, row.id))

    def _accepted(self, uow: UnitOfWork, was: Row[Any]) -> None:
        if was.kind == "penalty":
            mine = (penalty_publication.c.case_id == was.source_id) & penalty_publication.c.uploaded_at.is_(None)
            uow.connection.execute(update(penalty_publication).where(mine).values(uploaded_at=uow.now))


def moved_entries(uow: UnitOfWork, limit: int = _MANY) -> list[Row[Any]]:
    """Return the entries whose record has moved on: open ones, and accepted ones that were refused after all."""
    seen = select(_e.id, _r.row_guid).join(outbound_record, _r.id == _e.record_id)
    level = (_r.status == _e.state) | ((_r.status == "batched") & (_e.state == "queued"))
    moved = list(uow.connection.execute(seen.where(_e.state.in_(_OPEN), ~level).order_by(_e.id).limit(limit)))
    refused = seen.where(_r.channel == "credit", _r.status == "rejected", _e.state == "accepted")
    return moved + list(uow.connection.execute(refused.order_by(_e.id).limit(limit)))


def newest(uow: UnitOfWork, row_guid: str) -> Row[Any]:
    """Return the newest version of a record."""
    mine = select(outbound_record).where(_r.row_guid == row_guid)
    return uow.connection.execute(mine.order_by(_r.version.desc()).limit(1)).one()


def refusal(record: Any) -> str:
    """Return what the receiver said about a record that it refused."""
    if record.status != "rejected":
        return ""
    said = [one["message"] for one in record.findings if one["level"] == "error"]
    return "；".join(said)[-500:]


def answered(uow: UnitOfWork, was: Row[Any], state: str, message: str) -> None:
    """Tell the open correction of an entry what became of the record."""
    if was.correction_key is None or state not in ("accepted", "rejected") or state == was.state:
        return
    told = {"receipt": state, "problem": message}
    try:
        CorrelateMessage(RECEIPT, str(was.id), told, "system").run(uow)
    except engine_errors.MessageNotExpected:
        return  # the correction is just being opened: it looks for itself
    if state == "accepted":
        change(uow, was.id, correction_key=None)


def start_correction(uow: UnitOfWork, rulebook: Rulebook, row: Row[Any]) -> str:
    """Start the correction of an entry; answers the number of its case."""
    request = correction_request(uow, rulebook, row)
    trigger = StartTrigger("record_stuck", "message", "credit_stuck")
    key = str(request["business_key"])
    StartProcess("credit_correction", key, "system", dict(request), trigger=trigger).run(uow)
    return key


def correction_request(uow: UnitOfWork, rulebook: Rulebook, row: Row[Any]) -> Mapping[str, Any]:
    """Return what a correction is asked to do, with its number; the entry knows it from now on."""
    key = next_number(uow, rulebook.city.numbers["credit_correction"], "credit_correction")
    change(uow, row.id, correction_key=key)
    return {
        "business_key": key, "entry_id": str(row.id), "unit": row.unit, "area": row.area, "item_code": row.item_code,
        "party_name": row.party_name, "decided_at": row.decided_at.isoformat(), "problem": problem_of(row),
        "title": f"{KINDS[row.kind]} {row.document_no}", "policy_unit": rulebook.city.policy_unit,
        "leader_unit": rulebook.city.leader_unit, "record_state": row.state, "receipt": None,
    }  # fmt: skip


def problem_of(row: Any) -> str:
    """Return in words why an entry is not with the platform yet."""
    words = {"held": "校验不通过", "rejected": "信用平台退回", "queued": "还没有发送", "sent": "没有回执"}
    return "：".join(part for part in (words.get(row.state, ""), row.message) if part)


def entry_in(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the entry a step is about."""
    return entry(uow, UUID(str(variables["entry_id"])))
