"""The worklist: whose task, what about, by when, and why it came."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.policy import Actor
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork
from workflows.worklist.queries import (
    COPIED,
    ENDED,
    ENDED_AMONG,
    LAMPS,
    ROWS,
    SIGNED,
    SORTS,
    TAKEN,
    VIEWS,
    Cell,
    Shape,
    asked_by,
    cells_statement,
    counts_statement,
    keys_statement,
    place_of,
    watched_statement,
)
from workflows.worklist.rows import WorklistRow, row_of
from workflows.worklist.sources import Entry, counts_of, entries_of

__all__ = ["LAMPS", "SORTS", "VIEWS", "Choice", "WorklistDesk", "WorklistFilter", "WorklistPage", "WorklistRow"]
_MOST = 1000
_OWN: Mapping[str, Callable[[str], bool]] = {
    "todo": lambda element: element != COPIED, "sign": lambda element: element in SIGNED,
    "cc": lambda element: element == COPIED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What the person asked to see; everything is in the address of the page."""

    view: str = "todo"
    lamp: str = ""
    element: str = ""
    unit: str = ""
    q: str = ""
    after: str = ""
    limit: int = 50
    subject: str = ""
    sort: str = "due"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a list can be narrowed to, and how many tasks it leaves."""

    value: str
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """A page of the worklist with the counts of all tabs, lamps and filters."""

    rows: tuple[WorklistRow, ...]
    counts: Mapping[str, int]
    lamps: Mapping[str, int]
    steps: Sequence[Choice] = ()
    units: Sequence[Choice] = ()
    subjects: Sequence[Choice] = ()
    total: int = 0
    next: str = ""
    filter: WorklistFilter = field(default_factory=WorklistFilter)
    entries: tuple[Entry, ...] = ()


class WorklistDesk:
    """Answers worklists."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def page(self, actor: Actor, wanted: WorklistFilter) -> WorklistPage:
        """Return one page; a stranger's tasks are never in it."""
        return self._engine.ask(Ask(lambda uow: self._page(uow, actor, wanted)))

    def ids(self, actor: Actor, wanted: WorklistFilter, most: int) -> tuple[UUID, ...]:
        """Return the tasks that a filter finds now, on whatever page they would be shown."""

        def read(uow: UnitOfWork) -> tuple[UUID, ...]:
            return tuple(row.id for row in _keys(uow, actor, replace(wanted, limit=most - 1)))

        return self._engine.ask(Ask(read))

    def counts(self, actor: Actor) -> Mapping[str, int]:
        """Return how many tasks wait in each tab."""
        return self._engine.ask(Ask(lambda uow: _counts(uow, actor)))

    def of_case(self, actor: Actor, business_key: str) -> tuple[WorklistRow, ...]:
        """Return what the person may do in one case now."""

        def read(uow: UnitOfWork) -> tuple[WorklistRow, ...]:
            asked = {**asked_by(actor, uow.now), "case": business_key, "most": _MOST}
            wanted = (keys_statement(actor, Shape(view, narrowed=("case",))) for view in ("todo", "cc"))
            ids = [row.id for each in wanted for row in uow.connection.execute(each, asked)]
            return self._rows(uow, actor, ids)

        return self._engine.ask(Ask(read))

    def gone(self, actor: Actor, task_ids: Sequence[UUID]) -> tuple[WorklistRow, ...]:
        """Return those tasks of a list shown before that are over now: who did them, and when."""

        def read(uow: UnitOfWork) -> tuple[WorklistRow, ...]:
            ids = list(uow.connection.scalars(ENDED_AMONG, {"ids": list(task_ids)}))
            rows = self._rows(uow, actor, ids)
            return tuple(row for row in rows if row.is_near or actor.oversees)

        return self._engine.ask(Ask(read))

    def _page(self, uow: UnitOfWork, actor: Actor, wanted: WorklistFilter) -> WorklistPage:
        found = _keys(uow, actor, wanted)
        shown = found[: wanted.limit]
        more = f"{_text(shown[-1].at)}|{shown[-1].id}" if len(found) > len(shown) else ""
        rows = self._rows(uow, actor, [row.id for row in shown])
        counts, cells = _counted(uow, actor, wanted)
        names = {unit.code: unit.short_name for unit in all_units(uow)}
        lamps = _tally(cells, wanted, "lamp")
        entries = entries_of(uow, actor, wanted.view, wanted.q) if not wanted.after else ()
        return WorklistPage(
            rows, counts, {} if wanted.view in ENDED else {lamp: lamps.get(lamp, 0) for lamp in LAMPS},
            _choices(_tally(cells, wanted, "element_id"), {cell.element_id: cell.step for cell in cells}),
            _choices(_tally(cells, wanted, "unit"), names), _choices(_tally(cells, wanted, "subject"), {}),
            sum(_tally(cells, wanted, "").values()), more, wanted, entries,
        )  # fmt: skip

    def _rows(self, uow: UnitOfWork, actor: Actor, task_ids: list[UUID]) -> tuple[WorklistRow, ...]:
        """Return lines in the order of their ids."""
        if not task_ids:
            return ()
        found = {row.id: row for row in uow.connection.execute(ROWS, {"ids": task_ids})}
        logins = {name for row in found.values() for name in (row.assignee, row.ended_by) if name} - {actor.login}
        names = {actor.login: actor.name, **(names_of(uow, logins) if logins else {})}
        return tuple(row_of(self._rulebook, found[one], actor, names, uow.now) for one in task_ids if one in found)


