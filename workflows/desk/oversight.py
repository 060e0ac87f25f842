"""Supervision of the supervisors for people and programs: cases, the register of letters, what begins one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.bulletins.lists import Span, letters_in
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.oversight.cases import STARTERS, StartOversight, supervised
from workflows.oversight.letters import KINDS
from workflows.policy import Actor, require
from workflows.records.letters import letter
from workflows.records.oversight import oversight_case
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork

Line = Mapping[str, Any]
PROCESS, PAGE = "oversight_opinion", 50
_c = oversight_case.c
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)
NO_DAYS: tuple[date | None, date | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list and how many there are in all."""

    rows: tuple[Line, ...]
    total: int
    page: int
    pages: int
    names: Mapping[str, str]


class OversightDesk:
    """Answers and begins oversight cases."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def cases(self, actor: Actor, *, kind: str = "", unit: str = "", is_open: bool = False, page: int = 1) -> Listed:
        """Return the cases the person may see, the newest first: overseers all, others those of their units."""

        def read(uow: UnitOfWork) -> Listed:
            found = select(oversight_case)
            found = found.where(_c.kind == kind) if kind else found
            found = found.where(_c.unit == unit) if unit else found
            found = found.where(_c.closed_at.is_(None)) if is_open else found
            found = found if actor.oversees else found.where(_c.unit.in_(actor.units))
            return _page(uow, found, (_c.opened_at.desc(), _c.id.desc()), page)

        return self._engine.ask(Ask(read))

    def case(self, actor: Actor, number: str) -> tuple[Line, Mapping[str, str], Mapping[str, str]]:
        """Return a case with the names of units and of those who acted.

        Raises:
            CaseNotFound: there is none, or it is about another unit.
        """

        def read(uow: UnitOfWork) -> tuple[Line, Mapping[str, str], Mapping[str, str]]:
            row = uow.connection.execute(select(oversight_case).where(_c.number == number)).mappings().one_or_none()
            if row is None or not (actor.oversees or row["unit"] in actor.units):
                raise errors.CaseNotFound(oversight=number)
            people = {str(step["by"]) for step in row["steps"]} | {row["requested_by"]}
            people |= {str(step["second_supervisor"]) for step in row["steps"] if "second_supervisor" in step}
            return dict(row), _names(uow), names_of(uow, people)

        return self._engine.ask(Ask(read))

    def letters(
        self, actor: Actor, *, kind: str = "", unit: str = "", days: tuple[date | None, date | None] = NO_DAYS,
        page: int = 1,
    ) -> Listed:  # fmt: skip
        """Return the oversight letters of a kind and a stretch of days (its last day included), the newest first."""
        if kind and kind not in KINDS:
            raise errors.CaseNotFound(kind=kind)

        def read(uow: UnitOfWork) -> Listed:
            begin = min(max(days[0] or _FIRST, _FIRST), _LAST)
            last = min(max(days[1] or _LAST, _FIRST), _LAST)
            span = Span(_start(begin), _start(last + timedelta(days=1)), uow.now)
            found = letters_in(kind, span, unit or None)
            if not actor.oversees:
                mine = letter.c.receiver_unit.in_(actor.units) | letter.c.sender_unit.in_(actor.units)
                found = found.where(mine)
            return _page(uow, found, (letter.c.created_at.desc(), letter.c.id.desc()), page)

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return the form by which oversight begins."""
        require(actor, *STARTERS)
        return self._forms.get(PROCESS, "start").fields_for(self._context(), answers)

    def start(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Begin oversight of a unit; answers the case's number. The same key begins once.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
        """
        require(actor, *STARTERS)
        given = self._forms.get(PROCESS, "start").validate(answers, self._context())
        command = StartOversight(actor, given, self._rulebook)
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("oversight", answers), lambda one: {"number": one})
        return str(self._engine.execute(once).result["number"])

    def _context(self) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            units = [{"value": one.code, "label": one.name} for one in supervised(uow, self._rulebook)]
            return {"units": units}

        return self._engine.ask(Ask(read))


def _page(uow: UnitOfWork, found: Any, order: tuple[Any, ...], page: int) -> Listed:
    total = uow.connection.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = uow.connection.execute(found.order_by(*order).limit(PAGE).offset((max(1, page) - 1) * PAGE)).mappings()
    return Listed(tuple(dict(row) for row in rows), total, max(1, page), max(1, -(-total // PAGE)), _names(uow))


def _names(uow: UnitOfWork) -> dict[str, str]:
    return {one.code: one.short_name for one in all_units(uow)}


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
