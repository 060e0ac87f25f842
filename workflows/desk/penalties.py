"""Penalty cases: the list with its clocks, the file of a case, and what people register beside the tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, ClockView, Do, clock_view
from workflows.directory import all_units, find_unit, names_of
from workflows.evidence import EvidenceContent, EvidenceKept, keep_evidence, read_evidence
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import items_on
from workflows.penalties.access import may_see, seen_by
from workflows.penalties.holds import OPEN as HOLDABLE
from workflows.penalties.holds import RequestHold
from workflows.penalties.leads import RegisterPenaltyLead
from workflows.penalties.money import Balance, balance_of, instalments_of
from workflows.penalties.official import penalty_record
from workflows.penalties.overturn import RegisterOverturn
from workflows.penalties.payments import RecordPayment, StopSurcharge, own_case
from workflows.policy import Actor, require
from workflows.privacy.veil import veiled
from workflows.records.approvals import approval
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.coercions import coercion
from workflows.records.inspections import evidence_file
from workflows.records.letters import letter
from workflows.records.penalties import (
    evidence_hold,
    penalty_case,
    penalty_event,
    penalty_payment,
    penalty_publication,
)
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
OFFICERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")
READERS = (*OFFICERS, "policy_officer", "leader", "discipline_watcher")
FORMS: Mapping[str, tuple[str, str]] = {
    "lead": ("penalty", "start"), "payment": ("penalty", "payment"), "remedy": ("penalty", "remedy"),
    "hold": ("evidence_hold", "start"), "overturn": ("penalty_overturn", "start"),
}  # fmt: skip
DONE = ("closed", "not_filed")
PAGE = 50


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list, with the clock that ends first."""

    row: Row
    unit_name: str
    clock: ClockView | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of a case that its page shows."""

    row: Row
    unit_name: str
    names: Mapping[str, str]
    clocks: tuple[ClockView, ...]
    balance: Balance | None
    instalments: tuple[tuple[Any, int], ...]
    payments: tuple[Row, ...]
    holds: tuple[Row, ...]
    coercions: tuple[Row, ...]
    letters: tuple[Row, ...]
    events: tuple[Row, ...]
    publication: Row | None
    files: tuple[Row, ...]
    is_mine: bool
    may_register: tuple[str, ...]


class PenaltyDesk:
    """Answers who has which case, and takes leads, payments, holds and overturned decisions down."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def cases(self, actor: Actor, state: str = "", after: str = "", limit: int = PAGE) -> tuple[CaseLine, ...]:
        """Return the cases the person may see, the newest first; ``after`` is the number of the last one seen."""
        require(actor, *READERS)
        return self._engine.ask(Ask(lambda uow: self._lines(uow, actor, state, after, min(limit, PAGE))))

    def view(self, actor: Actor, business_key: str) -> CaseFile:
        """Return the file of a case.

        Raises:
            CaseNotFound: there is none, or it is another unit's: what is not decided is secret.
        """
        return self._engine.ask(Ask(lambda uow: self._view(uow, actor, _seen(uow, actor, business_key))))

    def record(self, actor: Actor, business_key: str) -> Row:
        """Return the official record of a case with what is wrong with it."""

        def read(uow: UnitOfWork) -> Row:
            row = _seen(uow, actor, business_key)
            values, findings = penalty_record(uow, self._rulebook.city, row)
            shown = veiled(actor, values, (row.unit, row.decider_unit, row.review_unit))
            return {"values": shown, "findings": [one.as_json() for one in findings]}

        return self._engine.ask(Ask(read))

    def fields(
        self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None, *, source: str = ""
    ) -> tuple[FieldView, ...]:
        """Return one of the forms beside the tasks; a lead is filled in from the transfer it comes from."""
        require(actor, *OFFICERS)
        return self._forms.get(*FORMS[form]).fields_for(self._context(actor, source), answers)

    def start(self, actor: Actor, answers: Mapping[str, Any], *, source: str = "", key: str = "") -> tuple[str, bool]:
        """Check and register a lead; answers its number and whether the same key had registered it before.

        Raises:
            FormInvalid, CaseNotFound, NotAllowed.
        """
        require(actor, *OFFICERS)
        context = self._context(actor, source)
        lead = self._forms.get(*FORMS["lead"]).validate(answers, context)
        more = {"source": "transfer", "source_key": source, "approval_id": context.get("approval_id")} if source else {}
        command = RegisterPenaltyLead(actor, {**lead, **more}, self._rulebook)
        return self._once(actor, key, ("penalty", source, answers), command, lambda done: {"number": done})

    def pay(self, actor: Actor, business_key: str, answers: Mapping[str, Any], *, key: str = "") -> tuple[str, bool]:
        """Check and record a payment."""
        command = RecordPayment(actor, business_key, self._checked(actor, "payment", answers))
        parts = ("payment", business_key, answers)
        return self._once(actor, key, parts, command, lambda done: {"number": str(done)})

    def stop(self, actor: Actor, business_key: str, answers: Mapping[str, Any], *, key: str = "") -> tuple[str, bool]:
        """Note review or litigation."""
        command = StopSurcharge(actor, business_key, self._checked(actor, "remedy", answers))
        parts = ("remedy", business_key, answers)
        return self._once(actor, key, parts, command, lambda _done: {"number": business_key})

    def hold(self, actor: Actor, business_key: str, answers: Mapping[str, Any], *, key: str = "") -> tuple[str, bool]:
        """Ask the head to hold evidence; answers the number of the hold."""
        command = RequestHold(actor, business_key, self._checked(actor, "hold", answers), self._rulebook)
        parts = ("hold", business_key, answers)
        return self._once(actor, key, parts, command, lambda done: {"number": done})

    def overturn(
        self, actor: Actor, business_key: str, answers: Mapping[str, Any], *, key: str = ""
    ) -> tuple[str, bool]:
        """Register that the decision was overturned; answers the number of the withdrawal."""
        command = RegisterOverturn(actor, business_key, self._checked(actor, "overturn", answers), self._rulebook)
        parts = ("overturn", business_key, answers)
        return self._once(actor, key, parts, command, lambda done: {"number": done})

    def attach(self, actor: Actor, business_key: str, content: bytes) -> EvidenceKept:
        """Keep a file as evidence of the unit's own case.

        Raises:
            CaseNotFound, EvidenceRefused, NotAllowed.
        """
        require(actor, *OFFICERS)

        def keep(uow: UnitOfWork) -> EvidenceKept:
            return keep_evidence(uow, "penalty", own_case(uow, actor, business_key).id, content, actor.login)

        return self._engine.execute(Do(keep))

    def evidence(self, actor: Actor, business_key: str, sha256: str) -> EvidenceContent:
        """Return a file of a case the person may see."""

        def read(uow: UnitOfWork) -> EvidenceContent:
            return read_evidence(uow, actor, _seen(uow, actor, business_key).id, sha256)

        return self._engine.execute(Do(read))

    def _once(
        self, actor: Actor, key: str, parts: tuple[Any, ...], command: Any, encode: Callable[[Any], Mapping[str, Any]]
    ) -> tuple[str, bool]:
        if not key:
            return str(encode(self._engine.execute(command))["number"]), False
        done = self._engine.execute(Once(command, actor.login, key, fingerprint_of(*parts), encode))
        return str(done.result["number"]), done.was_replayed

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        require(actor, *OFFICERS)
        return self._forms.get(*FORMS[form]).validate(answers, self._context(actor, ""))

    def _context(self, actor: Actor, source: str) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            items = [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)]
            areas = [{"value": code, "label": name} for code, name in self._rulebook.city.divisions.items()]
            about = _from_transfer(uow, actor, source) if source else {}
            return {"items": items, "areas": areas, "today": today.isoformat(), "now": uow.now.isoformat(),
                    "actor_area": actor.area, "actor_name": actor.name, **about}  # fmt: skip

        return self._engine.ask(Ask(read))

    def _lines(self, uow: UnitOfWork, actor: Actor, state: str, after: str, limit: int) -> tuple[CaseLine, ...]:
        c = penalty_case.c
        condition = seen_by(actor)
        if state:
            condition &= c.state.not_in(DONE) if state == "open" else c.state == state
        if after:
            place = select(c.created_at).where(c.business_key == after).scalar_subquery()
            condition &= (c.created_at < place) | ((c.created_at == place) & (c.business_key < after))
        rows = uow.connection.execute(
            select(penalty_case).where(condition).order_by(c.created_at.desc(), c.business_key.desc()).limit(limit)
        ).mappings().all()  # fmt: skip
        clocks = _open_clocks(uow, [row["instance_id"] for row in rows])
        units = {unit.code: unit.short_name for unit in all_units(uow)}
        return tuple(
            CaseLine(veiled(actor, row), units[row["unit"]],
                     clock_view(self._rulebook, clocks[row["instance_id"]], uow.now)
                     if row["instance_id"] in clocks else None) for row in rows
        )  # fmt: skip

    def _view(self, uow: UnitOfWork, actor: Actor, row: Any) -> CaseFile:
        holds = _all(uow, evidence_hold, evidence_hold.c.case_id == row.id, evidence_hold.c.requested_at)
        instances = [row.instance_id, *(one["instance_id"] for one in holds)]
        mine = select(running_limit).where(running_limit.c.instance_id.in_(instances))
        clocks = uow.connection.execute(mine.order_by(running_limit.c.anchor_at)).all()
        events = _all(uow, penalty_event, penalty_event.c.case_id == row.id, penalty_event.c.at)
        payments = _all(uow, penalty_payment, penalty_payment.c.case_id == row.id, penalty_payment.c.paid_on)
        published = _all(uow, penalty_publication, penalty_publication.c.case_id == row.id, penalty_publication.c.id)
        people = {*row.officers, *(one["by"] for one in events), *(one["recorded_by"] for one in payments)}
        balance = balance_of(uow, row, local_day_of(uow.now)) if row.fine_fen and row.served_on else None
        return CaseFile(
            veiled(actor, row._mapping, (row.unit, row.decider_unit, row.review_unit)), find_unit(uow, row.unit).name,
            names_of(uow, people), tuple(clock_view(self._rulebook, one, uow.now) for one in clocks), balance,
            tuple(instalments_of(uow, row)), payments, holds,
            _all(uow, coercion, coercion.c.case_id == row.id, coercion.c.created_at),
            _all(uow, letter, letter.c.instance_id.in_(instances), letter.c.created_at), events,
            published[0] if published else None, _files(uow, row.id),
            row.unit in actor.units or actor.login in row.officers, _registrable(actor, row, balance),
        )  # fmt: skip


