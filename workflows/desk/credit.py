"""Credit information for people and programs: what is owed, how it went, corrections, requests, rates and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.credit.access import KEEPERS, entry_for, require_entry, seen_by
from workflows.credit.commands import CorrectEntry
from workflows.credit.outputs import MEDIA, WRITERS
from workflows.credit.rates import LISTS, Decision, OrganMonth, decisions_in, month_of, organ_months
from workflows.credit.requests import RegisterRequest
from workflows.credit.words import KINDS, LAYOUTS, STATES
from workflows.desk.asking import Ask
from workflows.desk.credit_views import EntryView, clocks_of, view_of
from workflows.directory import all_units, unit_chain
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor, require
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.rulebook import Rulebook
from workflows.standards import as_row, layout
from workflows.uow import UnitOfWork, local_day_of, local_time

PAGE = 50
READERS = (*KEEPERS, "discipline_watcher", "administrator")
FORMS = {"objection": ("credit_objection", "start"), "repair": ("credit_repair", "start")}
MOST_EXPORTED = 5000
_e = credit_entry.c


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What is looked for; empty means anything. ``after`` is the id of the last one seen."""

    kind: str = ""
    state: str = ""
    organ: str = ""
    q: str = ""
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month: the offices with their rates, and the list that was asked for."""

    month: str
    offices: Sequence[OrganMonth]
    rows: Sequence[Decision]


class CreditDesk:
    """Answers what the credit platform must have and what it has."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def entries(self, actor: Actor, wanted: EntryFilter) -> tuple[Mapping[str, Any], ...]:
        """Return entries the person may see, the newest decision first, each with its clocks."""
        require(actor, *READERS)

        def read(uow: UnitOfWork) -> tuple[Mapping[str, Any], ...]:
            names = {one.code: one.short_name for one in all_units(uow)}
            query = select(credit_entry).where(*_conditions(actor, wanted)).order_by(_e.decided_on.desc(), _e.id.desc())
            rows = uow.connection.execute(query.limit(min(wanted.limit, PAGE))).all()
            return tuple(
                {**row._mapping, "organ_name": names[row.organ], "clocks": clocks_of(self._rulebook, row, uow.now)}
                for row in rows
            )

        return self._engine.ask(Ask(read))

    def counts(self, actor: Actor) -> Mapping[str, int]:
        """Return how many entries the person may see in each state."""
        require(actor, *READERS)
        query = select(_e.state, func.count()).where(seen_by(actor)).group_by(_e.state)
        return self._engine.ask(Ask(lambda uow: {row[0]: row[1] for row in uow.connection.execute(query)}))

    def view(self, actor: Actor, entry_id: UUID) -> EntryView:
        """Return an entry with everything about it.

        Raises:
            CaseNotFound: there is none, or it is another office's.
        """
        require(actor, *READERS)

        def read(uow: UnitOfWork) -> EntryView:
            row = entry_for(uow, actor, entry_id)
            is_own = actor.has(*KEEPERS) and bool({row.organ, row.unit} & set(actor.units))
            return view_of(uow, self._rulebook, row, is_own)

        return self._engine.ask(Ask(read))

    def correct(
        self, actor: Actor, entry_id: UUID, texts: Mapping[str, str], reason: str, *, key: str = ""
    ) -> tuple[str, bool]:
        """Give fields of the own office's entry other values; answers its state.

        Raises:
            FormInvalid: names each field and the remedy.
        """
        command = CorrectEntry(actor, entry_id, dict(texts), reason)
        return self._once(actor, key, ("credit-correction", str(entry_id), dict(texts), reason), command, "state")

    def fields(
        self, actor: Actor, kind: str, entry_id: UUID, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return the form of an objection or a repair."""
        context = self._context(actor, entry_id)
        return self._forms.get(*FORMS[kind]).fields_for(context, answers)

    def register(
        self, actor: Actor, kind: str, entry_id: UUID, answers: Mapping[str, Any], *, key: str = ""
    ) -> tuple[str, bool]:
        """Check and register a request; answers the number of its case."""
        checked = self._forms.get(*FORMS[kind]).validate(answers, self._context(actor, entry_id))
        command = RegisterRequest(actor, kind, entry_id, checked, self._rulebook)
        return self._once(actor, key, (kind, str(entry_id), dict(answers)), command, "number")

    def _once(self, actor: Actor, key: str, parts: tuple[Any, ...], command: Any, name: str) -> tuple[str, bool]:
        if not key:
            return str(self._engine.execute(command)), False
        done = self._engine.execute(Once(command, actor.login, key, fingerprint_of(*parts), lambda said: {name: said}))
        return str(done.result[name]), done.was_replayed

    def _context(self, actor: Actor, entry_id: UUID) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            row = require_entry(uow, actor, entry_id)
            return {"today": local_day_of(uow.now).isoformat(), "actor_name": actor.name, "party_name": row.party_name}

        return self._engine.ask(Ask(read))

    def month(self, actor: Actor, text: str, organ: str = "", wanted: str = "") -> MonthView:
        """Return the numbers of a month, and the decisions behind one of them."""
        require(actor, *READERS)

        def read(uow: UnitOfWork) -> MonthView:
            first, end = month_of(text, local_day_of(uow.now))
            mine = _offices(uow, actor)
            found = [one for one in decisions_in(uow, first, end) if mine is None or one.organ in mine]
            rows = [one for one in found if wanted in one.lists and organ in ("", one.organ)] if wanted in LISTS else []
            return MonthView(f"{first:%Y-%m}", organ_months(uow, found), rows)

        return self._engine.ask(Ask(read))

    def export(self, actor: Actor, kind: str, form: str, month: str = "", organ: str = "") -> tuple[bytes, str, str]:
        """Return the rows of a month in an official layout: the file, its media type and its name.

        Raises:
            FormInvalid: there is no such kind or form of file.
            NotAllowed: the file names identity numbers, so whoever only looks does not get it.
        """
        require(actor, *KEEPERS)
        if kind not in KINDS or form not in WRITERS:
            message = f"可选：{'、'.join(KINDS)}；格式：{'、'.join(WRITERS)}"
            raise errors.FormInvalid(errors=[{"field": "format", "message": message}])

        def read(uow: UnitOfWork) -> tuple[str, list[Any]]:
            first, end = month_of(month, local_day_of(uow.now))
            mine = (_e.kind == kind, _e.decided_on >= first, _e.decided_on < end, _e.state.not_in(("held", "exempt")),
                    *((_e.organ == organ,) if organ else ()), seen_by(actor))  # fmt: skip
            query = select(outbound_record.c.payload, _e.area, outbound_record.c.queued_at)
            query = query.join(credit_entry, _e.record_id == outbound_record.c.id).where(*mine)
            rows = uow.connection.execute(query.order_by(_e.decided_on, _e.id).limit(MOST_EXPORTED)).all()
            return f"{first:%Y-%m}", list(rows)

        name, rows = self._engine.ask(Ask(read))
        fields = layout(LAYOUTS[kind], local_day_of(self._engine.clock.now()))
        written = [_written(as_row(fields, row.payload), row) for row in rows]
        content = WRITERS[form](fields, written, actor.unit_name)
        return content, MEDIA[form], f"双公示-{KINDS[kind]}-{name}.{form}"


def _written(values: Mapping[str, str | None], row: Any) -> Mapping[str, str | None]:
    """Return a row with the two fields that only the message of 2015 has."""
    return {**values, "DFBM": row.area, "SJC": local_time(row.queued_at).strftime("%Y-%m-%d %H:%M:%S")}


def _conditions(actor: Actor, wanted: EntryFilter) -> list[ColumnElement[bool]]:
    found = [seen_by(actor)]
    if wanted.kind in KINDS:
        found.append(_e.kind == wanted.kind)
    if wanted.state in STATES:
        found.append(_e.state == wanted.state)
    if wanted.organ:
        found.append(_e.organ == wanted.organ)
    if wanted.q.strip():
        text = wanted.q.strip()
        found.append(_e.document_no.startswith(text, autoescape=True) | _e.party_name.contains(text, autoescape=True)
                     | (_e.business_key == text))  # fmt: skip
    if wanted.after:
        last = select(_e.decided_on, _e.id).where(_e.id == _uuid(wanted.after)).subquery()
        place = select(last.c.decided_on).scalar_subquery()
        found.append((_e.decided_on < place) | ((_e.decided_on == place) & (_e.id < _uuid(wanted.after))))
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise errors.CaseNotFound(entry=text[:40]) from exc


def _offices(uow: UnitOfWork, actor: Actor) -> set[str] | None:
    """Return the offices whose numbers a person may see; None for all of them."""
    if actor.oversees or actor.has("administrator"):
        return None
    return {unit_chain(uow, actor.unit)[-1]}
