"""Our task specifications and event definitions on SpiffWorkflow's.

Nothing here reads the wall clock, runs a script or calls a service: people, services, timers and
messages are wait states that the commands complete from outside.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.specs.defaults import (
    CallActivity,
    NoneTask,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.feel.values import Months, parse_temporal
from engine.spiff.dialect import Extras, feel_text


def engine_of(task: Any) -> Any:
    """Return the expression engine of a task's workflow."""
    return task.workflow.top_workflow.script_engine


def resolve(task: Any, text: str) -> object:
    """Return a vendor value: FEEL after ``=``, else the text itself."""
    expression = feel_text(text)
    return text if expression is None else engine_of(task).value(task, expression)


class Person(UserTask):  # type: ignore[misc] - SpiffWorkflow is untyped
    """A user task; its attributes are evaluated once, when it begins to wait."""

    extras: Extras = Extras()

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        found = {name: resolve(my_task, text) for name, text in self.extras.attributes.items()}
        found["properties"] = {name: resolve(my_task, text) for name, text in self.extras.properties.items()}
        my_task.internal_data["person"] = found


class Service(UserTask):  # type: ignore[misc]
    """A service task: waits until the job runner or a recorder completes it."""

    extras: Extras = Extras()

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        found = {name: resolve(my_task, text) for name, text in self.extras.properties.items()}
        my_task.internal_data["service"] = found


class Decision(NoneTask):  # type: ignore[misc]
    """A business rule task: evaluates a DMN decision at once."""

    extras: Extras = Extras()
    model: Any = None

    def _run_hook(self, my_task: Any) -> bool:
        engine = engine_of(my_task)
        key = self.extras.attributes["decisionRef"]
        data = {**my_task.data, "business_key": engine.business_key}
        result = self.model.evaluate(key, data, engine.bound_functions(my_task))
        my_task.data[self.extras.attributes.get("resultVariable", key)] = result.value
        my_task.internal_data["decided"] = {"decision": key, "rules": list(result.matched_rules), "value": result.value}
        return True


class Call(CallActivity):  # type: ignore[misc]
    """A call activity; only what its mapping names goes in and out."""

    extras: Extras = Extras()

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """Give the called process its variables."""
        start = next(task for task in subworkflow.tasks.values() if task.task_spec.name == "Start")
        start.set_data(**_mapped(my_task, my_task.data, self.extras.mapped_in))

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """Take the results back."""
        my_task.data = {**my_task.data, **_mapped(my_task, subworkflow.last_task.data, self.extras.mapped_out)}


