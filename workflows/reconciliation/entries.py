"""One thing that passes from one side to the other, and what became of it by an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from workflows.time_limits import Pause
from workflows.uow import ZONE

SETTLED = ("received", "returned", "withdrawn")


@dataclass(frozen=True, slots=True)
class Entry:
    """One handoff, copy, sending or record: by whose book it was sent, and how the other side's book answers.

    ``ended`` says how and when it was settled; ``faults`` are causes for which both books disagree although the
    thing itself was settled.
    """

    kind: str
    subject: str
    key: str
    title: str
    sender: str
    receiver: str
    sent_at: datetime
    due_at: datetime
    business_key: str | None = None
    ended: tuple[str, datetime] | None = None
    pauses: Sequence[Pause] = ()
    faults: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def outcome(self, cut: datetime) -> str:
        """Return received, returned or withdrawn, else paused, in_transit or overdue, as it was at an instant."""
        if self.ended is not None and self.ended[1] < cut:
            return self.ended[0]
        if any(begin < cut and (end is None or end > cut) for begin, end in self.pauses):
            return "paused"
        return "overdue" if self.due_at <= cut else "in_transit"

    def causes(self, cut: datetime) -> tuple[str, ...]:
        """Return why both sides' counts differ at an instant without an explanation."""
        return self.faults or (("overdue",) if self.outcome(cut) == "overdue" else ())

    def concerns(self, begin: datetime, cut: datetime) -> bool:
        """Tell whether it belongs into the count of a day: sent before its end, and not settled before it began."""
        return self.sent_at < cut and (self.ended is None or self.ended[1] >= begin)


def begin_of(day: date) -> datetime:
    """Return the first instant of a day here."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
