"""One task: read it, why it came, claim, release, transfer, keep a draft, complete."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine import errors as engine_errors
from engine.commands.claim_task import AssignTask, ClaimTask, ReleaseTask
from engine.commands.complete_task import TaskCompleted
from engine.commands.idempotency import Answer, Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import catalog, errors
from workflows.clauses import Clause, Clauses
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Ask, ClockView, Do, clock_view
from workflows.desk.called import elements_of
from workflows.desk.site_evidence import evidence_of_task
from workflows.desk.task_facts import facts_of
from workflows.directory import all_units, colleagues_of, find_actor, members_of, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.jurisdiction import may_complete, may_see_task, takeable
from workflows.notices import notify
from workflows.policy import APPROVERS, ROLES, Actor, may_take, require
from workflows.records.clocks import running_limit
from workflows.records.letters import draft
from workflows.rulebook import Rulebook
from workflows.task_acts.barriers import is_checked
from workflows.uow import UnitOfWork, local_day_of
from workflows.worklist.words import describe


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody answered at an earlier step of the same case."""

    step: str
    person: str
    at: datetime
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with its form, as a page shows it."""

    id: UUID
    business_key: str
    process: str
    title: str
    subtitle: str
    element_id: str
    step: str
    status: str
    assignee: str | None
    assignee_name: str
    version: int
    may_complete: bool
    fields: tuple[FieldView, ...]
    clock: ClockView | None
    clauses: tuple[Clause, ...]
    facts: tuple[tuple[str, str], ...]
    opinions: tuple[Opinion, ...]
    why: str
    draft_saved_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    is_irreversible: bool
    evidence: tuple[str, str] | None


class TaskDesk:
    """Acts on user tasks."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._clauses = clauses
        self._forms = forms

    def view(self, actor: Actor, task_id: UUID, answers: Mapping[str, Any] | None = None) -> TaskView:
        """Return a task; *answers* (refused ones) go before the draft.

        Raises:
            TaskNotFound: there is none, or it is not the actor's to see.
        """
        return self._engine.ask(Ask(lambda uow: self._view(uow, actor, task_id, answers)))

    def task_context(self, actor: Actor, task: Any) -> dict[str, Any]:
        """Return what the form of a task may read, with the choices that its process offers now."""
        return self._engine.ask(Ask(lambda uow: self._context_of(uow, actor, task)))

    def general_context(self, actor: Actor) -> dict[str, Any]:
        """Return what a form may read in any case: the units, the areas, the person, the day."""
        return self._engine.ask(Ask(lambda uow: self._context(uow, actor, {})))

    def _context_of(self, uow: UnitOfWork, actor: Actor, task: Any) -> dict[str, Any]:
        context = self._context(uow, actor, task.variables)
        offer = catalog.offer_of(task.definition_key, task.element_id)
        return context | dict(offer(uow, task.variables)) if offer else context

    def _context(self, uow: UnitOfWork, actor: Actor, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a form's expressions may read: the task's variables, the units and the person."""
        units, members = all_units(uow), colleagues_of(uow, actor.unit)
        listed = [
            {"value": unit.code, "label": unit.name, "kind": unit.kind, "area": unit.area, "level": unit.level}
            for unit in units
        ]
        now = uow.now
        areas = [{"value": code, "label": name} for code, name in self._rulebook.city.divisions.items()]
        return {
            **variables, "units": listed, "areas": areas, "actor_name": actor.name, "actor_area": actor.area,
            "actor_unit": actor.unit, "actor_login": actor.login, "members": members,
            "today": local_day_of(now).isoformat(), "now": now.isoformat(),
        }  # fmt: skip

    def _row(self, uow: UnitOfWork, actor: Actor, task_id: UUID) -> Any:
        row = uow.task(task_id)
        allowed = may_see_task(actor, row)
        if not allowed and not actor.oversees and row.ended_by != actor.login:
            raise engine_errors.TaskNotFound(task_id=str(task_id))
        return row

    def _view(self, uow: UnitOfWork, actor: Actor, task_id: UUID, answers: Mapping[str, Any] | None) -> TaskView:
        row = self._row(uow, actor, task_id)
        kept = uow.connection.execute(
            select(draft).where(draft.c.task_id == task_id, draft.c.login == actor.login)
        ).one_or_none()
        given = answers if answers is not None else (row.answers if row.status == "completed" else None)
        given = given if given is not None else (kept.answers if kept else None)
        context = self._context_of(uow, actor, row)
        clock = uow.connection.execute(select(running_limit).where(running_limit.c.task_id == task_id)).one_or_none()
        title, subtitle = describe(row.variables)
        names = names_of(uow, [name for name in (row.assignee, row.ended_by) if name])
        may = may_complete(actor, row)
        return TaskView(
            row.id, row.business_key, catalog.TITLES.get(row.definition_key, ""), title, subtitle, row.element_id,
            row.name, row.status, row.assignee, names.get(row.assignee or "", ""), row.version, may,
            self._forms.of_task(uow, row).fields_for(context, given),
            clock_view(self._rulebook, clock, uow.now) if clock else None,
            self._clauses_of(uow, row), facts_of(row.variables), self._opinions(uow, actor, row),
            self._why(uow, actor, row),
            kept.saved_at if kept else None, row.ended_at, names.get(row.ended_by or "", ""),
            is_checked(row.element_id), evidence_of_task(row.definition_key, row.element_id, row.variables),
        )  # fmt: skip

    def _clauses_of(self, uow: UnitOfWork, row: Any) -> tuple[Clause, ...]:
        ids = elements_of(uow, row.instance_id).get(row.element_id, {}).get("clauses", [])
        return tuple(self._clauses.get(key) for key in ids if self._clauses.exists(key))

    def _opinions(self, uow: UnitOfWork, actor: Actor, row: Any) -> tuple[Opinion, ...]:
        rows = uow.connection.execute(
            select(user_task)
            .where(user_task.c.instance_id == row.instance_id, user_task.c.status == "completed")
            .order_by(user_task.c.ended_at.desc())
            .limit(5)
        ).all()
        names, context = names_of(uow, [found.ended_by for found in rows]), self._context(uow, actor, {})
        self._forms.read_ahead(uow, rows)
        return tuple(
            Opinion(
                found.name, names.get(found.ended_by, found.ended_by), found.ended_at,
                self._answered(uow, found, {**found.variables, **context}),
            )
            for found in rows
        )  # fmt: skip

    def _answered(self, uow: UnitOfWork, row: Any, context: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        try:
            return self._forms.of_task(uow, row).readable(row.answers or {}, context)
        except errors.UnknownForm:
            return ()

    def _why(self, uow: UnitOfWork, actor: Actor, row: Any) -> str:
        group = next((group for group in row.candidate_groups if group in actor.groups), "")
        unit, _, role = group.rpartition("/")
        units = {found.code: found.short_name for found in all_units(uow)}
        if not group:
            return "您以监督身份查看此任务。"
        reason = f"流程“{catalog.TITLES.get(row.definition_key, '')}”到达“{row.name}”，由{units.get(unit, unit)}的"
        return f"{reason}{ROLES.get(role, role)}办理；您具有此角色。"

    def claim(self, actor: Actor, task_id: UUID) -> None:
        """Claim a task for oneself."""

        def act(uow: UnitOfWork) -> None:
            takeable(uow, actor, task_id)
            ClaimTask(task_id, actor.login).run(uow)

        self._engine.execute(Do(act))

    def release(self, actor: Actor, task_id: UUID) -> None:
        """Give a claimed task back."""

        def act(uow: UnitOfWork) -> None:
            takeable(uow, actor, task_id)
            ReleaseTask(task_id, actor.login).run(uow)

        self._engine.execute(Do(act))

    def assign(self, actor: Actor, task_id: UUID, login: str, reason: str) -> None:
        """Make a colleague who may take it responsible (转办); heads and overseers may do so, and the assignee.

        Raises:
            FormInvalid: the colleague may not take the task, or the reason is missing.
        """

        def act(uow: UnitOfWork) -> None:
            row = takeable(uow, actor, task_id)
            if row.assignee != actor.login:
                require(actor, *APPROVERS)
            other = find_actor(uow, login)
            if other is None or not may_take(other, row.candidate_groups, row.candidate_users, None):
                raise errors.FormInvalid(errors=[{"field": "login", "message": "此人不在本任务的候选范围内"}])
            if not reason.strip():
                raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明转办理由"}])
            AssignTask(task_id, login, actor.login, reason).run(uow)
            if login != actor.login:
                text = f"{actor.name}转办给您：{row.name}（{reason.strip()[:80]}）"
                notify(uow, [login], kind="assigned", text=text, business_key=row.business_key, task_id=task_id)

        self._engine.execute(Do(act))

    def colleagues(self, actor: Actor, task_id: UUID) -> tuple[tuple[str, str], ...]:
        """Return login and name of the others who may take the task."""

        def read(uow: UnitOfWork) -> tuple[tuple[str, str], ...]:
            row = takeable(uow, actor, task_id)
            others = [login for login in members_of(uow, row.candidate_groups) if login != actor.login]
            return tuple((login, name) for login, name in names_of(uow, others).items() if login != "system")

        return self._engine.ask(Ask(read))

    def check(self, actor: Actor, task_id: UUID, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the checked answers without doing anything; those for an ended task are left as they are.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
        """

        def read(uow: UnitOfWork) -> dict[str, Any]:
            row = takeable(uow, actor, task_id)
            if row.status != "open":
                return dict(answers)
            return self._forms.of_task(uow, row).validate(answers, self._context_of(uow, actor, row))

        return self._engine.ask(Ask(read))

    def complete(
        self, actor: Actor, task_id: UUID, answers: Mapping[str, Any], *, version: int | None = None, key: str = ""
    ) -> Answer:
        """Check the answers and complete the task; the same key answers a repetition with the first result.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy; nothing is lost.
        """
        checked = self.check(actor, task_id, answers)
        command = CompleteUserTask(task_id, actor, checked, self._rulebook, version)
        once = Once(command, actor.login, key, fingerprint_of("task", str(task_id), answers), _encode)
        return self._engine.execute(once) if key else Answer(_encode(self._engine.execute(command)), was_replayed=False)

    def save_draft(self, actor: Actor, task_id: UUID, answers: Mapping[str, Any]) -> datetime:
        """Keep unfinished answers; answers when.

        Raises:
            TaskNotOpen: it was completed or cancelled.
            FormInvalid: they are none to this form; wrong or missing ones are kept.
        """

        def act(uow: UnitOfWork) -> datetime:
            row = takeable(uow, actor, task_id)
            if row.status != "open":
                raise engine_errors.TaskNotOpen(task_id=str(task_id), status=row.status)
            kept = self._forms.of_task(uow, row).draft(answers)
            same = (draft.c.task_id == task_id) & (draft.c.login == actor.login)
            values = {"answers": kept, "saved_at": uow.now, "version": draft.c.version + 1}
            if uow.connection.execute(update(draft).where(same).values(**values)).rowcount == 0:
                fresh = {"task_id": task_id, "login": actor.login, "answers": kept, "version": 1,
                         "saved_at": uow.now}  # fmt: skip
                uow.connection.execute(insert(draft), fresh)
            return uow.now

        return self._engine.execute(Do(act))


def _encode(done: TaskCompleted) -> dict[str, object]:
    return {
        "task_id": str(done.task_id), "business_key": done.business_key, "status": done.status,
        "next_tasks": [str(task) for task in done.next_tasks],
    }  # fmt: skip
