"""What is done with tasks, one by one or many at once: each has its own honest result, and most can be undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Answer, Once, fingerprint_of
from engine.errors import AppError, KeyReused
from engine.process_engine import ProcessEngine
from engine.store.tables import command_receipt, user_task
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.desk.tasks import TaskDesk
from workflows.jurisdiction import may_see_task, seen_among, seen_task, takeable
from workflows.policy import Actor
from workflows.records.letters import draft
from workflows.rulebook import Rulebook
from workflows.task_acts import delegating, moving, openings, undoing
from workflows.task_acts.foreseen import Letter, letters_foreseen
from workflows.task_acts.moving import ReturnChoice
from workflows.uow import UnitOfWork

MOST = 500
ACTS = {
    "claim": "签收", "release": "退签", "complete": "办理", "assign": "转办", "delegate": "委托",
    "take_back": "收回委托", "return": "退回", "withdraw": "撤回", "urge": "催办",
}  # fmt: skip
SAME_STEP = frozenset({"complete", "return"})
"""Acts whose form belongs to one step."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an act needs beside its task."""

    login: str = ""
    reason: str = ""
    target: str = ""
    scope: int | None = None
    policy: str = "replay"
    answers: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task chosen for an act on many; those of other people can only be urged, if their case may be read."""

    task_id: UUID
    business_key: str
    step: str
    element_id: str
    definition_key: str
    subject: str
    assignee: str | None
    status: str
    version: int
    is_mine: bool


class TaskActDesk:
    """Acts on one task or on many."""

    def __init__(self, engine: ProcessEngine, tasks: TaskDesk, rulebook: Rulebook) -> None:
        self._engine = engine
        self._tasks = tasks
        self._rulebook = rulebook
        self.more: dict[str, Callable[[Actor, UUID, Options], object]] = {}

    def note_opening(self, actor: Actor, task_id: UUID) -> None:
        """Keep that a person who may do an open task has seen it."""
        if self._engine.ask(Ask(lambda uow: openings.is_to_note(uow, actor, uow.task(task_id)))):
            self._engine.execute(Do(lambda uow: openings.note_opening(uow, actor, task_id)))

    def kept_draft(self, actor: Actor, task_id: UUID) -> Mapping[str, Any]:
        """Return the answers that the person has kept for a task; none when there are none."""
        mine = select(draft.c.answers).where(draft.c.task_id == task_id, draft.c.login == actor.login)
        return self._engine.ask(Ask(lambda uow: uow.connection.scalar(mine))) or {}

    def letters_foreseen(self, actor: Actor, task_id: UUID, answers: Mapping[str, Any]) -> tuple[Letter, ...]:
        """Return what the letters would say that completing a task with these answers writes; nothing is written."""
        return letters_foreseen(self._engine, self._rulebook, actor, task_id, answers)

    def return_choices(self, actor: Actor, task_id: UUID) -> tuple[ReturnChoice, ...]:
        """Return the earlier steps a task may be returned to, with what each would cancel and what forbids it."""
        return self._engine.ask(Ask(lambda uow: moving.return_choices(uow, actor, task_id)))

    def why_not_withdrawn(self, actor: Actor, task_id: UUID) -> str | None:
        """Return why the person cannot take a completed task back; nothing when they can, None for others' tasks."""

        def read(uow: UnitOfWork) -> str | None:
            task = uow.task(task_id)
            mine = task.status == "completed" and task.ended_by == actor.login
            return moving.why_not_withdrawn(uow, actor, task) if mine else None

        return self._engine.ask(Ask(read))

    def delegations(self, actor: Actor, task_id: UUID) -> tuple[delegating.DelegationView, ...]:
        """Return who was asked for an opinion about a task the person may see, and what they said."""

        def read(uow: UnitOfWork) -> tuple[delegating.DelegationView, ...]:
            task = seen_task(uow, actor, task_id)
            return delegating.delegations_of(uow, task_id) if actor.oversees or may_see_task(actor, task) else ()

        return self._engine.ask(Ask(read))

    def answer_delegation(self, actor: Actor, task_id: UUID, opinion: str) -> None:
        """Give the opinion one was asked for."""
        self._engine.execute(delegating.AnswerDelegation(task_id, actor, opinion))

    def act(self, actor: Actor, act: str, task_id: UUID, options: Options) -> undoing.Act | None:
        """Do one thing with one task; answers what must be known to undo it, or None when it cannot be undone.

        Raises:
            FormInvalid: the act is unknown, or something it needs is missing.
            AppError: whatever the act refuses.
        """
        acts: Mapping[str, Callable[[Actor, UUID, Options], object]] = {
            "claim": lambda who, task, _: self._tasks.claim(who, task),
            "release": lambda who, task, _: self._tasks.release(who, task),
            "assign": self._assign, "complete": self._complete, "return": self._return, "delegate": self._delegate,
            "withdraw": lambda who, task, how: self._engine.execute(moving.WithdrawTask(task, who, how.reason)),
            "take_back": lambda who, task, _: self._engine.execute(delegating.TakeBackDelegation(task, who)),
            **self.more,
        }  # fmt: skip
        if act not in acts:
            raise errors.FormInvalid(errors=[{"field": "act", "message": "请选择要做的操作"}])
        facts = acts[act](actor, task_id, options)
        return (act, str(task_id), facts if isinstance(facts, dict) else {}) if act in undoing.UNDOABLE else None

    def _assign(self, actor: Actor, task_id: UUID, options: Options) -> dict[str, Any]:
        before = self._engine.ask(Ask(lambda uow: takeable(uow, actor, task_id)))
        self._tasks.assign(actor, task_id, options.login, options.reason)
        return {"from": before.assignee, "to": options.login, "version": before.version + 1}

    def _complete(self, actor: Actor, task_id: UUID, options: Options) -> None:
        key = f"{options.key}/{task_id}" if options.key else ""
        version = options.versions.get(str(task_id))
        self._tasks.complete(actor, task_id, options.answers, version=version, key=key)

    def _return(self, actor: Actor, task_id: UUID, options: Options) -> None:
        self._engine.execute(
            moving.ReturnUserTask(
                task_id, actor, options.target, options.reason, options.policy, options.scope,
                options.versions.get(str(task_id)),
            )
        )  # fmt: skip

    def _delegate(self, actor: Actor, task_id: UUID, options: Options) -> dict[str, Any]:
        self._engine.execute(delegating.DelegateTask(task_id, actor, options.login, options.reason))
        return {"to": options.login}

    def state(self, task_id: UUID) -> Mapping[str, Any]:
        """Return what a task is after an act of the person on it."""

        def read(uow: UnitOfWork) -> Mapping[str, Any]:
            task = uow.task(task_id)
            return {"task_id": task.id, "status": task.status, "assignee": task.assignee, "version": task.version}

        return self._engine.ask(Ask(read))

    def keep_ticket(self, actor: Actor, acts: Sequence[undoing.Act]) -> str:
        """Return a ticket with which the acts can be undone; empty when there are none."""
        return str(self._engine.execute(undoing.KeepTicket(actor, acts))) if acts else ""

    def undo(self, actor: Actor, ticket: UUID) -> list[dict[str, Any]]:
        """Undo what a ticket remembers, the last first; each act has its own result.

        Raises:
            UndoExpired: the ticket is used, too old, or another person's.
        """
        acts = self._engine.execute(undoing.UseTicket(ticket, actor))
        return [self._undone(actor, one) for one in reversed(acts)]

    def _undone(self, actor: Actor, one: undoing.Act) -> dict[str, Any]:
        act, task, facts = one
        try:
            self._engine.execute(undoing.UndoAct(act, UUID(task), facts, actor))
        except AppError as exc:
            return _refused(task, exc)
        return {"task_id": task, "ok": True}

    def chosen(self, actor: Actor, task_ids: Sequence[UUID]) -> tuple[Chosen, ...]:
        """Return those of the tasks that the person may see, in their order."""
        wanted = list(dict.fromkeys(task_ids))[:MOST]

        def look(uow: UnitOfWork) -> tuple[Chosen, ...]:
            rows = uow.connection.execute(select(user_task).where(user_task.c.id.in_(wanted))).all()
            mine = {row.id for row in rows if may_see_task(actor, row)}
            read = seen_among(uow, actor, [row.instance_id for row in rows if row.id not in mine])
            known = {row.id: row for row in rows if row.id in mine or row.instance_id in read}
            return tuple(_chosen(known[one], is_mine=one in mine) for one in wanted if one in known)

        return self._engine.ask(Ask(look))

    def batch(self, actor: Actor, act: str, task_ids: Sequence[UUID], options: Options) -> Answer:
        """Do one thing with up to 500 tasks, each by itself; the same key answers a repetition with the first result.

        The answer holds ``results`` (one for each task, in order), ``done``, ``failed`` and the ``undo`` ticket.

        Raises:
            FormInvalid: none or too many tasks, an unknown act, or tasks of different steps for an act of one step.
        """
        wanted = list(dict.fromkeys(task_ids))
        mark = fingerprint_of("batch", act, {"tasks": [str(one) for one in wanted], "how": _told(options)})
        known = self._answered(actor, options.key, mark)
        if known is not None:
            return Answer(known, was_replayed=True)
        self._check(actor, act, wanted)
        results, undo = [], []
        for task_id in wanted:
            try:
                one = self.act(actor, act, task_id, options)
                results.append({"task_id": str(task_id), "ok": True})
                undo += [one] if one is not None else []
            except AppError as exc:
                results.append(_refused(str(task_id), exc))
        done = sum(bool(one["ok"]) for one in results)
        answer = {
            "act": act, "results": results, "done": done, "failed": len(results) - done,
            "undo": self.keep_ticket(actor, undo),
        }  # fmt: skip
        if not options.key:
            return Answer(answer, was_replayed=False)
        return self._engine.execute(Once(Do(lambda _uow: answer), actor.login, f"batch/{options.key}", mark, dict))

    def _answered(self, actor: Actor, key: str, mark: str) -> Mapping[str, Any] | None:
        c = command_receipt.c
        mine = select(c.fingerprint, c.result).where(c.actor == actor.login, c.key == f"batch/{key}")
        row = self._engine.ask(Ask(lambda uow: uow.connection.execute(mine).one_or_none())) if key else None
        if row is not None and row.fingerprint != mark:
            raise KeyReused(key=key)
        return None if row is None else dict(row.result)

    def _check(self, actor: Actor, act: str, wanted: Sequence[UUID]) -> None:
        if act not in ACTS:
            raise errors.FormInvalid(errors=[{"field": "act", "message": "请选择要做的操作"}])
        if not wanted or len(wanted) > MOST:
            text = "请先勾选任务" if not wanted else f"一次最多办理 {MOST} 件，现有 {len(wanted)} 件，请缩小范围"
            raise errors.FormInvalid(errors=[{"field": "tasks", "message": text}])
        steps = {(one.definition_key, one.element_id): one.step for one in self.chosen(actor, wanted)}
        if act in SAME_STEP and len(steps) > 1:
            text = f"所选任务分属 {len(steps)} 个环节（{'、'.join(steps.values())}），只能批量签收、退签、转办或委托"
            raise errors.FormInvalid(errors=[{"field": "tasks", "message": text}])


def _told(options: Options) -> dict[str, Any]:
    return {
        "login": options.login, "reason": options.reason, "target": options.target, "policy": options.policy,
        "answers": dict(options.answers),
    }  # fmt: skip


def _chosen(row: Any, *, is_mine: bool) -> Chosen:
    return Chosen(
        row.id, row.business_key, row.name, row.element_id, row.definition_key, row.subject, row.assignee, row.status,
        row.version, is_mine,
    )  # fmt: skip


def _refused(task_id: str, error: AppError) -> dict[str, Any]:
    facts = {name: value for name, value in error.facts.items() if name in ("reason", "errors", "assignee", "ended_by")}
    return {"task_id": task_id, "ok": False, "code": error.code, "facts": facts}
