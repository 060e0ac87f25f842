"""Small questions written as functions, and the lamp of a stored clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from workflows.rulebook import Rulebook
from workflows.time_limits import CONFIDENCES, Lamp
from workflows.uow import UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """A query made of a function that only reads."""

    question: Callable[[UnitOfWork], T]

    def run(self, uow: UnitOfWork) -> T:
        """Answer it."""
        return self.question(uow)


@dataclass(frozen=True, slots=True)
class Do(Generic[T]):
    """A command made of a function."""

    act: Callable[[UnitOfWork], T]

    def run(self, uow: UnitOfWork) -> T:
        """Do it inside the given transaction."""
        return self.act(uow)


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock as screens show it."""

    id: str
    title: str
    unit: str
    lamp: str
    text: str
    due_at: datetime
    limit_text: str
    confidence: str
    source: str
    clause: str
    anchor_event: str
    anchor_at: datetime
    is_late: bool
    is_provisional: bool
    is_open: bool
    is_waiting: bool
    paused_since: datetime | None
    pauses: tuple[dict[str, Any], ...]
    element_id: str


def clock_view(rulebook: Rulebook, row: Any, now: datetime) -> ClockView:
    """Return what a stored clock shows at *now*."""
    limit = rulebook.reckon(row.limit_name, row.anchor_at, item=row.item_code).limit
    shown = lamp_of(rulebook, row, now)
    return ClockView(
        str(row.id), limit.title, row.unit, shown.kind, shown.text, row.due_at, limit.text,
        CONFIDENCES[limit.confidence], limit.source, limit.clause, row.anchor_event, row.anchor_at, row.is_late,
        row.is_provisional, row.ended_at is None, row.is_waiting, row.paused_since, tuple(row.pauses), row.element_id,
    )  # fmt: skip


def lamp_of(rulebook: Rulebook, row: Any, now: datetime) -> Lamp:
    """Return the lamp of a stored clock: grey while paused, done when ended, else by the days left."""
    if row.ended_at is not None:
        if row.is_waiting:
            return Lamp("done", "等待期结束", 0, row.is_provisional)
        return Lamp("done", "逾期办结" if row.is_late else "按期办结", 0, row.is_provisional)
    if row.paused_since is not None:
        return Lamp("paused", "中止计时", 0, row.is_provisional)
    return rulebook.lamp(row.limit_name, row.anchor_at, row.due_at, row.warn_at, now)
