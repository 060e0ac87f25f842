"""Signing rounds for people and programs: what is asked of me, what I asked, and the rounds of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import catalog, team_errors
from workflows.desk.asking import Ask
from workflows.directory import names_of
from workflows.jurisdiction import may_complete, may_see_case, may_see_task, require_case
from workflows.policy import Actor
from workflows.records.teamwork import signing_entry, signing_round
from workflows.rulebook import Rulebook
from workflows.signing.people import Person, check_signers, eligible
from workflows.signing.rounds import CloseRound, OpenRound, Sign, owned
from workflows.signing.rules import MODES, OUTCOMES, PLACES
from workflows.signing.signers import AddSigners, RemoveSigner
from workflows.signing.store import entries_of
from workflows.uow import UnitOfWork
from workflows.worklist.words import describe

Row = Mapping[str, Any]
VIEWS: Mapping[str, str] = {"open": "待我会签", "done": "我已会签", "mine": "我发起的"}
ROUND_STATES: Mapping[str, str] = {
    "open": "会签中",
    "decided": "已有结果",
    "closed": "已撤销",
    "cancelled": "任务已取消",
}
MOST = 200
_r, _e = signing_round.c, signing_entry.c


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round with its signers and what each said."""

    id: UUID
    task_id: UUID
    business_key: str
    step: str
    place: str
    mode: str
    threshold: int
    question: str
    state: str
    outcome: str | None
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    is_submitted: bool
    ended_at: datetime | None
    end_reason: str | None
    due_at: datetime | None
    entries: tuple[Row, ...]

    @property
    def rule_text(self) -> str:
        """Return the rule in words."""
        share = f" {self.threshold}%" if self.mode in ("ratio", "weighted") else ""
        return f"{PLACES[self.place]} · {MODES[self.mode]}{share}"

    @property
    def state_text(self) -> str:
        """Return where it stands, in words."""
        return OUTCOMES[self.outcome] if self.outcome else ROUND_STATES[self.state]


@dataclass(frozen=True, slots=True)
class TaskRounds:
    """The rounds of a task, the newest first, and what the person may do."""

    task_id: UUID
    business_key: str
    title: str
    step: str
    status: str
    is_owner: bool
    rounds: tuple[RoundView, ...]

    @property
    def open(self) -> RoundView | None:
        """Return the round that is open, if any."""
        return next((one for one in self.rounds if one.state == "open"), None)


