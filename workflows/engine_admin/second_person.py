"""The second person: confirms or turns down what an administrator asked for, and sees what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine import errors as engine_errors
from engine.commands.job_acts import MakeJobDue, SkipJob
from engine.commands.modify_instance import ModifyInstance
from engine.process_engine import ProcessEngine
from engine.queries.instances import DescribeInstance, ListTokens
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.engine_admin.access import CONFIRMERS, may_keep, reason_of
from workflows.engine_admin.requests import Row, decide, note_result, request_of, requests_of
from workflows.policy import Actor, require
from workflows.uow import UnitOfWork

_KINDS = ("move", "skip", "due")
_OPEN = ("active", "waiting", "late", "error")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request, and the case as it is now."""

    row: Row
    status: str
    places: tuple[tuple[str, str], ...]
    may_decide: bool


class SecondPersonDesk:
    """Decides requests."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def requests(self, actor: Actor, *states: str) -> tuple[Row, ...]:
        """Return the requests, the newest first."""
        require(actor, *CONFIRMERS)
        return self._engine.ask(Ask(lambda uow: requests_of(uow, *states)))

    def look(self, actor: Actor, request_id: UUID) -> RequestView:
        """Return a request with the case read now.

        Raises:
            RequestNotFound.
        """
        require(actor, *CONFIRMERS)
        row = self._engine.ask(Ask(lambda uow: request_of(uow, request_id, *_KINDS)))
        now = self._state(row["instance_id"])
        may_decide = row["state"] == "asked" and row["asked_by"] != actor.login
        return RequestView(row, now["status"], tuple((one[0], one[1]) for one in now["places"]), may_decide)

    def confirm(self, actor: Actor, request_id: UUID) -> None:
        """Do what was asked for, in one step with the confirmation; then read the case again and keep what it is.

        Raises:
            SamePerson: the person asked for it.
            RequestDecided, ModificationInvalid, TaskNotOpen, JobNotFound, JobNotDue, InstanceNotActive.
        """
        require(actor, *CONFIRMERS)
        row = self._engine.execute(Do(lambda uow: _done(uow, actor, request_id)))
        after = self._state(row["instance_id"])
        self._engine.execute(Do(lambda uow: note_result(uow, request_id, after)))

    def refuse(self, actor: Actor, request_id: UUID, note: str) -> None:
        """Turn a request down, with the reason.

        Raises:
            FormInvalid: there is no reason.
        """
        require(actor, *CONFIRMERS)
        why = reason_of(note)

        def act(uow: UnitOfWork) -> None:
            decide(uow, _from_another(uow, actor, request_id), "refused", actor.login, why)

        self._engine.execute(Do(act))

    def withdraw(self, actor: Actor, request_id: UUID) -> None:
        """Take an own request back."""
        may_keep(actor)

        def act(uow: UnitOfWork) -> None:
            row = request_of(uow, request_id, *_KINDS)
            if row["asked_by"] != actor.login:
                raise errors.NotAllowed(reason="只有提出的人可以撤回")
            decide(uow, row, "withdrawn", actor.login)

        self._engine.execute(Do(act))

    def _state(self, instance_id: UUID | None) -> dict[str, Any]:
        """Return where a case stands now."""
        if instance_id is None:
            return {"status": "", "places": []}
        try:
            case = self._engine.ask(DescribeInstance(instance_id))
        except engine_errors.InstanceNotFound:
            return {"status": "gone", "places": []}
        tokens = self._engine.ask(ListTokens(instance_id))
        names: Mapping[str, Any] = case.elements
        places = [
            [str(names.get(one.element_id, {}).get("name") or one.element_id), one.state]
            for one in tokens
            if one.state in _OPEN
        ]
        return {"status": case.status, "places": places if case.status == "active" else []}


def _from_another(uow: UnitOfWork, actor: Actor, request_id: UUID) -> Row:
    row = request_of(uow, request_id, *_KINDS)
    if row["asked_by"] == actor.login:
        raise errors.SamePerson(reason="申请须由另一人确认或否决")
    return row


def _done(uow: UnitOfWork, actor: Actor, request_id: UUID) -> Row:
    row = _from_another(uow, actor, request_id)
    decide(uow, row, "done", actor.login)
    payload = row["payload"]
    if row["kind"] == "move":
        moves = {int(payload["token"]): str(payload["element"])}
        ModifyInstance(row["instance_id"], moves, row["asked_by"], actor.login, row["reason"]).run(uow)
    elif row["kind"] == "skip":
        SkipJob(UUID(payload["job_id"]), row["asked_by"], actor.login, row["reason"]).run(uow)
    else:
        reason = f"{row['reason']}（{actor.login} 确认）"
        MakeJobDue(UUID(payload["job_id"]), row["asked_by"], reason).run(uow)
    return row
