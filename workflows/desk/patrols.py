"""Temporary permits that expire, and the patrol plans of the squads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows.construction.patrols import ChangePriority, OrderSpotCheck
from workflows.construction.projects import CHECKERS
from workflows.construction.temporary import RegisterExtension
from workflows.desk.asking import Ask
from workflows.desk.construction import permits_of
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor, require
from workflows.records.approvals import approval, party
from workflows.records.cases import copy
from workflows.records.construction import patrol, patrol_subject, temporary_permit
from workflows.records.offices import unit
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
MOST = 200
_WHAT = (approval.c.project_name, approval.c.document_no, approval.c.site, party.c.name.label("party_name"))


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A temporary permit with the lamp of its last day."""

    permit: Row
    lamp: Lamp


@dataclass(frozen=True, slots=True)
class PlanView:
    """What the squads patrol, what was found lately, and which copied permits nobody patrols."""

    lines: tuple[WatchLine, ...]
    visits: tuple[Row, ...]
    uncovered: tuple[Row, ...]
    units: Mapping[str, str]
    people: Mapping[str, str]


class SiteDesk:
    """Answers the watch-list and the patrol plan, and registers extensions, spot checks and priorities."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def watch_list(self, actor: Actor, show: str = "open") -> tuple[WatchLine, ...]:
        """Return at most 200 temporary permits, the soonest to expire first; *show* is open or closed."""

        def read(uow: UnitOfWork) -> tuple[WatchLine, ...]:
            closed = temporary_permit.c.closed_at.is_not(None)
            statement = _listed(temporary_permit, actor).where(closed if show == "closed" else ~closed)
            rows = uow.connection.execute(statement.order_by(temporary_permit.c.valid_to, temporary_permit.c.id))
            return tuple(WatchLine(dict(row), self._expiry(uow, row)) for row in rows.mappings())

        return self._engine.ask(Ask(read))

    def _expiry(self, uow: UnitOfWork, row: Any) -> Lamp:
        left = (row["valid_to"] - local_day_of(uow.now)).days
        if row["closed_at"] is not None:
            return Lamp("done", "已了结", 0)
        if left < 0:
            return Lamp("red", f"期满 {-left} 日", left)
        kind = "yellow" if local_day_of(uow.now) >= row["remind_on"] else "normal"
        return Lamp(kind, f"剩 {left} 日" if left else "今日期满", left)

    def extend(self, actor: Actor, permit_id: UUID, answers: Mapping[str, Any], *, key: str = "") -> int:
        """Check and register an extension; answers its number; the same key registers one."""
        require(actor, *CHECKERS)
        checked = self._forms.get("expiry_watch", "extension").validate(answers, self._today())
        command = RegisterExtension(actor, permit_id, checked)
        if not key:
            return self._engine.execute(command)
        print_ = fingerprint_of("extension", str(permit_id), answers)
        done = self._engine.execute(Once(command, actor.login, key, print_, lambda number: {"number": number}))
        return int(str(done.result["number"]))

    def plan(self, actor: Actor) -> PlanView:
        """Return the patrol plan as far as the person may see it."""

        def read(uow: UnitOfWork) -> PlanView:
            statement = _listed(patrol_subject, actor).where(patrol_subject.c.state != "over")
            rows = uow.connection.execute(statement.order_by(patrol_subject.c.next_on, patrol_subject.c.id))
            lines = tuple(WatchLine(dict(row), _due(uow, row)) for row in rows.mappings())
            visits = _visits(uow, actor)
            people = names_of(uow, [row["done_by"] for row in visits])
            names = {one.code: one.short_name for one in all_units(uow)}
            return PlanView(lines, visits, _uncovered(uow, actor), names, people)

        return self._engine.ask(Ask(read))

    def spot_check(self, actor: Actor, subject_id: UUID, answers: Mapping[str, Any], *, key: str = "") -> None:
        """Check and order a spot check; the same key orders one."""
        checked = self._forms.get("urban_patrol", "spot_check").validate(answers, self._today())
        command = OrderSpotCheck(actor, subject_id, str(checked["spot_reason"]))
        if key:
            print_ = fingerprint_of("spot-check", str(subject_id), answers)
            self._engine.execute(Once(command, actor.login, key, print_, lambda _: {}))
        else:
            self._engine.execute(command)

    def rank(self, actor: Actor, subject_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and keep how often a permit is patrolled."""
        checked = self._forms.get("urban_patrol", "priority").validate(answers, self._today())
        level, reason = str(checked["level"]), str(checked["priority_reason"])
        self._engine.execute(ChangePriority(actor, subject_id, level, reason))

    def fields(
        self, process: str, form: str, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:  # fmt: skip
        """Return a form of the part: extension, spot_check or priority."""
        return self._forms.get(process, form).fields_for(self._today(), answers)

    def _today(self) -> dict[str, Any]:
        return {"today": local_day_of(self._engine.clock.now()).isoformat()}


def _listed(table: Any, actor: Actor) -> Select[Any]:
    statement = (
        select(table, *_WHAT)
        .join(approval, approval.c.id == table.c.approval_id)
        .join(party, party.c.id == approval.c.party_id)
        .limit(MOST)
    )
    mine = permits_of(actor)
    return statement if mine is None else statement.where(mine)


def _due(uow: UnitOfWork, row: Any) -> Lamp:
    if row["next_on"] is None:
        return Lamp("grey", "未排定", 0)
    left = (row["next_on"] - local_day_of(uow.now)).days
    if left < 0:
        return Lamp("red", f"应查未查 {-left} 日", left)
    return Lamp("yellow" if left == 0 else "normal", "今日巡查" if left == 0 else f"{left} 日后", left)


def _visits(uow: UnitOfWork, actor: Actor) -> tuple[Row, ...]:
    """Return the last 50 visits; the planning units see them as well as the squads."""
    statement = (
        select(patrol, patrol_subject.c.unit, patrol_subject.c.approval_id, *_WHAT)
        .join(patrol_subject, patrol_subject.c.id == patrol.c.subject_id)
        .join(approval, approval.c.id == patrol_subject.c.approval_id)
        .join(party, party.c.id == approval.c.party_id)
        .where(patrol.c.done_at.is_not(None))
        .order_by(patrol.c.done_at.desc(), patrol.c.id)
        .limit(50)
    )
    mine = permits_of(actor)
    rows = uow.connection.execute(statement if mine is None else statement.where(mine)).mappings()
    return tuple(dict(row) for row in rows)


def _uncovered(uow: UnitOfWork, actor: Actor) -> tuple[Row, ...]:
    """Return copies to squads that are in no plan, because nobody signed for them yet."""
    planned = exists().where(patrol_subject.c.approval_id == copy.c.approval_id, patrol_subject.c.unit == copy.c.unit)
    statement = (
        select(copy.c.unit, copy.c.sent_at, copy.c.business_key, copy.c.approval_id, *_WHAT)
        .join(unit, unit.c.code == copy.c.unit)
        .join(approval, approval.c.id == copy.c.approval_id)
        .join(party, party.c.id == approval.c.party_id)
        .where(unit.c.kind == "urban_management", approval.c.result == "granted", ~planned)
        .order_by(copy.c.sent_at)
        .limit(MOST)
    )
    mine = permits_of(actor)
    rows = uow.connection.execute(statement if mine is None else statement.where(mine)).mappings()
    return tuple(dict(row) for row in rows)
