"""Give the work back to an earlier step (退回), and take back what one has done (撤回)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from engine import errors as engine_errors
from engine.commands.return_task import ListReturnTargets, ReturnTarget, ReturnTask
from engine.commands.withdraw_completion import WithdrawCompletion, withdrawable
from engine.store.tables import user_task
from engine.store.unit_of_work import Change
from workflows import errors
from workflows.directory import find_actor, names_of
from workflows.jurisdiction import require_task
from workflows.notices import notify
from workflows.policy import Actor, may_take
from workflows.records.letters import draft
from workflows.task_acts import barriers, openings
from workflows.uow import UnitOfWork

POLICIES = {"replay": "中间环节重新办理", "straight_back": "办完直接返回本人"}


@dataclass(frozen=True, slots=True)
class ReturnUserTask:
    """Give an open task of one's own back to an earlier step, to the person who had it, with the earlier answers.

    Raises:
        TaskNotFound, TaskNotOpen, NotAssignee, StaleVersion, TaskHeld, StepNotReturnable.
        FormInvalid: no reason, or an unknown policy.
    """

    task_id: UUID
    actor: Actor
    target: str
    reason: str
    policy: str = "replay"
    scope: int | None = None
    version: int | None = None

    def run(self, uow: UnitOfWork) -> Change:
        """Return it, tell the person, and keep the earlier answers ready."""
        task = uow.task(self.task_id)
        require_task(self.actor, task)
        _require_reason(self.reason, "退回")
        if self.policy not in POLICIES:
            raise errors.FormInvalid(errors=[{"field": "policy", "message": "请选择退回后的办理方式"}])
        before = _last_done(uow, task.instance_id, self.target)
        doer = _doer(uow, before)
        change = ReturnTask(
            self.task_id, self.target, self.actor.login, self.reason.strip(),
            straight_back=self.policy == "straight_back", assignee=doer, scope=self.scope,
            expected_version=self.version, marked=barriers.marked_in(uow, task.instance_id),
            undoing=barriers.undoing_for_return,
        ).run(uow)  # fmt: skip
        for created in change.created:
            if created.waiting.element_id == self.target:
                self._hand_over(uow, created.id, before, doer, task)
        return change

    def _hand_over(self, uow: UnitOfWork, task_id: UUID, before: Any, doer: str | None, task: Any) -> None:
        if before is not None and doer is not None and before.answers:
            keep_draft(uow, task_id, doer, before.answers)
        whom = [doer] if doer else list(uow.task(task_id).candidate_groups)
        text = f"{self.actor.name}从“{task.name}”退回：{self.reason.strip()[:80]}"
        notify(uow, whom, kind="returned", text=text, business_key=task.business_key, task_id=task_id)


def _last_done(uow: UnitOfWork, instance_id: UUID, element: str) -> Any:
    mine = (user_task.c.instance_id == instance_id) & (user_task.c.element_id == element)
    done = select(user_task).where(mine, user_task.c.status == "completed")
    return uow.connection.execute(done.order_by(user_task.c.ended_at.desc(), user_task.c.id.desc())).first()


def _doer(uow: UnitOfWork, task: Any) -> str | None:
    """Return who did a step before, if that person can still do it."""
    person = find_actor(uow, task.ended_by) if task is not None and task.ended_by else None
    if person is None or not may_take(person, task.candidate_groups, task.candidate_users, None):
        return None
    return person.login


def keep_draft(uow: UnitOfWork, task_id: UUID, login: str, answers: Mapping[str, Any]) -> None:
    """Let a person's form begin with these answers."""
    mine = (draft.c.task_id == task_id) & (draft.c.login == login)
    uow.connection.execute(delete(draft).where(mine))
    row = {"task_id": task_id, "login": login, "answers": dict(answers), "version": 1, "saved_at": uow.now}
    uow.connection.execute(insert(draft), row)


@dataclass(frozen=True, slots=True)
class ReturnChoice:
    """One earlier step as a page offers it; ``blocked`` are the words of what forbids it."""

    element_id: str
    name: str
    scope: int
    person: str
    cancels: tuple[tuple[str, str], ...]
    may_come_back: bool
    blocked: tuple[str, ...]


def return_choices(uow: UnitOfWork, actor: Actor, task_id: UUID) -> tuple[ReturnChoice, ...]:
    """Return the earlier steps of an open task, with what would be cancelled, and why some are closed."""
    task = uow.task(task_id)
    require_task(actor, task)
    found = ListReturnTargets(task_id, barriers.marked_in(uow, task.instance_id)).run(uow)
    return tuple(_choice(uow, task.instance_id, one) for one in found)


def _choice(uow: UnitOfWork, instance_id: UUID, found: ReturnTarget) -> ReturnChoice:
    ending = uow.connection.execute(select(user_task).where(user_task.c.id.in_(list(found.cancels)))).all()
    doer = _doer(uow, _last_done(uow, instance_id, found.element_id))
    names = names_of(uow, [name for name in (doer, *(row.assignee for row in ending)) if name])
    blocked = barriers.in_words((one.kind, one.what) for one in found.barriers)
    cancels = tuple((row.name, names.get(row.assignee, "未签收")) for row in ending)
    return ReturnChoice(
        found.element_id, found.name, found.scope, names.get(doer or "", ""), cancels, found.may_come_back, blocked
    )


@dataclass(frozen=True, slots=True)
class WithdrawTask:
    """Take back what one has completed, while nobody has opened or claimed what followed and nothing went out.

    Raises:
        TaskNotFound: it is not the actor's.
        WithdrawalRefused: ``reason`` and ``words`` say why it is too late.
    """

    task_id: UUID
    actor: Actor
    reason: str = "撤回"

    def run(self, uow: UnitOfWork) -> Change:
        """Put the case back, with what was answered as a draft."""
        task = uow.task(self.task_id)
        if task.ended_by != self.actor.login:
            require_task(self.actor, task)
        why = why_not_withdrawn(uow, self.actor, task)
        if why:
            raise engine_errors.WithdrawalRefused(task_id=str(self.task_id), reason=why)
        answers = task.answers
        change = WithdrawCompletion(
            self.task_id, self.actor.login, self.reason.strip() or "撤回", barriers.undoing_for_withdrawal
        ).run(uow)  # fmt: skip
        if answers:
            keep_draft(uow, self.task_id, self.actor.login, answers)
        return change


_WHY = {
    "not-kept": "本环节没有可撤回的记录", "not-mine": "只有办理人本人可以撤回",
    "moved-on": "此后案件又有办理，可请下一环节退回", "taken": "下一环节已签收，可请其退回",
}  # fmt: skip


def why_not_withdrawn(uow: UnitOfWork, actor: Actor, task: Any) -> str:
    """Return in words why a completed task cannot be taken back by a person, or nothing when it can."""
    may, _, _ = withdrawable(uow, task, actor.login)
    if may.reason == "binding":
        return "、".join(barriers.in_words(may.barriers))
    if may.reason:
        return _WHY[may.reason]
    readers = openings.opened_by_others(uow, may.following, actor.login)
    if readers:
        return f"{'、'.join(names_of(uow, readers).get(one, one) for one in readers)}已查看下一环节，可请其退回"
    return ""


def _require_reason(reason: str, act: str) -> None:
    if not reason.strip():
        raise errors.FormInvalid(errors=[{"field": "reason", "message": f"请写明{act}理由"}])
