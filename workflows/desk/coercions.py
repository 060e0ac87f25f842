"""Coercion: the list with its clocks, the page of a measure, and the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, true

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.coercions.store import OFFICERS, RequestCoercion
from workflows.desk.asking import Ask, ClockView, clock_view
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView, Form
from workflows.items import items_on
from workflows.penalties.access import may_see
from workflows.penalties.official import coercion_record
from workflows.penalties.people import officers_of
from workflows.policy import Actor, require
from workflows.privacy.veil import veiled
from workflows.records.clocks import running_limit
from workflows.records.coercions import coercion
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
READERS = (*OFFICERS, "policy_officer", "leader", "discipline_watcher")
PROCESSES = {"measure": "coercion", "enforcement": "enforcement"}
PAGE = 50


@dataclass(frozen=True, slots=True)
class CoercionFile:
    """Everything of a measure that its page shows."""

    row: Row
    unit_name: str
    names: Mapping[str, str]
    clocks: tuple[ClockView, ...]
    letters: tuple[Row, ...]
    case_key: str


class CoercionDesk:
    """Answers measures and enforcement, and takes requests."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def rows(self, actor: Actor, state: str = "", after: str = "", limit: int = PAGE) -> tuple[Row, ...]:
        """Return what the person may see, the newest first; ``after`` is the number of the last one seen."""
        require(actor, *READERS)
        c = coercion.c

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            condition: ColumnElement[bool] = true() if actor.oversees else c.unit.in_(actor.units)
            if state:
                condition &= c.closed_at.is_(None) if state == "open" else c.state == state
            if after:
                place = select(c.created_at).where(c.business_key == after).scalar_subquery()
                condition &= (c.created_at < place) | ((c.created_at == place) & (c.business_key < after))
            rows = uow.connection.execute(
                select(coercion).where(condition).order_by(c.created_at.desc(), c.business_key.desc())
                .limit(min(limit, PAGE))
            ).mappings()  # fmt: skip
            units = {unit.code: unit.short_name for unit in all_units(uow)}
            return tuple({**veiled(actor, row), "unit_name": units[row["unit"]]} for row in rows)

        return self._engine.ask(Ask(read))

    def view(self, actor: Actor, business_key: str) -> CoercionFile:
        """Return the page of a measure.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """
        return self._engine.ask(Ask(lambda uow: self._view(uow, actor, _seen(uow, actor, business_key))))

    def record(self, actor: Actor, business_key: str) -> Row:
        """Return the official record with what is wrong with it."""

        def read(uow: UnitOfWork) -> Row:
            row = _seen(uow, actor, business_key)
            values, findings = coercion_record(uow, self._rulebook.city, row)
            values = veiled(actor, values, (row.unit, row.decider_unit))
            return {"values": values, "findings": [one.as_json() for one in findings]}

        return self._engine.ask(Ask(read))

    def fields(
        self, actor: Actor, kind: str, answers: Mapping[str, Any] | None = None, *, case: str = ""
    ) -> tuple[FieldView, ...]:
        """Return the form of a request, filled in from a penalty case."""
        require(actor, *OFFICERS)
        return self._form(kind).fields_for(self._context(actor, case), answers)

    def request(
        self, actor: Actor, kind: str, answers: Mapping[str, Any], *, case: str = "", key: str = ""
    ) -> tuple[str, bool]:
        """Check and send a request; answers its number and whether the same key had sent it before.

        Raises:
            FormInvalid, CaseNotFound, NotAllowed.
        """
        require(actor, *OFFICERS)
        context = self._context(actor, case)
        checked = self._form(kind).validate(answers, context)
        command = RequestCoercion(actor, kind, {**checked, "area": context["area"]}, self._rulebook, case)
        if not key:
            return self._engine.execute(command), False
        parts = fingerprint_of("coercion", kind, case, answers)
        done = self._engine.execute(Once(command, actor.login, key, parts, lambda number: {"number": number}))
        return str(done.result["number"]), done.was_replayed

    def _form(self, kind: str) -> Form:
        if kind not in PROCESSES:
            raise errors.CaseNotFound(kind=kind)
        return self._forms.get(PROCESSES[kind], "start")

    def _context(self, actor: Actor, case: str) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            about = _from_case(uow, actor, case) if case else {"area": actor.area}
            items = [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)]
            return {"items": items, "unit_officers": officers_of(uow, actor.unit), "today": today.isoformat(),
                    "now": uow.now.isoformat(), **about}  # fmt: skip

        return self._engine.ask(Ask(read))

    def _view(self, uow: UnitOfWork, actor: Actor, row: Any) -> CoercionFile:
        clocks = uow.connection.execute(
            select(running_limit)
            .where(running_limit.c.instance_id == row.instance_id)
            .order_by(running_limit.c.anchor_at)
        ).all()
        letters = uow.connection.execute(
            select(letter).where(letter.c.instance_id == row.instance_id).order_by(letter.c.created_at)
        ).mappings()
        case = select(penalty_case.c.business_key).where(penalty_case.c.id == row.case_id)
        units = {unit.code: unit.name for unit in all_units(uow)}
        people = {*row.officers, row.created_by, *filter(None, [row.approved_by])}
        return CoercionFile(
            veiled(actor, row._mapping, (row.unit, row.decider_unit)), units[row.unit], names_of(uow, people),
            tuple(clock_view(self._rulebook, one, uow.now) for one in clocks), tuple(dict(one) for one in letters),
            (uow.connection.scalar(case) or "") if row.case_id else "",
        )  # fmt: skip


def _seen(uow: UnitOfWork, actor: Actor, business_key: str) -> Any:
    row = uow.connection.execute(select(coercion).where(coercion.c.business_key == business_key)).one_or_none()
    if row is None or not may_see(actor, row, row.decider_unit):
        raise errors.CaseNotFound(case=business_key)
    return row


def _from_case(uow: UnitOfWork, actor: Actor, case: str) -> dict[str, Any]:
    mine = (penalty_case.c.business_key == case) & penalty_case.c.unit.in_(actor.units)
    row = uow.connection.execute(select(penalty_case).where(mine)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(case=case)
    names = ("party_name", "party_code", "party_kind", "site", "item_code", "facts", "area")
    return {name: getattr(row, name) for name in names}
