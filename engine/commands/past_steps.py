"""What a case has passed, read from its history: completed elements by scope, and what cannot be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.spiff.going_back import CASE, WayBack
from engine.store.tables import history_event
from engine.store.unit_of_work import UnitOfWork

BARRIER = "barrier"
"""The property by which a diagram says that nobody goes back past an element; its value is what people read."""

_FROM_OUTSIDE = {
    "job-finished": "job", "message-received": "message", "signal-received": "message", "error-thrown": "job",
    "triggered": "message",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Barrier:
    """Something that happened after a step and forbids to go back before it.

    ``kind`` is ``marked`` (``what`` is the text of the diagram), ``record`` (the table of a new row), ``sent`` (the
    name of a message), ``case`` (one that was started or moved), ``job`` (a topic, or an error) or ``message`` (one
    that came).
    """

    kind: str
    what: str
    element_id: str


@dataclass(slots=True)
class PastSteps:
    """The history of a case as going back needs it."""

    passed: dict[int, dict[str, int]] = field(default_factory=dict)
    """By scope: each completed element with the place of its last completion."""

    _lines: list[Any] = field(default_factory=list)
    _scopes: dict[int, int] = field(default_factory=dict)
    _elements: dict[int, str] = field(default_factory=dict)

    def add(self, line: Any) -> None:
        """Take one line of the history."""
        place = len(self._lines)
        self._lines.append(line)
        for what, element, token, detail in line.steps:
            if what == "entered":
                self._scopes[token] = int(detail.get("within", CASE))
                self._elements[token] = element
            elif what == "completed":
                self.passed.setdefault(self._scopes.get(token, CASE), {})[element] = place

    def barriers(self, way: WayBack, marked: Mapping[str, str]) -> tuple[Barrier, ...]:
        """Return what forbids a way back; ``marked`` names the elements of the diagram nobody goes back past."""
        since = self.passed.get(way.within, {}).get(way.element, 0)
        found: dict[Barrier, None] = {}
        for line in self._lines[since:]:
            if self._is_redone(line, way):
                found.update(dict.fromkeys(_of_line(line)))
            for what, element, token, _ in line.steps:
                if what == "completed" and element in marked and self._is_between(token, element, way):
                    found.setdefault(Barrier("marked", marked[element], element))
        return tuple(found)

    def completions(self, way: WayBack) -> list[UUID]:
        """Return the user tasks that were completed on the way and will be done again, the newest first."""
        since = self.passed.get(way.within, {}).get(way.element, 0)
        done = [line for line in self._lines[since:] if line.kind == "task-completed" and self._is_redone(line, way)]
        return [UUID(line.detail["task_id"]) for line in reversed(done)]

    def _is_redone(self, line: Any, way: WayBack) -> bool:
        if line.element_id is None:
            return False
        return line.token is None or self._is_between(line.token, line.element_id, way)

    def _is_between(self, token: int, element: str, way: WayBack) -> bool:
        """Tell whether a token was in a scope of the way, or inside of an activity of it, and will be there again."""
        known = token in self._scopes
        while known and self._scopes.get(token, CASE) != way.within:
            token = self._scopes.get(token, CASE)
            if token == CASE:
                return False
            element = self._elements.get(token, element)
        return not known or element in way.redone


def _of_line(line: Any) -> list[Barrier]:
    element = line.element_id or ""
    found = [Barrier(str(kind), str(what), element) for kind, what in line.detail.get("binding", ())]
    if line.kind in _FROM_OUTSIDE:
        what = line.detail.get("topic") or line.detail.get("name") or line.detail.get("error_code") or element
        found.append(Barrier(_FROM_OUTSIDE[line.kind], str(what), element))
    return found


def past_steps(uow: UnitOfWork, instance_id: UUID) -> PastSteps:
    """Read the history of a case, without what was withdrawn."""
    rows = uow.connection.execute(
        select(history_event).where(history_event.c.instance_id == instance_id)
        .order_by(history_event.c.at, history_event.c.id)
    ).all()  # fmt: skip
    found = PastSteps()
    for row in _still_true(rows):
        found.add(row)
    return found


def _still_true(rows: Sequence[Any]) -> list[Any]:
    """Leave out what was withdrawn."""
    lines: list[Any] = []
    for row in rows:
        if row.kind == "task-withdrawn":
            task = row.detail.get("task_id")
            last = next(
                one for one in reversed(lines) if one.kind == "task-completed" and one.detail["task_id"] == task
            )
            lines.remove(last)
        lines.append(row)
    return lines