def _seen(uow: UnitOfWork, actor: Actor, business_key: str) -> Any:
    """Return a case of the person's unit, one the unit decides, or one he investigates; overseers see all."""
    row = uow.connection.execute(select(penalty_case).where(penalty_case.c.business_key == business_key)).one_or_none()
    if row is None or not may_see(actor, row, row.decider_unit, row.review_unit):
        raise errors.CaseNotFound(case=business_key)
    return row


def _registrable(actor: Actor, row: Any, balance: Balance | None) -> tuple[str, ...]:
    """Return what may be registered beside the tasks now, as its commands would accept it."""
    if not (actor.has(*OFFICERS) and (row.unit in actor.units or actor.login in row.officers)):
        return ()
    may = {
        "payment": balance is not None and balance.outstanding + balance.surcharge_left > 0,
        "remedy": row.served_on is not None,
        "hold": row.state in HOLDABLE,
        "overturn": row.decided_at is not None and row.overturn is None,
        "coercion": row.unit in actor.units and row.state not in DONE,
    }
    return tuple(name for name, is_open in may.items() if is_open)


def _open_clocks(uow: UnitOfWork, instances: list[UUID]) -> dict[UUID, Any]:
    """Return the clock of each case that ends first."""
    c = running_limit.c
    rows = uow.connection.execute(
        select(running_limit).where(c.instance_id.in_(instances), c.ended_at.is_(None)).order_by(c.due_at.desc())
    )
    return {row.instance_id: row for row in rows}


