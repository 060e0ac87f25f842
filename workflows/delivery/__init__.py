"""What goes out: a record is queued with the fact it tells, travels in a batch, and comes back as a receipt."""

from workflows.delivery.batches import DissolveBatch, RetryBatch
from workflows.delivery.corrections import CorrectRecord, Resend
from workflows.delivery.courier import Courier, Route
from workflows.delivery.protocol import Adapter, Batch, Feedback, OutboundRow, Sent
from workflows.delivery.queue import Outbound, queue_record
from workflows.delivery.receipts import RecordFeedback

__all__ = [
    "Adapter", "Batch", "CorrectRecord", "Courier", "DissolveBatch", "Feedback", "Outbound", "OutboundRow",
    "RecordFeedback", "Resend", "RetryBatch", "Route", "Sent", "queue_record",
]  # fmt: skip