class SigningDesk:
    """Opens rounds, takes signatures, shows both."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def count(self, actor: Actor) -> int:
        """Return how many signatures the person owes."""
        return self._engine.ask(Ask(lambda uow: _count(uow, actor)))

    def page(self, actor: Actor, view: str = "open") -> tuple[Row, ...]:
        """Return the signatures the person owes, the earliest due first, has given, or the rounds they opened."""
        return self._engine.ask(Ask(lambda uow: tuple(_listed(uow, actor, view))))

    def of_task(self, actor: Actor, task_id: UUID) -> TaskRounds:
        """Return the rounds of a task, to whoever may see the task or its case.

        Raises:
            TaskNotFound, CaseNotFound.
        """

        def read(uow: UnitOfWork) -> TaskRounds:
            task = uow.task(task_id)
            if not may_see_task(actor, task):
                require_case(uow, actor, task.instance_id, task.business_key)
            found = _rounds(uow, _r.task_id == task_id)
            return TaskRounds(
                task_id, task.business_key, describe(task.variables)[0], task.name, task.status,
                may_complete(actor, task), found,
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def of_case(self, actor: Actor, business_key: str) -> tuple[RoundView, ...]:
        """Return the rounds of a case."""

        def read(uow: UnitOfWork) -> tuple[RoundView, ...]:
            found = _rounds(uow, _r.business_key == business_key)
            instance = uow.connection.scalar(select(_r.instance_id).where(_r.business_key == business_key).limit(1))
            return found if instance is not None and may_see_case(uow, actor, instance) else ()

        return self._engine.ask(Ask(read))

    def entry(self, actor: Actor, entry_id: UUID) -> tuple[RoundView, Row]:
        """Return a round and one of its entries.

        Raises:
            SigningNotFound, CaseNotFound.
        """

        def read(uow: UnitOfWork) -> tuple[RoundView, Row]:
            asked = uow.connection.scalar(select(_e.round_id).where(_e.id == entry_id))
            if asked is None:
                raise team_errors.SigningNotFound(entry=str(entry_id))
            found = _rounds(uow, _r.id == asked)[0]
            task = uow.task(found.task_id)
            require_case(uow, actor, task.instance_id, task.business_key)
            return found, next(one for one in found.entries if one["id"] == entry_id)

        return self._engine.ask(Ask(read))

    def eligible(self, actor: Actor, task_id: UUID) -> tuple[Person, ...]:
        """Return whom the person may ask about a task."""

        def read(uow: UnitOfWork) -> tuple[Person, ...]:
            task = uow.task(task_id)
            if not may_see_task(actor, task):
                require_case(uow, actor, task.instance_id, task.business_key)
            return eligible(uow, actor, task.instance_id)

        return self._engine.ask(Ask(read))

    def preview(self, actor: Actor, command: OpenRound) -> tuple[Person, ...]:
        """Return who would be asked, in order, without asking anybody.

        Raises:
            whatever opening would refuse.
        """

        def read(uow: UnitOfWork) -> tuple[Person, ...]:
            command.check()
            task = uow.task(command.task_id)
            if not may_complete(actor, task):
                owned(uow, actor, command.task_id)
            check_signers(uow, actor, task.instance_id, command.signers)
            people = {person.login: person for person in eligible(uow, actor, task.instance_id)}
            return tuple(people[login] for login in command.signers)

        return self._engine.ask(Ask(read))

    def open(self, command: OpenRound, *, key: str = "") -> UUID:
        """Open a round; the same key opens one."""
        if not key:
            return self._engine.execute(command)
        asked = fingerprint_of("signing", str(command.task_id), list(command.signers), command.question, command.mode)
        once = Once(command, command.actor.login, key, asked, lambda one: {"id": str(one)})
        return UUID(str(self._engine.execute(once).result["id"]))

    def sign(self, actor: Actor, entry_id: UUID, *, agrees: bool, opinion: str) -> str | None:
        """Agree or dissent; answers the outcome when that decides the round."""
        return self._engine.execute(Sign(entry_id, actor, agrees, opinion, self._rulebook))

    def add(
        self,
        actor: Actor,
        round_id: UUID,
        signers: Sequence[str],
        relation: str = "parallel",
        entry: UUID | None = None,
    ) -> None:
        """Ask more people."""
        self._engine.execute(AddSigners(round_id, actor, signers, relation, entry))

    def remove(self, actor: Actor, entry_id: UUID, reason: str) -> None:
        """Take a signer off."""
        self._engine.execute(RemoveSigner(entry_id, actor, reason, self._rulebook))

    def close(self, actor: Actor, round_id: UUID, reason: str) -> None:
        """End a round before it is decided."""
        self._engine.execute(CloseRound(round_id, actor, reason))

    def task_of_round(self, round_id: UUID) -> UUID | None:
        """Return the task a round is about."""
        return self._engine.ask(Ask(lambda uow: uow.connection.scalar(select(_r.task_id).where(_r.id == round_id))))


def _mine(actor: Actor) -> Any:
    """Return whose signatures the person may give: the own, and those of whom they stand in for."""
    own = _e.login == actor.login
    others = [one for one in actor.covers if one.may_sign]
    return or_(own, *(
        (_e.login == one.login) & (user_task.c.definition_key.in_(one.processes) if one.processes else True)
        for one in others
    ))  # fmt: skip


def _waiting(actor: Actor) -> Any:
    return _mine(actor) & (_e.state == "open") & (_r.state == "open") & (user_task.c.status == "open")


def _count(uow: UnitOfWork, actor: Actor) -> int:
    joined = signing_entry.join(signing_round, _r.id == _e.round_id).join(user_task, user_task.c.id == _r.task_id)
    return uow.connection.scalar(select(func.count()).select_from(joined).where(_waiting(actor))) or 0


def _listed(uow: UnitOfWork, actor: Actor, view: str) -> list[Row]:
    task = user_task.c
    columns = (
        _e.id.label("entry_id"), _e.login, _e.state.label("entry_state"), _e.asked_at, _e.decided_at, _r.id,
        _r.task_id, _r.business_key, _r.step, _r.question, _r.state, _r.outcome, _r.opened_by, _r.opened_at,
        task.due_at, task.variables, task.definition_key,
    )  # fmt: skip
    joined = signing_round.join(task.id.table, task.id == _r.task_id).outerjoin(signing_entry, _e.round_id == _r.id)
    statement = select(*columns).select_from(joined)
    if view == "mine":
        first = select(func.min(_e.place)).where(_e.round_id == _r.id).scalar_subquery()
        statement = statement.where(_r.opened_by == actor.login, _e.place == first).order_by(_r.opened_at.desc())
    elif view == "done":
        done = _e.state.in_(("agreed", "dissented")) & (_e.decided_by == actor.login)
        statement = statement.where(done).order_by(_e.decided_at.desc())
    else:
        statement = statement.where(_waiting(actor)).order_by(func.coalesce(task.due_at, _r.opened_at), _e.id)
    rows = uow.connection.execute(statement.limit(MOST)).mappings().all()
    names = names_of(uow, {row["opened_by"] for row in rows} | {row["login"] for row in rows})
    return [_line(dict(row), names) for row in rows]


def _line(row: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    title, subtitle = describe(row["variables"])
    kept = {key: value for key, value in row.items() if key != "variables"}
    return {
        **kept, "title": title, "subtitle": subtitle, "opened_by_name": names.get(row["opened_by"], row["opened_by"]),
        "signer_name": names.get(row["login"], row["login"]), "process": catalog.TITLES.get(row["definition_key"], ""),
    }  # fmt: skip


def _rounds(uow: UnitOfWork, condition: Any) -> tuple[RoundView, ...]:
    statement = select(signing_round, user_task.c.due_at).join(user_task, user_task.c.id == _r.task_id)
    rows = uow.connection.execute(
        statement.where(condition).order_by(_r.opened_at.desc(), _r.id.desc()).limit(50)
    ).all()
    entries = entries_of(uow, [row.id for row in rows])
    logins = {one[who] for one in entries for who in ("login", "decided_by", "asked_by") if one[who]}
    names = names_of(uow, logins | {row.opened_by for row in rows})
    shown = [
        {**one, "name": names.get(one["login"], one["login"]), "decided_name": names.get(one["decided_by"] or "", "")}
        for one in entries
    ]
    return tuple(
        RoundView(
            row.id, row.task_id, row.business_key, row.step, row.place, row.mode, row.threshold, row.question,
            row.state, row.outcome, row.opened_by, names.get(row.opened_by, row.opened_by), row.opened_at,
            row.intent is not None, row.ended_at, row.end_reason, row.due_at,
            tuple(one for one in shown if one["round_id"] == row.id),
        )
        for row in rows
    )  # fmt: skip
