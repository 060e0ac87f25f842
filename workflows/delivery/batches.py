"""Batches: formed before anything is sent, taken by one worker at a time, and never out of turn.

A lane is a channel and a dataset; it has one batch on its way. Whoever takes over from a worker that died sends the
same batch with the same keys again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update

from engine import errors as engine_errors
from workflows import errors
from workflows.delivery.protocol import Batch, OutboundRow, Sent
from workflows.delivery.queue import BATCHED, QUEUED, SENT
from workflows.delivery.receipts import apply_feedback
from workflows.policy import Actor
from workflows.records.delivery import outbound_batch, outbound_record
from workflows.serials import next_number
from workflows.standards import as_row, layout
from workflows.uow import UnitOfWork, local_day_of

FORMED, SENDING, FAILED, DISSOLVED = "formed", "sending", "failed", "dissolved"
OPEN = (FORMED, SENDING, FAILED)
STATUSES = {FORMED: "待发送", SENDING: "发送中", SENT: "已发送", FAILED: "发送失败", DISSOLVED: "已拆批"}
LEASE = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)
_b, _r = outbound_batch.c, outbound_record.c


@dataclass(frozen=True, slots=True)
class FormBatches:
    """Put what waits in each lane of a channel into a batch, the oldest first; answers how many were formed."""

    channel: str
    adapter: str
    size: int

    def run(self, uow: UnitOfWork) -> int:
        """Leave alone the lanes that have a batch on its way."""
        waiting = select(_r.dataset, _r.layout).where(_r.channel == self.channel, _r.status == QUEUED).distinct()
        busy = select(_b.dataset).where(_b.channel == self.channel, _b.status.in_(OPEN))
        lanes = uow.connection.execute(waiting.where(_r.dataset.not_in(busy)).order_by(_r.dataset, _r.layout)).all()
        seen: set[str] = set()
        for lane in lanes:
            if lane.dataset not in seen:
                seen.add(lane.dataset)
                self._form(uow, lane.dataset, lane.layout)
        return len(seen)

    def _form(self, uow: UnitOfWork, dataset: str, layout_key: str) -> None:
        lane = (_r.channel == self.channel, _r.dataset == dataset, _r.layout == layout_key, _r.status == QUEUED)
        chosen = list(uow.connection.scalars(select(_r.id).where(*lane).order_by(_r.queued_at, _r.id).limit(self.size)))
        batch_id, day = uow.new_id(), f"{local_day_of(uow.now):%Y%m%d}"
        row = {
            "id": batch_id, "number": next_number(uow, day + "{number:05d}", f"batch/{self.channel}/{day}"),
            "channel": self.channel, "dataset": dataset, "layout": layout_key, "adapter": self.adapter,
            "status": FORMED, "size": len(chosen), "attempts": 0, "fence": 0, "formed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(outbound_batch), row)
        mine = (_r.id.in_(chosen), _r.status == QUEUED)
        done = uow.connection.execute(update(outbound_record).where(*mine).values(status=BATCHED, batch_id=batch_id))
        if done.rowcount != len(chosen):  # another worker was quicker
            raise engine_errors.ConcurrentUpdate(batch=dataset)


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch in the hands of one worker; the fence tells whether it still is."""

    id: UUID
    fence: int
    batch: Batch
    rows: Sequence[OutboundRow]


