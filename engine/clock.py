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


class ShiftedClock:
    """Another clock, moved by a fixed length; for demonstrations."""

    def __init__(self, base: Clock, shift: timedelta) -> None:
        self._base = base
        self.shift = shift

    def now(self) -> datetime:
        """Return the base clock's instant plus the shift."""
        return self._base.now() + self.shift
