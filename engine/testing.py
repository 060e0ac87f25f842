"""The testing kit: a clock that only moves when told, and an engine on a fresh database."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from engine.clock import ManualClock
from engine.commands.complete_task import CompleteTask, TaskCompleted
from engine.commands.deploy import Deploy, Deployed
from engine.commands.start_process import Started, StartProcess
from engine.handlers import Handler
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks, OpenTask
from engine.spiff.model import Resource
from engine.spiff.reading import read_files
from engine.spiff.runtime import Runtime
from engine.store import bulk_tables, lifecycle_tables
from engine.store.database import Database
from engine.store.tables import metadata
from engine.store.unit_of_work import Change, Listener, Recorder, Registry, UnitOfWork

FakeClock = ManualClock
_TABLES = (bulk_tables, lifecycle_tables)  # imported so that the metadata knows them


class Coverage:
    """Which elements and sequence flows of the diagrams were passed while this listened.

    Give it to an engine as a listener, run scenarios, and ask what no scenario has passed.
    """

    def __init__(self) -> None:
        self.elements: set[str] = set()
        self.flows: set[str] = set()

    def __call__(self, _uow: UnitOfWork, change: Change) -> None:
        """Note the steps of one transaction."""
        for step in change.steps:
            self.elements.add(step.element_id)
            self.flows.update(str(step.detail[name]) for name in ("flow",) if name in step.detail)

    def missing(self, *files: Resource) -> tuple[frozenset[str], frozenset[str]]:
        """Return the elements and the flows of executable processes in the files that were never passed."""
        scopes = [
            scope
            for process in read_files(files).processes
            if process.is_executable
            for scope in (process.scope, *(node.scope for _, node in process.scope.walk() if node.scope is not None))
        ]
        elements = {node.id for scope in scopes for node in scope.nodes.values()}
        flows = {flow.id for scope in scopes for flow in scope.flows}
        return frozenset(elements - self.elements), frozenset(flows - self.flows)


class EngineRig:
    """An engine, its clock and one worker on one database, for tests of diagrams."""

    def __init__(
        self,
        url: str,
        *,
        recorders: Mapping[str, Recorder] | None = None,
        handlers: Mapping[str, Handler] | None = None,
        listeners: Sequence[Listener] = (),
        runtime: Runtime | None = None,
        clock: FakeClock | None = None,
    ) -> None:
        self.clock = clock or FakeClock()
        self.database = Database(url)
        metadata.create_all(self.database.pool)
        registry = Registry(recorders or {}, listeners)
        self.engine = ProcessEngine(self.database, runtime or Runtime(), self.clock, registry)
        self.jobs = JobRunner(self.engine, handlers or {}, owner="rig")

    def deploy(self, *files: Path | Resource) -> Deployed:
        """Deploy files by path or by content."""
        resources = tuple(
            file if isinstance(file, Resource) else Resource(file.name, file.read_bytes()) for file in files
        )
        return self.engine.execute(Deploy("test", resources, "tester"))

    def start(self, key: str, business_key: str = "case-1", **variables: object) -> Started:
        """Start the latest version of a process."""
        return self.engine.execute(StartProcess(key, business_key, "tester", variables))

    def open_tasks(self, instance_id: UUID | None = None) -> list[OpenTask]:
        """Return the open user tasks, oldest first."""
        return list(self.engine.ask(ListOpenTasks(instance_id)))

    def complete(self, element_id: str, actor: str = "tester", **answers: object) -> TaskCompleted:
        """Complete the oldest open task of an element."""
        task = next(task for task in self.open_tasks() if task.element_id == element_id)
        return self.engine.execute(CompleteTask(task.id, actor, answers))

    def close(self) -> None:
        """Close the database."""
        self.database.close()
