"""Walks a diagram in memory: real tables and forms, stub recorders, no database."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.commands.deployed_files import bundle_of
from engine.spiff.model import Resource, StartTrigger, WaitState
from engine.spiff.runtime import Runtime
from workflows.form_book import FormBook

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNITS = [
    {"value": "NR-1", "label": "用途管制科", "kind": "natural_resources"},
    {"value": "NR-2", "label": "建设工程科", "kind": "natural_resources"},
    {"value": "UM-1", "label": "城管中队", "kind": "urban_management"},
]
REFERENCE = {"units": UNITS, "areas": ["370402"], "today": "2026-03-02", "now": NOW.isoformat(), "actor_name": "王芳"}
Recorder = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def due(limit: str, start: str | None = None) -> str:
    """Stand in for the city's limits: every limit is two days."""
    return (datetime.fromisoformat(start or NOW.isoformat()).replace(tzinfo=UTC) + timedelta(days=2)).isoformat()


def warn(limit: str, start: str | None = None) -> str:
    """Stand in for the yellow lamp: one day."""
    return (datetime.fromisoformat(start or NOW.isoformat()).replace(tzinfo=UTC) + timedelta(days=1)).isoformat()


def runtime() -> Runtime:
    """Return an engine that knows the functions of the diagrams."""
    return Runtime({"due": due, "warn": warn})


def files() -> list[Resource]:
    """Return everything officials deploy."""
    paths = sorted(path for kind in ("bpmn", "dmn") for path in BPMN.glob(f"*/*.{kind}"))
    return [Resource(path.name, path.read_bytes()) for path in paths]


class Walk:
    """One case, saved and loaded between any two steps."""

    forms = FormBook.load(BPMN)

    def __init__(self, key: str, recorders: Mapping[str, Recorder]) -> None:
        self.key, self.runtime, self.recorders = key, runtime(), recorders
        known = {summary.key: summary for summary in self.runtime.summarise(files())}
        self.definition = self.runtime.compile(bundle_of(key, known, files()))
        self.thrown: list[Any] = []
        self.recorded: list[str] = []

    def start(self, variables: Mapping[str, Any], trigger: StartTrigger | None = None) -> "Walk":
        """Start the case."""
        self._keep(self.runtime.start(
            self.definition, now=NOW, business_key="K1", variables=variables, trigger=trigger
        ))  # fmt: skip
        return self

    def complete(self, element: str, answers: Mapping[str, Any], which: int = 0) -> None:
        """Answer the form of an open task and complete it."""
        task = [task for task in self.rest.user_tasks if task.element_id == element][which]
        execution = self._load()
        seen = {**REFERENCE, **execution.variables_of(task.token)}
        execution.complete_user_task(task.token, self.forms.get(self.key, element).validate(answers, seen))
        self._keep(execution)

    def fire(self, element: str) -> None:
        """Let a timer fall due."""
        timer = next(timer for timer in self.rest.timers if timer.element_id == element)
        execution = self._load()
        execution.fire_timer(timer.token)
        self._keep(execution)

    def deliver(self, message: str) -> None:
        """Bring a message."""
        event = next(event for event in self.rest.events if event.name == message)
        execution = self._load()
        execution.deliver(event.token, "message", message, {})
        self._keep(execution)

    @property
    def open(self) -> list[str]:
        """The open tasks."""
        return sorted(task.element_id for task in self.rest.user_tasks)

    def task(self, element: str) -> Any:
        """One open task."""
        return next(task for task in self.rest.user_tasks if task.element_id == element)

    def _load(self) -> Any:
        return self.runtime.load(self.definition, self.state, now=NOW, business_key="K1")

    def _keep(self, execution: Any) -> None:
        rest: WaitState = execution.wait_state()
        while rest.service_tasks:
            task = rest.service_tasks[0]
            self.recorded.append(task.topic)
            recorder = self.recorders.get(task.topic, lambda variables: {})
            execution.complete_service_task(task.token, recorder(task.variables))
            rest = execution.wait_state()
        self.rest, self.state = rest, execution.dump()
        self.thrown += rest.thrown
