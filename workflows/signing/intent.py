"""What the owner submits while colleagues still sign: kept, and completed with the last signature."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from engine import errors as engine_errors
from engine.commands.complete_task import TaskCompleted
from workflows import team_errors
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.records.letters import draft
from workflows.records.teamwork import signing_round
from workflows.rulebook import Rulebook
from workflows.signing import store
from workflows.signing.rules import PASSED
from workflows.uow import UnitOfWork

SUBMITTED = "signing"
_r = signing_round.c


def keep(uow: UnitOfWork, task: Row[Any], actor: Actor, answers: Mapping[str, Any], seen: int | None) -> TaskCompleted:
    """Keep what the owner submits while the signers decide; answers the status ``signing``.

    Raises:
        TaskHeld: the owner has to wait for them, or has submitted already.
        NotAssignee, StaleVersion.
    """
    row = store.open_round_of(uow, task.id)
    if row is None or row.place not in ("parallel", "after") or row.intent is not None:
        raise engine_errors.TaskHeld(task_id=str(task.id), held_by=task.held_by)
    if task.assignee not in (None, actor.login):
        raise engine_errors.NotAssignee(task_id=str(task.id), assignee=task.assignee)
    if seen is not None and task.version != seen:
        raise engine_errors.StaleVersion(task_id=str(task.id), expected=seen, actual=task.version)
    intent = {"answers": dict(answers), "by": actor.login, "at": uow.now.isoformat()}
    same = (_r.id == row.id) & (_r.version == row.version)
    if uow.connection.execute(update(signing_round).where(same).values(intent=intent)).rowcount != 1:
        raise engine_errors.ConcurrentUpdate(round=str(row.id))
    store.note(uow, row, actor.login, "signing-submitted", reason="已提交，签署完毕即办结")
    store.settle(uow, store.load(uow, row.id), actor.login)
    return TaskCompleted(task.id, task.instance_id, task.business_key, SUBMITTED, ())


def submit(uow: UnitOfWork, row: Row[Any], outcome: str, rulebook: Rulebook) -> None:
    """Complete the task as the owner submitted it, or give the answers back as a draft and say why."""
    from workflows.commands.complete_user_task import CompleteUserTask

    intent = row.intent
    owner = find_actor(uow, str(intent["by"]))
    refusal = "会签未通过" if outcome != PASSED else "" if owner is not None else "提交人已停用"
    if owner is not None and not refusal:
        try:
            with uow.connection.begin_nested():
                CompleteUserTask(row.task_id, owner, intent["answers"], rulebook).run(uow)
        except engine_errors.ConcurrentUpdate:
            raise
        except engine_errors.AppError as exc:
            refusal = f"会签已通过，但未能提交（{_why(exc)}）"
    if refusal:
        _give_back(uow, row.task_id, str(intent["by"]), intent["answers"])
        store.tell(uow, row, [str(intent["by"])], f"{refusal}，请重新办理：{row.step}")


def _why(error: engine_errors.AppError) -> str:
    found = error.facts.get("errors")
    if isinstance(found, list) and found:
        return "；".join(str(one.get("message")) for one in found)[:200]
    return str(error.facts.get("reason") or error.code)


def _give_back(uow: UnitOfWork, task_id: UUID, login: str, answers: Mapping[str, Any]) -> None:
    mine = (draft.c.task_id == task_id) & (draft.c.login == login)
    uow.connection.execute(delete(draft).where(mine))
    row = {"task_id": task_id, "login": login, "answers": dict(answers), "version": 1, "saved_at": uow.now}
    uow.connection.execute(insert(draft), row)


def require_signed(uow: UnitOfWork, task: Row[Any]) -> None:
    """Refuse to complete a step that demands a round, as long as none has passed.

    Raises:
        SigningMissing.
    """
    passed = select(_r.id).where(_r.task_id == task.id, _r.state == "decided", _r.outcome == PASSED)
    if uow.connection.execute(passed.limit(1)).first() is None:
        raise team_errors.SigningMissing(task_id=str(task.id))


def outcome_for(task: Row[Any]) -> Mapping[str, object]:
    """Return what the task's own rounds came to, as variables of the case; nothing when there was none."""
    told = task.variables.get("signing")
    mine = isinstance(told, Mapping) and told.get("task_id") == str(task.id)
    return {"signing": told} if mine else {}