def _mapped(task: Any, data: dict[str, object], lines: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for line in lines:
        if line.source == "*":
            found |= data
        else:
            text = line.source.removeprefix("=").strip()
            found[line.target] = engine_of(task).value_of(data, text, task)
    return found


class _Counting:
    """What parallel and sequential multi-instance share: collections, counters, results in order."""

    collection: str | None = None
    element_variable: str | None = None
    count_text: str | None = None
    until: str | None = None
    output_collection: str | None = None
    output_element: str | None = None

    def items(self, my_task: Any) -> list[object]:
        """Return what to iterate over."""
        engine = engine_of(my_task)
        if self.collection is not None:
            found = engine.value(my_task, self.collection)
            if not isinstance(found, list):
                raise errors.ExpressionFailed(element=self.name, text=self.collection, reason="is no list")  # type: ignore[attr-defined]
            return found
        number = engine.value(my_task, self.count_text or "0")
        if not isinstance(number, int) or number < 0:
            raise errors.ExpressionFailed(element=self.name, text=self.count_text, reason="is no count")  # type: ignore[attr-defined]
        return list(range(1, number + 1))

    def start_child(self, my_task: Any, index: int, item: object) -> None:
        """Start one instance of the body."""
        spec = my_task.workflow.spec.task_specs[self.task_spec]  # type: ignore[attr-defined]
        child = my_task._add_child(spec, TaskState.WAITING)
        child.triggered = True
        child.internal_data["index"] = index
        child.data = {**my_task.data, "loopCounter": index}
        if self.element_variable:
            child.data[self.element_variable] = item
        child.task_spec._update(child)

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """Take over what one finished instance changed; its own item stays inside."""
        my_task = child.parent
        own = {"loopCounter", self.element_variable}
        start = my_task.data
        changed = {k: v for k, v in child.data.items() if k not in own and (k not in start or start[k] != v)}
        if self.output_collection:
            found = engine_of(my_task).value(child, self.output_element or self.element_variable or "null")
            done = my_task.internal_data.setdefault("outputs", {})
            done[str(child.internal_data["index"])] = found
            changed[self.output_collection] = [done[key] for key in sorted(done, key=int)]
        my_task.data = {**my_task.data, **changed}
        my_task.internal_data["done"] = my_task.internal_data.get("done", 0) + 1
        self.after_child(my_task, child)

    def running(self, my_task: Any, finished: Any) -> list[Any]:
        """Return the instances that are not finished; what follows the body is none of them."""
        return [
            task
            for task in my_task.children
            if task is not finished and "index" in task.internal_data and not task.has_state(TaskState.FINISHED_MASK)
        ]

    def is_complete(self, my_task: Any, child: Any) -> bool:
        """Tell whether all instances are done, or the completion condition holds."""
        done, total = my_task.internal_data["done"], my_task.internal_data["total"]
        if done >= total:
            return True
        if self.until is None:
            return False
        active = len(self.running(my_task, child))
        counters = {"nrOfInstances": total, "nrOfCompletedInstances": done, "nrOfActiveInstances": active}
        return engine_of(my_task).value(my_task, self.until, {**child.data, **my_task.data, **counters}) is True

    def after_child(self, my_task: Any, child: Any) -> None:
        """Go on after one instance."""
        raise errors.AppError


class ParallelBody(_Counting, ParallelMultiInstanceTask):  # type: ignore[misc]
    """Runs the body for all items at once."""

    def _update_hook(self, my_task: Any) -> bool | None:
        if my_task.internal_data.get("total") is not None:
            return None
        my_task._inherit_data()
        items = self.items(my_task)
        my_task.internal_data |= {"total": len(items), "done": 0}
        if not items:
            if self.output_collection:
                my_task.data[self.output_collection] = []
            return True
        my_task._set_state(TaskState.STARTED)
        for index, item in enumerate(items, 1):
            self.start_child(my_task, index, item)
        return None

    def after_child(self, my_task: Any, child: Any) -> None:
        """End when all are done; end the others when the condition holds."""
        if not self.is_complete(my_task, child):
            return
        for other in self.running(my_task, child):
            other.cancel()
        my_task._set_state(TaskState.READY)


class SequentialBody(_Counting, SequentialMultiInstanceTask):  # type: ignore[misc]
    """Runs the body for one item after the other."""

    def _update_hook(self, my_task: Any) -> bool | None:
        if my_task.internal_data.get("total") is not None:
            return None
        my_task._inherit_data()
        items = self.items(my_task)
        my_task.internal_data |= {"total": len(items), "done": 0, "items": items}
        if not items:
            if self.output_collection:
                my_task.data[self.output_collection] = []
            return True
        my_task._set_state(TaskState.STARTED)
        self.start_child(my_task, 1, items[0])
        return None

    def after_child(self, my_task: Any, child: Any) -> None:
        """Start the next item, or end."""
        if self.is_complete(my_task, child):
            my_task._set_state(TaskState.READY)
            return
        index = my_task.internal_data["done"]
        self.start_child(my_task, index + 1, my_task.internal_data["items"][index])


class Awaited(EventDefinition):  # type: ignore[misc]
    """A message or signal to wait for; only a command delivers it."""

    def __init__(self, kind: str, name: str, extras: Extras) -> None:
        super().__init__(name)
        self.kind = kind
        self.extras = extras

    def catches(self, _my_task: Any, _event: Any) -> bool:
        """Never catch what SpiffWorkflow throws around inside an instance."""
        return False

    def update_task(self, my_task: Any) -> None:
        """Evaluate the correlation key once, as the wait begins."""
        if "key" not in my_task.internal_data:
            text = self.extras.properties.get("correlationKey")
            value = None if text is None else resolve(my_task, text if text.startswith("=") else f"={text}")
            my_task.internal_data["key"] = None if value is None else str(value)

    def update_task_data(self, my_task: Any) -> None:
        """Merge the payload into the token."""
        my_task.data = {**my_task.data, **my_task.internal_data.get("payload", {})}

    def reset(self, my_task: Any) -> None:
        """Forget that it was received."""
        for key in ("event_fired", "payload", "key"):
            my_task.internal_data.pop(key, None)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = EventDefinition.__hash__


class Thrown(EventDefinition):  # type: ignore[misc]
    """A message or signal that leaves the instance."""

    def __init__(self, kind: str, name: str, extras: Extras) -> None:
        super().__init__(name)
        self.kind = kind
        self.extras = extras

    def throw(self, my_task: Any) -> None:
        """Keep it for the commands to send in the same transaction."""
        properties = self.extras.properties
        payload = resolve(my_task, _as_feel(properties["payload"])) if "payload" in properties else {}
        key = resolve(my_task, _as_feel(properties["correlationKey"])) if "correlationKey" in properties else None
        my_task.workflow.top_workflow.thrown.append(
            {
                "element_id": my_task.task_spec.bpmn_id,
                "kind": self.kind,
                "name": self.name,
                "correlation_key": None if key is None else str(key),
                "payload": payload if isinstance(payload, dict) else {"value": payload},
                "optional": properties.get("optional") == "true",
            }
        )


def _as_feel(text: str) -> str:
    return text if text.startswith("=") else f"={text}"


class Raised(EventDefinition):  # type: ignore[misc]
    """An error or escalation: finds the nearest boundary event that catches its code."""

    def __init__(self, kind: str, name: str | None, code: str | None) -> None:
        super().__init__(name)
        self.kind = kind
        self.code = code

    def catches(self, _my_task: Any, _event: Any) -> bool:
        """Never catch what SpiffWorkflow throws around inside an instance."""
        return False

    def throw(self, my_task: Any) -> None:
        """Raise it from an end or throw event, outwards from its subprocess."""
        raise_outwards(my_task, self.kind, self.code, dict(my_task.data))

    def update_task_data(self, my_task: Any) -> None:
        """Merge the payload into the token."""
        my_task.data = {**my_task.data, **my_task.internal_data.get("payload", {})}

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = EventDefinition.__hash__


def raise_outwards(task: Any, kind: str, code: str | None, payload: dict[str, object]) -> bool:
    """Hand an error or escalation to the nearest boundary event; a matching code goes before a catch-all.

    Raises:
        UncaughtBpmnError: an error that nothing catches; an uncaught escalation ends quietly.
    """
    host = task
    while host is not None:
        for catcher in _catchers(host, kind, code):
            catcher.internal_data |= {"event_fired": True, "payload": payload}
            catcher.task_spec._update(catcher)
            return True
        parent_id = getattr(host.workflow, "parent_task_id", None)
        if host.parent is not None and "index" in host.internal_data:
            host = host.parent  # an instance of a multi-instance body: its boundary events hang on the body
        else:
            host = host.workflow.top_workflow.get_task_from_id(parent_id) if parent_id is not None else None
    if kind == "error":
        raise errors.UncaughtBpmnError(error_code=code, element=task.task_spec.bpmn_id)
    return False


def _catchers(host: Any, kind: str, code: str | None) -> list[Any]:
    parent = host.parent
    if parent is None or not parent.task_spec.name.endswith(".BoundaryEventSplit"):
        return []
    found = [
        sibling
        for sibling in parent.children
        if sibling is not host
        and sibling.state == TaskState.WAITING
        and isinstance(getattr(sibling.task_spec, "event_definition", None), Raised)
        and sibling.task_spec.event_definition.kind == kind
        and sibling.task_spec.event_definition.code in (code, None)
    ]
    return sorted(found, key=lambda sibling: sibling.task_spec.event_definition.code is None)


class DueTimer(TimerEventDefinition):  # type: ignore[misc]
    """A timer with one instant: fixed when the wait begins, fired by a command only."""

    def has_fired(self, my_task: Any) -> bool:
        """Tell whether the command has fired it; the first call fixes the instant."""
        if "due" not in my_task.internal_data:
            engine = engine_of(my_task)
            value = engine.value(my_task, self.expression.strip().removeprefix("="))
            my_task.internal_data["due"] = instant_of(value, engine.now, self.name).isoformat()
        return bool(my_task.internal_data.get("event_fired"))

    def reset(self, my_task: Any) -> None:
        """Forget the instant."""
        my_task.internal_data.pop("due", None)
        my_task.internal_data.pop("event_fired", None)


class CycleTimer(CycleTimerEventDefinition):  # type: ignore[misc]
    """A timer that repeats: ``R3/PT1H``, ``R/P1D``; missed repetitions after an outage fire once."""

    limits: ClassVar[dict[str, str]] = {}

    def has_fired(self, my_task: Any) -> bool:
        """Tell whether all repetitions are over; the first call fixes the first instant."""
        if "due" not in my_task.internal_data and not my_task.internal_data.get("event_fired"):
            text = self.expression.strip().removeprefix("=").strip().strip('"')
            head, _, interval = text.partition("/")
            length = parse_temporal(interval)
            if not head.startswith("R") or not isinstance(length, timedelta) or length <= timedelta():
                raise errors.ExpressionFailed(
                    element=self.name, text=self.expression, reason="is no cycle like R3/PT1H"
                )
            left = int(head[1:]) if head[1:] else -1
            due = engine_of(my_task).now + length
            my_task.internal_data |= {"due": due.isoformat(), "left": left, "every": length.total_seconds()}
        return bool(my_task.internal_data.get("event_fired"))

    def cycle_complete(self, my_task: Any) -> bool:
        """Tell whether one repetition is to run now, and set the next instant."""
        data = my_task.internal_data
        if not data.pop("fire_once", False):
            return False
        now, every = engine_of(my_task).now, timedelta(seconds=data["every"])
        due = datetime.fromisoformat(data["due"]) + every
        if due < now:
            due += every * ((now - due) // every)
        data["due"] = due.isoformat()
        if data["left"] > 0:
            data["left"] -= 1
        if data["left"] == 0:
            data["event_fired"] = True
            data.pop("due")
        return True

    def reset(self, my_task: Any) -> None:
        """Forget the instants."""
        for key in ("due", "left", "every", "fire_once"):
            my_task.internal_data.pop(key, None)


def instant_of(value: object, now: datetime, element: str) -> datetime:
    """Return the instant a timer's value means: an ISO instant or date, or a duration from *now*.

    Raises:
        ExpressionFailed: the value is neither.
    """
    found = parse_temporal(value) if isinstance(value, str) else value
    if isinstance(found, timedelta):
        return now + found
    if isinstance(found, Months):
        raise errors.ExpressionFailed(element=element, reason="months have no fixed length; use days or due(…)")
    if isinstance(found, datetime):
        return found.astimezone(UTC)
    if found is not None and hasattr(found, "isoformat") and len(str(found)) == 10:
        return datetime.fromisoformat(f"{found}T00:00:00+00:00")
    raise errors.ExpressionFailed(element=element, reason=f"not an instant or a duration: {value!r}")