def _counts(uow: UnitOfWork, actor: Actor) -> dict[str, int]:
    statement = counts_statement(actor)
    return _with_entries(uow, actor, dict(uow.connection.execute(statement, asked_by(actor, uow.now)).mappings().one()))


def _with_entries(uow: UnitOfWork, actor: Actor, found: dict[str, int]) -> dict[str, int]:
    for view, number in counts_of(uow, actor).items():
        found[view] = found.get(view, 0) + number
    return found


def _keys(uow: UnitOfWork, actor: Actor, wanted: WorklistFilter) -> Sequence[Row[Any]]:
    """Return the ids of a page, and of the row after it."""
    is_lamp = wanted.lamp in LAMPS and wanted.view not in ENDED
    asked = {
        "text": wanted.q.strip(), "lamp": wanted.lamp if is_lamp else "", "element": wanted.element,
        "unit": wanted.unit, "subject": wanted.subject, "after": wanted.after,
    }  # fmt: skip
    shape = Shape(wanted.view, wanted.sort, tuple(name for name, value in asked.items() if value))
    place = place_of(wanted.after, shape) if wanted.after else {}
    values = {**asked, **asked_by(actor, uow.now, wanted.q), **place, "most": wanted.limit + 1}
    return uow.connection.execute(keys_statement(actor, shape), values).all()


def _counted(uow: UnitOfWork, actor: Actor, wanted: WorklistFilter) -> tuple[dict[str, int], list[Cell]]:
    """Return the numbers of all tabs and the cells of the one shown; a person's own tasks are counted in one go."""
    if wanted.view not in _OWN or wanted.q.strip():
        return _counts(uow, actor), _cells(uow, actor, wanted.view, wanted.q)
    taken = _cells(uow, actor, TAKEN)
    found = {view: sum(cell.number for cell in taken if is_in(cell.element_id)) for view, is_in in _OWN.items()}
    asked = asked_by(actor, uow.now)
    found["supervised"] = uow.connection.execute(watched_statement(actor), asked).scalar_one()
    return _with_entries(uow, actor, found), [cell for cell in taken if _OWN[wanted.view](cell.element_id)]


def _cells(uow: UnitOfWork, actor: Actor, view: str, q: str = "") -> list[Cell]:
    statement = cells_statement(actor, view, bool(q.strip()))
    return [Cell(*row) for row in uow.connection.execute(statement, asked_by(actor, uow.now, q))]


def _text(place: Any) -> str:
    return place.isoformat() if isinstance(place, datetime) else str(place)


def _tally(cells: Iterable[Cell], wanted: WorklistFilter, by: str) -> dict[str, int]:
    """Count by one property what all the other filters leave."""
    asked = {"lamp": wanted.lamp, "element_id": wanted.element, "unit": wanted.unit, "subject": wanted.subject}
    if wanted.view in ENDED or wanted.lamp not in LAMPS:
        asked["lamp"] = ""
    others = [(name, value) for name, value in asked.items() if value and name != by]
    found: dict[str, int] = {}
    for cell in cells:
        if all(getattr(cell, name) == value for name, value in others):
            key = getattr(cell, by) if by else ""
            found[key] = found.get(key, 0) + cell.number
    return found


def _choices(numbers: Mapping[str, int], texts: Mapping[str, str]) -> tuple[Choice, ...]:
    """Return choices, the most frequent first."""
    found = [Choice(value, texts.get(value, value), number) for value, number in numbers.items() if value]
    return tuple(sorted(found, key=lambda one: (-one.number, one.text)))
