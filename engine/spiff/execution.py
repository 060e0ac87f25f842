"""One instance in memory during one step: move a token, run to the next rest, see what waits.

Nothing here touches a database, a clock or a file. When a call raises, throw the execution away and
load the state again: nothing of the failed step is kept anywhere.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.spiff import codec
from engine.spiff.cases import CaseWorkflow
from engine.spiff.errors_thrown import throw_code
from engine.spiff.going_back import WayBack, go_back, ways_back
from engine.spiff.model import WaitState
from engine.spiff.moving import move, places
from engine.spiff.rest import wait_state
from engine.spiff.scopes import plain
from engine.spiff.timers import Schedule
from engine.spiff.tokens import Token


class Execution:
    """A case between its last rest and its next.

    ``before`` is what waited when it was loaded, None after a start. Its tokens, element ids, names, due
    instants, keys and attributes are filled; its ``variables``, ``steps`` and ``thrown`` are empty.
    """

    def __init__(self, case: CaseWorkflow, budget: int, *, is_loaded: bool, before: WaitState | None = None) -> None:
        self._case = case
        self._budget = budget
        self._fresh = case.last_number
        self.before = before or (wait_state(case, None) if is_loaded else None)

    def complete_user_task(self, token: int, variables: Mapping[str, object]) -> None:
        """Finish a user task with the variables it brings.

        A boundary timer of the task that is already due does not matter: timers fire only by ``fire_timer``,
        so the person's command wins if it comes first.

        Raises:
            TaskNotOpen: no user task waits under this token.
            VariablesInvalid, ExpressionFailed, StepBudgetExceeded, UncaughtBpmnError.
        """
        found = self._case.tokens.get(token)
        if found is None or found.task_spec.waits != "user" or found.state != TaskState.READY:
            raise errors.TaskNotOpen(token=token)
        found.scope.assign(plain(variables))
        found.run()
        self._run()

    def complete_service_task(self, token: int, variables: Mapping[str, object]) -> None:
        """Finish a service task with the variables its handler answered.

        Raises:
            JobNotDue: no service task waits under this token.
        """
        found = self._waiting(token, "service")
        found.scope.assign(plain(variables))
        found.complete()
        self._run()

    def throw_error(self, token: int, error_code: str, message: str) -> None:
        """Throw a BPMN error at a service task or user task that waits.

        Raises:
            JobNotDue: nothing waits under this token.
            UncaughtBpmnError: nothing in the diagram catches it.
        """
        found = self._case.tokens.get(token)
        if found is None or found.task_spec.waits not in {"service", "user"}:
            raise errors.JobNotDue(token=token)
        throw_code(found, "error", error_code, message)
        self._run()

    def fire_timer(self, token: int) -> None:
        """Let a timer fire, whatever its due instant says: the caller has checked it.

        Raises:
            JobNotDue: no timer waits under this token.
        """
        found = self._waiting(token, "timer")
        found.task_spec.fire(found)
        self._run()

    def move_timer(self, token: int, due_at: datetime) -> None:
        """Let a waiting timer fall due at another instant; its repetitions count from there.

        Raises:
            JobNotDue: no timer waits under this token.
        """
        found = self._waiting(token, "timer")
        schedule = Schedule.from_json(found.internal_data["due"])
        found.internal_data["due"] = Schedule(due_at, schedule.remaining, schedule.interval).to_json()

    def deliver(self, token: int, kind: str, name: str, payload: Mapping[str, object]) -> None:
        """Bring a message or signal to the element that waits for it; its payload becomes variables there.

        Token 0 stands for whichever event subprocess waits for it.

        Raises:
            MessageNotExpected: the element does not wait for it.
        """
        found = self._case.tokens.get(token) if token else self._event_start(kind, name)
        if found is None or found.internal_data.get("event", ())[:2] != [kind, name] or _is_over(found):
            raise errors.MessageNotExpected(token=token, kind=kind, name=name)
        found.task_spec.take(found, plain(payload))
        self._run()

    def move(self, token: int, element: str) -> None:
        """End what waits under a token and begin at another element of the same scope.

        Raises:
            TaskNotOpen: there is no such token.
            ModificationInvalid: it belongs to another activity, or nothing can begin at the element.
        """
        move(self._case, token, element)
        self._run()

    def ways_back(self, token: int, passed: Mapping[int, Collection[str]]) -> tuple[WayBack, ...]:
        """Return where the case may go back to from a user task; ``passed`` are the completed elements by scope.

        Raises:
            TaskNotOpen: no user task waits under this token.
        """
        return ways_back(self._case, token, passed)

    def go_back(self, token: int, way: WayBack, assignee: str | None, straight_to: str | None) -> None:
        """Take one of the ways back; the task there goes to *assignee*.

        With *straight_to* the case comes straight back to the task it left, and to that person, when the work there
        is done.
        """
        go_back(self._case, token, way, assignee, straight_to)
        self._run()

    def marked(self, name: str) -> dict[str, str]:
        """Return the elements whose diagram gives them a property, with its text."""
        specs = self._case.subprocess_specs.values()
        nodes = [one.node for spec in specs for one in spec.task_specs.values() if hasattr(one, "node")]
        return {node.id: node.properties[name] for node in nodes if name in node.properties}

    def follow(self, other: "Execution") -> None:
        """Take the place of another execution of the same case: what it waits for is what ends now."""
        self.before = other.before
        self._case.last_number = self._fresh = max(self._case.last_number, other.last_number)

    @property
    def last_number(self) -> int:
        """The highest number that a token of this case has had."""
        return self._case.last_number

    def places(self) -> Mapping[str, Sequence[str]]:
        """Return where tokens rest, for each process: ``at:element``, or ``flow:id`` at a gateway that joins."""
        return places(self._case)

    def set_variables(self, variables: Mapping[str, object]) -> None:
        """Write variables of the case, beside every open task."""
        self._case.scope.assign(plain(variables))
        self._run()

    def variables_of(self, token: int) -> Mapping[str, object]:
        """Return the variables a token sees.

        Raises:
            TaskNotOpen: there is no such token.
        """
        found = self._case.tokens.get(token)
        if found is None:
            raise errors.TaskNotOpen(token=token)
        return found.scope.flat()

    def wait_state(self) -> WaitState:
        """Return what waits now, with all steps and thrown events since the execution was made."""
        return wait_state(self._case, self._fresh)

    def dump(self) -> bytes:
        """Return the state for ``Runtime.load``."""
        return codec.dumps(self._case)

    def dispose(self) -> None:
        """Break the reference cycles, so that memory returns at once."""
        for workflow in (*self._case.subprocesses.values(), self._case):
            workflow.tasks.clear()
        self._case.tokens.clear()
        self._case.subprocesses.clear()
        self._case.ready.clear()
        self._case.joins.clear()
        self._case.conditions.clear()
        self._case.event_manager.workflow = None

    def run(self) -> None:
        """Run to the first rest, after a start."""
        self._run()

    def _run(self) -> None:
        self._case.run(self._budget)

    def _waiting(self, token: int, what: str) -> Token:
        found = self._case.tokens.get(token)
        if found is None or found.task_spec.waits != what or found.state != TaskState.WAITING:
            raise errors.JobNotDue(token=token)
        return found

    def _event_start(self, kind: str, name: str) -> Token | None:
        waiting: list[Any] = [token for token in self._case.tokens.values() if token.is_passive]
        return next((token for token in waiting if token.internal_data.get("event", ())[:2] == [kind, name]), None)


def _is_over(token: Token) -> bool:
    return bool(token.state != TaskState.WAITING)
