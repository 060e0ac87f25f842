"""Signing rounds for people and programs: what is asked of me, what I asked, and the rounds of a task."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import team_errors
from workflows.desk.asking import Ask
from workflows.jurisdiction import if_seen, may_complete, may_see_case, require_task, seen_task
from workflows.policy import Actor
from workflows.records.teamwork import signing_entry, signing_round
from workflows.rulebook import Rulebook
from workflows.signing.people import Person, check_signers, eligible
from workflows.signing.rounds import CloseRound, OpenRound, Sign, owned
from workflows.signing.signers import AddSigners, RemoveSigner
from workflows.signing.views import ROUND_STATES, VIEWS, RoundView, TaskRounds, listed, rounds_where, waiting_count
from workflows.uow import UnitOfWork
from workflows.worklist.words import describe

Row = Mapping[str, Any]

_r, _e = signing_round.c, signing_entry.c


__all__ = ["ROUND_STATES", "VIEWS", "RoundView", "SigningDesk", "TaskRounds"]


class SigningDesk:
    """Opens rounds, takes signatures, shows both."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def count(self, actor: Actor) -> int:
        """Return how many signatures the person owes."""
        return self._engine.ask(Ask(lambda uow: waiting_count(uow, actor)))

    def page(self, actor: Actor, view: str = "open") -> tuple[Row, ...]:
        """Return the signatures the person owes, the earliest due first, has given, or the rounds they opened."""
        return self._engine.ask(Ask(lambda uow: tuple(listed(uow, actor, view))))

    def of_task(self, actor: Actor, task_id: UUID) -> TaskRounds:
        """Return the rounds of a task, to whoever may see the task or its case.

        Raises:
            TaskNotFound.
        """

        def read(uow: UnitOfWork) -> TaskRounds:
            task = seen_task(uow, actor, task_id)
            found = rounds_where(uow, _r.task_id == task_id)
            return TaskRounds(
                task_id, task.business_key, describe(task.variables)[0], task.name, task.status,
                may_complete(actor, task), found,
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def of_case(self, actor: Actor, business_key: str) -> tuple[RoundView, ...]:
        """Return the rounds of a case."""

        def read(uow: UnitOfWork) -> tuple[RoundView, ...]:
            found = rounds_where(uow, _r.business_key == business_key)
            instance = uow.connection.scalar(select(_r.instance_id).where(_r.business_key == business_key).limit(1))
            return found if instance is not None and may_see_case(uow, actor, instance) else ()

        return self._engine.ask(Ask(read))

    def entry(self, actor: Actor, entry_id: UUID) -> tuple[RoundView, Row]:
        """Return a round and one of its entries.

        Raises:
            SigningNotFound.
        """

        def read(uow: UnitOfWork) -> tuple[RoundView, Row]:
            known = uow.connection.execute(select(_e.round_id, _e.instance_id).where(_e.id == entry_id)).one_or_none()
            asked = if_seen(uow, actor, known, lambda one: one.instance_id)
            if asked is None:
                raise team_errors.SigningNotFound(entry=str(entry_id))
            found = rounds_where(uow, _r.id == asked.round_id)[0]
            return found, next(one for one in found.entries if one["id"] == entry_id)

        return self._engine.ask(Ask(read))

    def eligible(self, actor: Actor, task_id: UUID) -> tuple[Person, ...]:
        """Return whom the person may ask about a task."""

        def read(uow: UnitOfWork) -> tuple[Person, ...]:
            task = seen_task(uow, actor, task_id)
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
            require_task(actor, task)
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

    def add(self, command: AddSigners) -> None:
        """Ask more people."""
        self._engine.execute(command)

    def remove(self, actor: Actor, entry_id: UUID, reason: str) -> None:
        """Take a signer off."""
        self._engine.execute(RemoveSigner(entry_id, actor, reason, self._rulebook))

    def close(self, command: CloseRound) -> None:
        """End a round before it is decided."""
        self._engine.execute(command)