def _from_transfer(uow: UnitOfWork, actor: Actor, source: str) -> dict[str, Any]:
    """Return what is known from a transfer that the person's unit has accepted."""
    mine = or_(*(transfer.c.receiver_unit == unit for unit in actor.units))
    row = uow.connection.execute(select(transfer).where(transfer.c.business_key == source, mine)).one_or_none()
    if row is None or row.state not in ("accepted", "filed"):
        raise errors.CaseNotFound(case=source)
    found = {"party_name": row.party_name, "site": row.site, "facts": row.facts, "actor_area": row.area,
             "approval_id": str(row.approval_id) if row.approval_id else None}  # fmt: skip
    if row.approval_id:
        known = select(approval.c.item_code).where(approval.c.id == row.approval_id)
        found["item_code"] = uow.connection.scalar(known)
    return found


def _files(uow: UnitOfWork, case_id: UUID) -> tuple[Row, ...]:
    c = evidence_file.c
    statement = select(c.sha256, c.media_type, c.size, c.uploaded_by, c.uploaded_at).where(c.owner_id == case_id)
    return tuple(dict(row) for row in uow.connection.execute(statement.order_by(c.uploaded_at)).mappings())


def _all(uow: UnitOfWork, table: Any, condition: Any, order: Any) -> tuple[Row, ...]:
    return tuple(dict(row) for row in uow.connection.execute(select(table).where(condition).order_by(order)).mappings())
