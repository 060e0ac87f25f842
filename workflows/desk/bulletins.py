"""Bulletins for people and programs: one click begins one; numbers with their lists; the file; who has signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.bulletins.document import LETTER, content
from workflows.bulletins.figures import span_of, stored
from workflows.bulletins.lists import LISTS, Line, lines
from workflows.bulletins.steps import PROCESS, STARTERS, StartBulletin
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.letters import LetterTemplates
from workflows.performance.periods import period_of, title_of
from workflows.policy import Actor, require
from workflows.records.bulletins import bulletin
from workflows.records.letters import letter, receipt
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_date, local_day_of

_b = bulletin.c
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class BulletinView:
    """A bulletin with its numbers and receipts; a unit sees the receipts of its own."""

    row: Mapping[str, Any]
    title: str
    figures: tuple[Row[Any], ...]
    receipts: tuple[Mapping[str, Any], ...]
    unsigned: tuple[str, ...]
    names: Mapping[str, str]
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListView:
    """The list behind a number as it is now, and what the bulletin stored."""

    title: str
    lines: tuple[Line, ...]
    names: Mapping[str, str]
    period: str


class BulletinDesk:
    """Answers and begins bulletins."""

    def __init__(
        self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook, templates: LetterTemplates
    ) -> None:  # fmt: skip
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms
        self._templates = templates

    def all(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the newest bulletins: overseers see drafts too, others what was issued."""
        found = select(bulletin).order_by(_b.opened_at.desc(), _b.id.desc()).limit(100)
        found = found if actor.oversees else found.where(_b.issued_at.is_not(None))
        return self._engine.ask(
            Ask(
                lambda uow: tuple(
                    {**r, "title": title_of(r["period"])} for r in uow.connection.execute(found).mappings()
                )
            )
        )

    def bulletin(self, actor: Actor, number: str) -> BulletinView:
        """Return a bulletin with its numbers.

        Raises:
            CaseNotFound: there is none, or it is not issued yet.
        """
        return self._engine.ask(Ask(lambda uow: _view(uow, actor, _row(uow, actor, number))))

    def file(self, actor: Actor, number: str, kind: str) -> tuple[str, bytes]:
        """Return the bulletin as ``docx`` or ``pdf``: as issued, before that as it would be."""

        def read(uow: UnitOfWork) -> tuple[str, Mapping[str, Any]]:
            row = _row(uow, actor, number)
            name = f"{title_of(row.period)}工作通报"
            if row.letter_id is not None:
                return name, uow.connection.execute(
                    select(letter.c.data).where(letter.c.id == row.letter_id)
                ).scalar_one()
            data = {**content(uow, row, stored(uow, row.id)), "taken": chinese_date(row.taken_at), "date": "（草稿）",
                    "sender": _names(uow)[self._rulebook.city.policy_unit], "number": "（未编号）"}  # fmt: skip
            return name, data

        name, data = self._engine.ask(Ask(read))
        draw = self._templates.pdf if kind == "pdf" else self._templates.docx
        return f"{name}.{kind}", draw(LETTER, data)

    def list_behind(self, actor: Actor, section: str, code: str, period: str, unit: str) -> ListView:
        """Return the list behind a number, as it is now.

        Raises:
            CaseNotFound: there is no such list, or the unit is another one.
            FormInvalid: the period is none.
        """
        if section not in ("late", "letters", "inaction") or code not in LISTS:
            raise errors.CaseNotFound(list=code)
        if not actor.oversees and unit not in actor.units:
            raise errors.CaseNotFound(unit=unit)
        found = period_of(self._rulebook, period)

        def read(uow: UnitOfWork) -> ListView:
            names = _names(uow)
            title = " · ".join(part for part in (title_of(period), names.get(unit, ""), LISTS[code]) if part)
            return ListView(title, tuple(lines(uow, section, code, span_of(uow, found), unit or None)), names, period)

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return the form by which a bulletin begins."""
        require(actor, *STARTERS)
        return self._forms.get(PROCESS, "start").fields_for(self._context(), answers)

    def start(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Begin a bulletin for the chosen period; answers its number. The same key begins once."""
        require(actor, *STARTERS)
        given = self._forms.get(PROCESS, "start").validate(answers, self._context())
        command = StartBulletin(actor, str(given[str(given["period_kind"])]), self._rulebook)
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("bulletin", answers), lambda one: {"number": one})
        return str(self._engine.execute(once).result["number"])

    def _context(self) -> dict[str, Any]:
        day = local_day_of(self._engine.clock.now())
        places = [day.year * _MONTHS + day.month - 1 - ago for ago in range(13)]
        months = [f"{place // _MONTHS}-{place % _MONTHS + 1:02d}" for place in places]
        quarters = list(dict.fromkeys(f"{place // _MONTHS}Q{place % _MONTHS // 3 + 1}" for place in places))
        choices = {"months": months, "quarters": quarters, "years": [str(day.year), str(day.year - 1)]}
        return {name: [{"value": one, "label": title_of(one)} for one in found] for name, found in choices.items()}


def _row(uow: UnitOfWork, actor: Actor, number: str) -> Row[Any]:
    row = uow.connection.execute(select(bulletin).where(_b.number == number)).one_or_none()
    if row is None or not (actor.oversees or row.issued_at is not None):
        raise errors.CaseNotFound(bulletin=number)
    return row


def _view(uow: UnitOfWork, actor: Actor, row: Row[Any]) -> BulletinView:
    found = select(receipt).where(receipt.c.about == str(row.id)).order_by(receipt.c.signed_at)
    receipts = [dict(one) for one in uow.connection.execute(found).mappings()]
    signed = {one["unit"] for one in receipts}
    unsigned = [unit for unit in row.receivers or () if unit not in signed]
    if not actor.oversees:
        receipts = [one for one in receipts if one["unit"] in actor.units]
        unsigned = [unit for unit in unsigned if unit in actor.units]
    figures = [one for one in stored(uow, row.id) if actor.oversees or one.unit in (None, *actor.units)]
    people = names_of(uow, [one for one in (row.requested_by, row.edited_by, row.approved_by) if one])
    return BulletinView(
        dict(row._mapping), title_of(row.period), tuple(figures), tuple(receipts), tuple(unsigned), _names(uow), people
    )  # fmt: skip


def _names(uow: UnitOfWork) -> dict[str, str]:
    return {one.code: one.short_name for one in all_units(uow)}