@dataclass(frozen=True, slots=True)
class TakeBatch:
    """Take the oldest batch of a channel that is to be sent now; answers None when there is none."""

    channel: str
    source: str

    def run(self, uow: UnitOfWork) -> Taken | None:
        """Take it with a lease: when the worker dies, another one takes it after the lease."""
        is_due = or_(
            _b.status == FORMED, (_b.status == FAILED) & (_b.retry_at <= uow.now),
            (_b.status == SENDING) & (_b.lease_until <= uow.now),
        )  # fmt: skip
        oldest = select(outbound_batch).where(_b.channel == self.channel, is_due).order_by(_b.formed_at, _b.id).limit(1)
        found = uow.connection.execute(oldest).one_or_none()
        if found is None:
            return None
        same = (_b.id == found.id, _b.fence == found.fence)
        values = {"status": SENDING, "fence": found.fence + 1, "attempts": found.attempts + 1}
        done = uow.connection.execute(update(outbound_batch).where(*same).values(**values, lease_until=uow.now + LEASE))
        if done.rowcount != 1:
            raise engine_errors.ConcurrentUpdate(batch=found.number)
        used = layout(found.layout, local_day_of(found.formed_at))
        batch = Batch(found.number, found.channel, found.dataset, used, self.source, found.formed_at)
        records = uow.connection.execute(select(outbound_record).where(_r.batch_id == found.id).order_by(_r.id)).all()
        return Taken(found.id, found.fence + 1, batch, [_row(batch, one) for one in records])


def _row(batch: Batch, record: Any) -> OutboundRow:
    values = as_row(batch.layout, record.payload)
    facts = (record.row_guid, record.operation, record.organ, record.is_backfill)
    return OutboundRow(record.idempotency_key, *facts, values)


@dataclass(frozen=True, slots=True)
class FinishBatch:
    """Note that the receiver has a batch, and what it said at once."""

    batch_id: UUID
    fence: int
    sent: Sent

    def run(self, uow: UnitOfWork) -> None:
        """Change only records that nobody has answered meanwhile.

        Raises:
            LeaseLost: another worker took the batch over.
        """
        found = _held(uow, self.batch_id, self.fence)
        values = {"status": SENT, "sent_at": uow.now, "reference": self.sent.reference, "lease_until": None}
        uow.connection.execute(update(outbound_batch).where(_b.id == found.id).values(**values, last_error=None))
        mine = _r.batch_id == found.id
        uow.connection.execute(update(outbound_record).where(mine, _r.sent_at.is_(None)).values(sent_at=uow.now))
        uow.connection.execute(update(outbound_record).where(mine, _r.status == BATCHED).values(status=SENT))
        apply_feedback(uow, found.channel, self.sent.feedback)


@dataclass(frozen=True, slots=True)
class FailBatch:
    """Note that a batch could not be sent; it is tried again after a pause that grows."""

    batch_id: UUID
    fence: int
    message: str

    def run(self, uow: UnitOfWork) -> None:
        """Keep the batch and its records as they are."""
        found = _held(uow, self.batch_id, self.fence)
        pause = min(timedelta(seconds=15 * 2 ** min(found.attempts, 10)), _LONGEST_WAIT)
        values = {"status": FAILED, "last_error": self.message[:1000], "retry_at": uow.now + pause}
        uow.connection.execute(update(outbound_batch).where(_b.id == found.id).values(**values, lease_until=None))


def _held(uow: UnitOfWork, batch_id: UUID, fence: int) -> Any:
    found = uow.connection.execute(select(outbound_batch).where(_b.id == batch_id)).one()
    if found.fence != fence or found.status != SENDING:
        raise engine_errors.LeaseLost(batch=found.number)
    return found


@dataclass(frozen=True, slots=True)
class RetryBatch:
    """Try a failed batch again now."""

    actor: Actor
    batch_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Raise ``RecordClosed`` when it has not failed."""
        _failed(uow, self.batch_id, retry_at=uow.now)


@dataclass(frozen=True, slots=True)
class DissolveBatch:
    """Let the records of a failed batch wait again, so that a bad one does not stop the others of its lane."""

    actor: Actor
    batch_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Keep in each record that the receiver may have seen it: the batch it was in."""
        _failed(uow, self.batch_id, status=DISSOLVED)
        mine = (_r.batch_id == self.batch_id, _r.status == BATCHED)
        uow.connection.execute(update(outbound_record).where(*mine).values(status=QUEUED))


def _failed(uow: UnitOfWork, batch_id: UUID, **values: datetime | str) -> None:
    failed = (_b.id == batch_id, _b.status == FAILED)
    if uow.connection.execute(update(outbound_batch).where(*failed).values(**values)).rowcount != 1:
        raise errors.RecordClosed(batch=str(batch_id))
