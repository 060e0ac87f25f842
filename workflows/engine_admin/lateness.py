"""How long each step of a process takes and how often it is late, from its finished and open clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select

from engine.store.tables import process_instance, user_task
from workflows.records.clocks import running_limit
from workflows.uow import UnitOfWork

MOST_CLOCKS = 20_000
_STEPS = (0.0, 0.1, 0.3)


@dataclass(frozen=True, slots=True)
class StepLateness:
    """One step: its clocks, how many are open and late, and the median of its finished ones in days."""

    element_id: str
    total: int
    open: int
    late: int
    median_days: float | None

    @property
    def share(self) -> float:
        """Return how often it is late, from 0 to 1."""
        return self.late / self.total if self.total else 0.0

    @property
    def heat(self) -> int:
        """Return 0 for never late, to 3 for more than three in ten."""
        return sum(self.share > step for step in _STEPS)

    @property
    def words(self) -> str:
        """Return it in a few words."""
        middle = f"中位{self.median_days:g}日 " if self.median_days is not None else ""
        return f"{middle}超期{self.late}/{self.total}"


@dataclass(frozen=True, slots=True)
class ReadLateness:
    """The lateness of the steps of a process, the most often late first; periods of waiting do not count."""

    key: str

    def run(self, uow: UnitOfWork) -> tuple[StepLateness, ...]:
        """Answer it from the newest clocks."""
        table = running_limit.c
        process = func.coalesce(user_task.c.definition_key, process_instance.c.definition_key)
        rows = uow.connection.execute(
            select(table.element_id, table.anchor_at, table.due_at, table.ended_at, table.pauses, table.is_late)
            .join_from(running_limit, process_instance, process_instance.c.id == table.instance_id)
            .join(user_task, user_task.c.id == table.task_id, isouter=True)
            .where(process == self.key, table.is_waiting.is_(False))
            .order_by(table.anchor_at.desc())
            .limit(MOST_CLOCKS)
        ).mappings()
        found: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            found.setdefault(row["element_id"], []).append(dict(row))
        steps = [_step(element, clocks, uow.now) for element, clocks in found.items()]
        return tuple(sorted(steps, key=lambda one: (-one.share, -one.total, one.element_id)))


def _step(element: str, clocks: Sequence[Mapping[str, Any]], now: datetime) -> StepLateness:
    ended = [_days(clock) for clock in clocks if clock["ended_at"] is not None]
    late = [clock for clock in clocks if clock["is_late"] or (clock["ended_at"] is None and clock["due_at"] <= now)]
    return StepLateness(
        element, len(clocks), len(clocks) - len(ended), len(late), round(median(ended), 1) if ended else None
    )


def _days(clock: Mapping[str, Any]) -> float:
    """Return how many days of 24 hours a finished clock ran, its pauses left out."""
    paused = sum((_length(pause) for pause in clock["pauses"]), timedelta())
    ran: timedelta = clock["ended_at"] - clock["anchor_at"] - paused
    return max(ran, timedelta()) / timedelta(days=1)


def _length(pause: Mapping[str, Any]) -> timedelta:
    if not pause.get("from") or not pause.get("until"):
        return timedelta()
    return datetime.fromisoformat(pause["until"]) - datetime.fromisoformat(pause["from"])
