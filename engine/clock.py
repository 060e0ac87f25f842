"""The only reader of the wall clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware, in UTC."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


class ManualClock:
    """A clock that stands still until it is moved; for tests and sandboxes."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self._now

    def advance(self, length: timedelta) -> None:
        """Move forward by *length*."""
        self._now += length

    def set(self, instant: datetime) -> None:
        """Stand at *instant*."""
        self._now = instant


class ShiftedClock:
    """Another clock, moved by a fixed length; for demonstrations."""

    def __init__(self, base: Clock, shift: timedelta) -> None:
        self._base = base
        self.shift = shift

    def now(self) -> datetime:
        """Return the base clock's instant plus the shift."""
        return self._base.now() + self.shift
