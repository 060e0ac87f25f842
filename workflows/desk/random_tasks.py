"""Tasks of random inspection: the list, the ceremony of the draw, its proof, progress, and published results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, or_, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import errors
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Ask
from workflows.desk.random_plans import RandomPlanDesk
from workflows.desk.random_views import Row, TaskPage, TaskView, lamp_of, view_of
from workflows.draws import Discrepancy, verify_proof
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.jurisdiction import may_complete
from workflows.policy import Actor, require
from workflows.random_checks.ceremony import SECRET
from workflows.random_checks.tasks import LEADERS_OF_TASKS, StartTask
from workflows.random_checks.words import TASK_STATES
from workflows.records.letters import letter
from workflows.records.publication import publication
from workflows.records.random_checks import draw_lot, draw_proof, random_task
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

MOST = 100
SEALING = ("operator_seal", "witness_seal")
_T = random_task.c


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks: of a state, of a leading unit, after a place in the list."""

    state: str = ""
    unit: str = ""
    after: str = ""
    limit: int = 50


class RandomTaskDesk:
    """Answers and moves the tasks."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms
        self._plans = RandomPlanDesk(engine, rulebook, forms)

    def page(self, actor: Actor, wanted: TaskFilter) -> TaskPage:
        """Return the tasks the person may see, the newest first, a page at a time."""

        def read(uow: UnitOfWork) -> TaskPage:
            size = max(1, min(wanted.limit, MOST))
            found = _seen(actor, select(random_task)).order_by(_T.id.desc()).limit(size + 1)
            if wanted.state in TASK_STATES:
                found = found.where(_T.state == wanted.state)
            if wanted.unit:
                found = found.where(_T.unit == wanted.unit)
            if wanted.after:
                found = found.where(_T.id < UUID(wanted.after))
            rows = [dict(row) for row in uow.connection.execute(found).mappings()]
            shown = tuple({**row, "lamp": lamp_of(self._rulebook, row, uow.now)} for row in rows[:size])
            return TaskPage(shown, str(shown[-1]["id"]) if len(rows) > size else "")

        return self._engine.ask(Ask(read))

    def view(self, actor: Actor, key: str) -> TaskView:
        """Return a task by its number, with its draws, what was drawn, and how far it is.

        Raises:
            CaseNotFound: there is none, or it does not concern the person.
        """

        def read(uow: UnitOfWork) -> TaskView:
            row = _task(uow, actor, key)
            open_tasks = uow.connection.execute(
                select(user_task).where(user_task.c.instance_id == row["instance_id"], user_task.c.status == "open")
            ).all()
            mine = {one.element_id: one.id for one in open_tasks if may_complete(actor, one)}
            return view_of(uow, self._rulebook, row, mine)

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return the form of a task ad hoc."""
        require(actor, *LEADERS_OF_TASKS)
        return self._forms.get("random_inspection", "start").fields_for(self._plans.context(actor), answers)

    def start(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Check and begin a task ad hoc; the same key answers a repetition with the first one."""
        require(actor, *LEADERS_OF_TASKS)
        given = self._forms.get("random_inspection", "start").validate(answers, self._plans.context(actor))
        command = StartTask(actor, given, self._rulebook)
        if not key:
            return self._engine.execute(command)
        stamp = fingerprint_of("random_task", answers)
        once = Once(command, actor.login, key, stamp, lambda found: {"business_key": found})
        return str(self._engine.execute(once).result["business_key"])

    def seal(self, actor: Actor, key: str, text: str) -> str:
        """Seal the person's input at the step that is theirs; answers which step it was.

        Raises:
            CaseNotFound: the task does not concern the person.
            NotAllowed: there is nothing for the person to seal now.
            SamePerson: the person has sealed already.
            FormInvalid: the text is too short or too long.
        """
        view = self.view(actor, key)
        step = next((name for name in SEALING if name in view.mine), None)
        if step is None:
            raise errors.NotAllowed(task=key, reason="现在没有由您封存的环节")
        form = self._engine.ask(Ask(lambda uow: self._forms.of_task(uow, uow.task(view.mine[step]))))
        answers = form.validate({SECRET: text}, {})
        self._engine.execute(CompleteUserTask(view.mine[step], actor, answers, self._rulebook))
        return step

    def proof(self, actor: Actor, lot_id: UUID) -> tuple[str, str]:
        """Return the name of a draw and its proof, byte for byte; of a published task everybody may have it.

        Raises:
            CaseNotFound: there is no such draw, or it does not concern the person.
            NotDrawn: it has not taken place yet.
        """

        def read(uow: UnitOfWork) -> tuple[str, str]:
            lot = uow.connection.execute(
                select(draw_lot.c.attempt, _T.business_key, _T.state)
                .join(random_task, _T.id == draw_lot.c.task_id)
                .where(draw_lot.c.id == lot_id)
            ).one_or_none()
            if lot is None or lot.state != "published":
                _task(uow, actor, lot.business_key if lot is not None else "")
            if lot is None:
                raise errors.CaseNotFound(draw=str(lot_id))
            content = uow.connection.scalar(select(draw_proof.c.content).where(draw_proof.c.lot_id == lot_id))
            if content is None:
                raise errors.NotDrawn(draw=str(lot_id))
            return f"{lot.business_key}-{lot.attempt}", str(content)

        return self._engine.ask(Ask(read))

    def verify(self, actor: Actor, lot_id: UUID) -> Discrepancy | None:
        """Repeat a draw from its proof; answers the first discrepancy, or None."""
        return verify_proof(orjson.loads(self.proof(actor, lot_id)[1]))

    def results(self, limit: int = 50, after: str = "") -> TaskPage:
        """Return published results, the newest first; they are open to everybody who is signed in."""

        def read(uow: UnitOfWork) -> TaskPage:
            size = max(1, min(limit, MOST))
            found = select(random_task).where(_T.state == "published").order_by(_T.id.desc()).limit(size + 1)
            if after:
                found = found.where(_T.id < UUID(after))
            rows = [dict(row) for row in uow.connection.execute(found).mappings()]
            queued = _publications(uow, [row["id"] for row in rows])
            shown = tuple({**row, "publications": queued.get(row["id"], ())} for row in rows[:size])
            return TaskPage(shown, str(shown[-1]["id"]) if len(rows) > size else "")

        return self._engine.ask(Ask(read))


def _publications(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    mine = select(publication).where(publication.c.about.in_(ids)).order_by(publication.c.outlet)
    for row in uow.connection.execute(mine).mappings():
        found.setdefault(row["about"], []).append(dict(row))
    return found


def _seen(actor: Actor, statement: Select[Any]) -> Select[Any]:
    if actor.oversees or actor.has("administrator"):
        return statement
    told = select(letter.c.business_key).where(
        letter.c.kind == "random_notice", letter.c.receiver_unit.in_(actor.units)
    )
    mine: ColumnElement[bool] = or_(_T.unit.in_(actor.units), _T.business_key.in_(told))
    return statement.where(mine)


def _task(uow: UnitOfWork, actor: Actor, key: str) -> dict[str, Any]:
    row = uow.connection.execute(_seen(actor, select(random_task).where(_T.business_key == key))).mappings().first()
    if row is None:
        raise errors.CaseNotFound(task=key)
    return dict(row)
