"""One instance in memory: a pure step from one wait state to the next."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.spiff import codec, patches, specs, waiting
from engine.spiff.expressions import FeelEngine, Functions
from engine.spiff.model import StartTrigger, Step, ThrownEvent, WaitState
from engine.spiff.parser import Compiled
from engine.spiff.prune import prune


class Execution:
    """Moves the tokens of one instance; throw it away after an exception.

    ``before`` is what waited when it was loaded, None after a start.
    """

    def __init__(self, compiled: Compiled, engine: FeelEngine, *, step_budget: int) -> None:
        self.compiled = compiled
        self.before: WaitState | None = None
        self._engine = engine
        self._budget = step_budget
        self._number = 0
        self._order = 0
        self._steps: list[Step] = []
        self._workflow: Any = None

    # made by the runtime

    @classmethod
    def started(
        cls, compiled: Compiled, engine: FeelEngine, variables: Mapping[str, object],
        trigger: StartTrigger | None, step_budget: int,
    ) -> "Execution":  # fmt: skip
        """Return a new instance, run to its first wait state."""
        self = cls(compiled, engine, step_budget=step_budget)
        self._take_over()
        self._workflow = BpmnWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=engine)
        self._workflow.thrown = []
        self._workflow.task_tree.data = dict(variables)
        self._run()
        if trigger is not None and trigger.kind in ("message", "signal"):
            self._trigger(trigger, variables)
        return self

    @classmethod
    def loaded(cls, compiled: Compiled, engine: FeelEngine, state: bytes, step_budget: int) -> "Execution":
        """Return a stored instance, ready for one command."""
        self = cls(compiled, engine, step_budget=step_budget)
        self._take_over()
        self._workflow, (self._number, self._order) = codec.loads(compiled, state, engine)
        self.before = waiting.wait_state(self._workflow, (), ())
        return self

    def _take_over(self) -> None:
        patches.allocate_with(self._next_number, self._next_order)

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _trigger(self, trigger: StartTrigger, variables: Mapping[str, object]) -> None:
        for task in self._workflow.tasks.values():
            if task.task_spec.name == trigger.element_id and task.state == TaskState.WAITING:
                self._receive(task, dict(variables))
                return
        raise errors.DefinitionNotFound(element=trigger.element_id, reason="no such start event")

    # what commands do

    def complete_user_task(self, token: int, variables: Mapping[str, object]) -> None:
        """Finish a user task with its answers and run on.

        The person's command came first: a boundary timer that is already due, but has not been fired,
        does not win over it.

        Raises:
            TaskNotOpen: the token does not wait as a user task.
        """
        task = self._waiting(token, specs.Person)
        if task is None:
            raise errors.TaskNotOpen(token=token)
        self._finish(task, variables)

    def complete_service_task(self, token: int, variables: Mapping[str, object]) -> None:
        """Finish a service task with its result and run on, or raise ``JobNotDue``."""
        task = self._waiting(token, specs.Service)
        if task is None:
            raise errors.JobNotDue(token=token)
        self._finish(task, variables)

    def throw_error(self, token: int, error_code: str, message: str) -> None:
        """Throw a BPMN error at a waiting service task.

        Raises:
            JobNotDue: it does not wait.
            UncaughtBpmnError: nothing in the diagram catches the error.
        """
        task = self._waiting(token, specs.Service)
        if task is None:
            raise errors.JobNotDue(token=token)
        payload: dict[str, object] = {"error_code": error_code, "error_message": message}
        specs.raise_outwards(task, "error", error_code, payload)
        self._run()

    def fire_timer(self, token: int) -> None:
        """Let a waiting timer fire, whatever its instant; the caller has checked that it is due."""
        task = self._waiting_event(token, (specs.DueTimer, specs.CycleTimer))
        self._steps.append(Step(task.task_spec.bpmn_id, token, "fired"))
        if isinstance(task.task_spec.event_definition, specs.CycleTimer):
            task.internal_data["fire_once"] = True
        else:
            task.internal_data["event_fired"] = True
        task.task_spec._update(task)
        self._run()

    def move_timer(self, token: int, due_at: datetime) -> None:
        """Give a waiting timer another instant."""
        task = self._waiting_event(token, (specs.DueTimer, specs.CycleTimer))
        task.internal_data["due"] = due_at.astimezone(UTC).isoformat()

    def deliver(self, token: int, kind: str, name: str, payload: Mapping[str, object]) -> None:
        """Hand a message or signal to the token that waits for it, or raise ``MessageNotExpected``."""
        task = self._workflow.get_task_from_id(token)
        awaited = getattr(task.task_spec, "event_definition", None) if task is not None else None
        awaited = waiting.awaited_of(task) if task is not None else awaited
        if awaited is None or task.state != TaskState.WAITING or (awaited.kind, awaited.name) != (kind, name):
            raise errors.MessageNotExpected(token=token, name=name)
        self._receive(task, dict(payload))

    def set_variables(self, variables: Mapping[str, object]) -> None:
        """Change variables in every token that is not finished, and for all that follows."""
        for part in (self._workflow, *self._workflow.subprocesses.values()):
            for task in part.tasks.values():
                if not task.has_state(TaskState.FINISHED_MASK) or task._parent is None:
                    task.data = {**task.data, **variables}

    def variables_of(self, token: int) -> Mapping[str, object]:
        """Return the variables a token sees."""
        task = self._workflow.get_task_from_id(token)
        if task is None:
            raise errors.TaskNotOpen(token=token)
        return dict(task.data)

    def wait_state(self) -> WaitState:
        """Return everything that waits now, and all that happened since it was loaded."""
        thrown = tuple(ThrownEvent(**event) for event in self._workflow.thrown)
        return waiting.wait_state(self._workflow, thrown, tuple(self._steps))

    def dump(self) -> bytes:
        """Return the state to store."""
        prune(self._workflow)
        return codec.dumps(self._workflow, (self._number, self._order))

    def dispose(self) -> None:
        """Break reference cycles, so that memory is given back at once."""
        workflow, self._workflow = self._workflow, None
        if workflow is None:
            return
        for part in (*workflow.subprocesses.values(), workflow):
            for task in part.tasks.values():
                task.workflow = None
            part.tasks.clear()
            part.task_tree = None
        workflow.subprocesses.clear()
        workflow.event_manager.tasks.clear()
        workflow.event_manager.workflow = None

    # inside

    def _waiting(self, token: int, kind: type) -> Any:
        task = self._workflow.get_task_from_id(token)
        fits = task is not None and task.state == TaskState.READY and isinstance(task.task_spec, kind)
        return task if fits else None

    def _waiting_event(self, token: int, kinds: tuple[type, ...]) -> Any:
        task = self._workflow.event_manager.tasks.get(token)
        if task is None or task.state != TaskState.WAITING or not isinstance(task.task_spec.event_definition, kinds):
            raise errors.JobNotDue(token=token)
        return task

    def _finish(self, task: Any, variables: Mapping[str, object]) -> None:
        self._take_over()
        task.data = {**task.data, **variables}
        task.internal_data.pop("person", None)
        task.internal_data.pop("service", None)
        self._completed(task)
        task.run()
        self._run()

    def _receive(self, task: Any, payload: dict[str, object]) -> None:
        self._take_over()
        self._steps.append(Step(task.task_spec.bpmn_id, task.id, "fired"))
        task.internal_data |= {"event_fired": True, "payload": payload}
        task.task_spec._update(task)
        self._run()

    def _completed(self, task: Any) -> None:
        self._budget -= 1
        if self._budget < 0:
            raise errors.StepBudgetExceeded(process=self.compiled.process_key)
        element = getattr(task.task_spec, "bpmn_id", None)
        if element is None or "index" in task.internal_data and isinstance(task.task_spec, specs.Person):
            return
        decided = task.internal_data.pop("decided", None)
        self._steps.append(Step(element, task.id, "decided" if decided else "completed", decided or {}))

    def _run(self) -> None:
        self._take_over()
        workflow = self._workflow
        while workflow._do_engine_steps(did_complete_task=self._completed):
            pass
