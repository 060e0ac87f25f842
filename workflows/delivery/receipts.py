"""What receivers say about records: each receipt is read once, and the newest version alone changes by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from workflows.delivery.protocol import ACCEPTED, REJECTED, Feedback
from workflows.notices import notify
from workflows.records.delivery import delivery_receipt, outbound_batch, outbound_record
from workflows.standards import Finding
from workflows.standards.findings import ERROR
from workflows.uow import UnitOfWork

_CHANGES: Mapping[str, tuple[str, ...]] = {  # by verdict: from which states
    ACCEPTED: ("batched", "sent"),
    REJECTED: ("batched", "sent", "accepted"),
}
CORRECTORS = ("section_officer", "district_officer", "squad_officer", "policy_officer")
_r, _b, _x = outbound_record.c, outbound_batch.c, delivery_receipt.c


@dataclass(frozen=True, slots=True)
class RecordFeedback:
    """Take in what a receiver reported; answers how many receipts were new."""

    channel: str
    feedback: Sequence[Feedback]

    def run(self, uow: UnitOfWork) -> int:
        """Leave alone what was read before."""
        return apply_feedback(uow, self.channel, self.feedback)


def apply_feedback(uow: UnitOfWork, channel: str, feedback: Sequence[Feedback]) -> int:
    """Write new receipts and change the records they are about; answers how many were new."""
    keys = [one.receipt_key for one in feedback]
    known = set(uow.connection.scalars(select(_x.receipt_key).where(_x.channel == channel, _x.receipt_key.in_(keys))))
    new = {one.receipt_key: one for one in feedback if one.receipt_key not in known}
    rejected: dict[str, list[Any]] = {}
    for one in sorted(new.values(), key=lambda given: given.reported_at):
        record = _record_of(uow, channel, one)
        is_applied = record is not None and record.status in _CHANGES[one.verdict]
        if record is not None and is_applied:
            _settle(uow, record, one)
            if one.verdict == REJECTED:
                rejected.setdefault(record.organ, []).append(record)
        _write(uow, channel, one, record, is_applied)
    for organ, records in rejected.items():
        groups = [f"{organ}/{role}" for role in CORRECTORS]
        text = f"报送被退回 {len(records)} 条，请更正后重报：{records[0].title or records[0].source_id}"
        notify(uow, groups, kind="exchange", text=text, business_key=records[0].business_key)
    return len(new)


def _record_of(uow: UnitOfWork, channel: str, one: Feedback) -> Any:
    """Return the version that a receipt is about: the one in that batch, else the newest that was sent."""
    same = (_r.channel == channel, _r.row_guid == one.record_key, _r.batch_id.is_not(None))
    versions = select(outbound_record).join(outbound_batch, _b.id == _r.batch_id).where(*same)
    if one.batch_number:
        versions = versions.where(_b.number == one.batch_number)
    return uow.connection.execute(versions.order_by(_r.version.desc()).limit(1)).one_or_none()


def _settle(uow: UnitOfWork, record: Any, one: Feedback) -> None:
    values: dict[str, Any] = {"status": one.verdict, "settled_at": uow.now, "is_presumed": False}
    if one.verdict == REJECTED:
        text = one.message or one.code or "接收方退回，未说明原因"
        remedy = "请在来源案件中改正，或填写更正，再以更新方式重报"
        fault = Finding(ERROR, one.field, one.field, text, remedy, f"接收方反馈 {one.code}".strip())
        values["findings"] = [*record.findings, fault.as_json()]
    uow.connection.execute(update(outbound_record).where(_r.id == record.id).values(**values))


def _write(uow: UnitOfWork, channel: str, one: Feedback, record: Any, is_applied: bool) -> None:
    row = {
        "id": uow.new_id(), "channel": channel, "receipt_key": one.receipt_key, "record_key": one.record_key,
        "record_id": None if record is None else record.id, "batch_number": one.batch_number, "verdict": one.verdict,
        "code": one.code, "message": one.message, "is_applied": is_applied, "reported_at": one.reported_at,
        "received_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(delivery_receipt), row)


@dataclass(frozen=True, slots=True)
class PresumeAccepted:
    """Count as accepted what nobody complained about in so many hours: some receivers only report faults."""

    channel: str
    hours: int

    def run(self, uow: UnitOfWork) -> int:
        """Answer how many were; a complaint that comes later still counts."""
        quiet = (_r.channel == self.channel, _r.status == "sent", _r.sent_at <= uow.now - timedelta(hours=self.hours))
        values = {"status": ACCEPTED, "settled_at": uow.now, "is_presumed": True}
        return uow.connection.execute(update(outbound_record).where(*quiet).values(**values)).rowcount


@dataclass(frozen=True, slots=True)
class LastReported:
    """When the newest receipt of a channel was written by the receiver."""

    channel: str

    def run(self, uow: UnitOfWork) -> datetime | None:
        """Answer None when there is none yet."""
        last: datetime | None = uow.connection.scalar(
            select(func.max(_x.reported_at)).where(_x.channel == self.channel)
        )
        return last
