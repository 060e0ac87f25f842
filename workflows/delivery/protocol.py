"""What an adapter is given, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from workflows.standards import Layout
from workflows.uow import local_time

ACCEPTED, REJECTED = "accepted", "rejected"


class DeliveryFailed(Exception):
    """The receiver could not be reached or refused the whole batch; it is tried again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it travels; trying it again sends exactly the same."""

    number: str
    channel: str
    dataset: str
    layout: Layout
    source: str
    formed_at: datetime


@dataclass(frozen=True, slots=True)
class OutboundRow:
    """One record as it travels: ``values`` by the codes of the layout, the envelope beside them.

    ``key`` is the same however often it is sent; a receiver that has seen it must not take it again.
    """

    key: str
    row_guid: str
    operation: str
    organ: str
    is_backfill: bool
    values: Mapping[str, str | None]

    def envelope(self, batch: Batch) -> Mapping[str, str]:
        """Return the fields every exchanged record carries."""
        return {
            "record_unique_identity": self.row_guid, "row_guid": self.row_guid, "cd_id": f"{self.organ}{self.row_guid}",
            "cd_time": local_time(batch.formed_at).strftime("%Y-%m-%d %H:%M:%S"), "cd_source": batch.source,
            "cd_batch": batch.number, "cd_operation": self.operation,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the receiver says about one record; ``receipt_key`` tells whether it was read before."""

    receipt_key: str
    record_key: str
    batch_number: str
    verdict: str
    reported_at: datetime
    code: str = ""
    message: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has the batch; ``feedback`` is what it already says about its records."""

    reference: str = ""
    feedback: Sequence[Feedback] = field(default_factory=tuple)


class Adapter(Protocol):
    """A way to a receiver; called outside any transaction."""

    @property
    def name(self) -> str:
        """How the batch says it travelled."""

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        """Hand a batch over; sending it again changes nothing at the receiver.

        Raises:
            DeliveryFailed: it is to be tried again later.
        """

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        """Return what was reported since an instant; what was returned before may come again."""
