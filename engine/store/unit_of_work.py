"""One transaction: a connection, one instant, new ids, and the lookups every command needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Connection, Row, bindparam, select

from engine import errors, ids, log_marks
from engine.handlers import ServiceJob
from engine.spiff.model import Bundle, Resource, Step, ThrownEvent, WaitingUserTask
from engine.spiff.runtime import Compiled, Execution, Runtime
from engine.store.journal import Journal
from engine.store.tables import job, process_definition, process_instance, resource, user_task

_INSTANCE_COLUMNS = (
    process_instance.c.id,
    process_instance.c.definition_id,
    process_instance.c.definition_key,
    process_instance.c.business_key,
    process_instance.c.status,
    process_instance.c.version,
    process_instance.c.state,
    process_definition.c.bundle_hash,
)
_TASK_COLUMNS = tuple(column for column in user_task.c if not isinstance(column.type, JSON))  # what is large stays
_INSTANCE = (
    select(*_INSTANCE_COLUMNS)
    .join_from(process_instance, process_definition)
    .where(process_instance.c.id == bindparam("wanted"))
)
_OPEN_TASK = (
    select(*_TASK_COLUMNS, *(column.label(f"case_{column.name}") for column in _INSTANCE_COLUMNS))
    .join(process_instance, process_instance.c.id == user_task.c.instance_id)
    .join(process_definition, process_definition.c.id == process_instance.c.definition_id)
    .where(user_task.c.id == bindparam("wanted"))
)  # built once: making a statement costs more than running it
_HELD_JOB = (
    select(job, *(column.label(f"case_{column.name}") for column in _INSTANCE_COLUMNS))
    .join(process_instance, process_instance.c.id == job.c.instance_id)
    .join(process_definition, process_definition.c.id == process_instance.c.definition_id)
    .where(job.c.id == bindparam("wanted"), job.c.fence == bindparam("fence"), job.c.status == "running")
)
_LOCKED_JOB = _HELD_JOB.with_for_update(of=[job, process_instance])
_TASK = select(user_task).where(user_task.c.id == bindparam("wanted"))
_LOCKED_INSTANCE = _INSTANCE.with_for_update(of=process_instance)
_LOCKED_TASK = _OPEN_TASK.with_for_update(of=process_instance)


@dataclass(frozen=True, slots=True)
class Instance:
    """The stored part of a process instance that commands work on."""

    id: UUID
    definition_id: UUID
    definition_key: str
    business_key: str
    version: int


@dataclass(frozen=True, slots=True)
class CreatedTask:
    """A user task that began to wait in this transaction."""

    id: UUID
    waiting: WaitingUserTask


@dataclass(frozen=True, slots=True)
class EndedTask:
    """A user task that stopped waiting in this transaction; ``status`` is completed or cancelled."""

    token: int
    status: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did to one instance; given to each listener before the commit."""

    instance: Instance
    actor: str
    started: bool
    status: str
    created: tuple[CreatedTask, ...]
    ended: tuple[EndedTask, ...]
    thrown: tuple[ThrownEvent, ...]
    steps: tuple[Step, ...]
    variables: Mapping[str, object]
    binding: tuple[tuple[str, str], ...] = ()
    """What left the case or was recorded for good: ``(record, table)``, ``(sent, message)``, ``(case, id)``."""
    acted: str = ""
    """What an operator did beside the diagram: suspended, resumed or cancelled."""


Recorder = Callable[["UnitOfWork", ServiceJob], Mapping[str, object]]
"""Writes domain rows for a service task inside the same transaction; answers variables to merge."""

Listener = Callable[["UnitOfWork", Change], None]


@dataclass(frozen=True, slots=True)
class Registry:
    """What the composition root plugs into the engine."""

    recorders: Mapping[str, Recorder]
    listeners: Sequence[Listener]
    is_external: Callable[[str], bool] = field(default=lambda _topic: False)
    """Whether the work of a topic is fetched by programs outside instead of being given to a handler."""
    words_of: Callable[[Mapping[str, Any]], Mapping[str, str]] = field(default=lambda _variables: {})
    """The columns ``subject`` and ``search`` of a user task, by its variables: what it is listed and found by."""
    harmless: frozenset[str] = frozenset()
    """Tables beside the engine's own in which a new row binds nobody: a case may go back past it."""
    watched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Tables of which a transaction's journal tells the named columns before and after."""
    pulse: frozenset[str] = frozenset()
    """Columns whose changes are not worth a record: they are written all the time."""
    audit: Callable[["UnitOfWork", object], None] = field(default=lambda _uow, _command: None)
    """Called with each command that has run, before the commit."""
    check_form: Callable[[Resource], Sequence[Mapping[str, str]]] = field(default=lambda _file: ())
    """What speaks against deploying a form: findings with file, element, rule, message, remedy and level."""


class UnitOfWork:
    """Everything a command may touch; made anew for each transaction."""

    def __init__(
        self, connection: Connection, now: datetime, runtime: Runtime, registry: Registry, *, lock: bool = False
    ) -> None:
        self.connection = connection
        self.now = now
        self.runtime = runtime
        self.registry = registry
        self.after_commit: list[Callable[[], None]] = []
        self.journal = Journal()
        self.has_due_jobs = False
        self._lock = lock

    def new_id(self) -> UUID:
        """Return a new identifier that sorts after earlier ones."""
        return ids.new_id(self.now)

    def commit(self) -> None:
        """Make everything written so far on this connection durable."""
        self.connection.commit()

    def task(self, task_id: UUID) -> Row[Any]:
        """Return the row of a user task, or raise ``TaskNotFound``."""
        row = self.connection.execute(_TASK, {"wanted": task_id}).one_or_none()
        if row is None:
            raise errors.TaskNotFound(task_id=str(task_id))
        return row

    def open_task(self, task_id: UUID) -> tuple[Row[Any], "Loaded"]:
        """Return an open user task and its running instance in one statement.

        Raises:
            TaskNotFound, TaskNotOpen, InstanceNotActive.
        """
        statement = _LOCKED_TASK if self._lock else _OPEN_TASK
        row = self.connection.execute(statement, {"wanted": task_id}).one_or_none()
        if row is None:
            raise errors.TaskNotFound(task_id=str(task_id))
        if row.status != "open":
            raise errors.TaskNotOpen(task_id=str(task_id), status=row.status, ended_by=row.ended_by)
        return row, self._loaded(row, "case_")

    def job(self, job_id: UUID, fence: int) -> tuple[Row[Any], "Loaded"]:
        """Return a job that this worker still holds and its running instance in one statement.

        Raises:
            LeaseLost: another worker took it, or it is done.
            InstanceNotActive.
        """
        statement = _HELD_JOB if self.connection.dialect.name == "sqlite" else _LOCKED_JOB
        row = self.connection.execute(statement, {"wanted": job_id, "fence": fence}).one_or_none()
        if row is None:
            raise errors.LeaseLost(job_id=str(job_id))
        return row, self._loaded(row, "case_")

    def instance(self, instance_id: UUID) -> "Loaded":
        """Return a running instance with its execution, or raise."""
        statement = _LOCKED_INSTANCE if self._lock else _INSTANCE
        row = self.connection.execute(statement, {"wanted": instance_id}).one_or_none()
        if row is None:
            raise errors.InstanceNotFound(instance_id=str(instance_id))
        return self._loaded(row, "")

    def _loaded(self, row: Any, prefix: str) -> "Loaded":
        value = {name.name: getattr(row, prefix + name.name) for name in _INSTANCE_COLUMNS}
        if value["status"] != "active":
            raise errors.InstanceNotActive(instance_id=str(value["id"]), status=value["status"])
        return self.revived(value)

    def stored_instance(self, instance_id: UUID) -> Mapping[str, Any]:
        """Return the row of an instance, whatever its status, or raise ``InstanceNotFound``."""
        row = self.connection.execute(_INSTANCE, {"wanted": instance_id}).mappings().one_or_none()
        if row is None:
            raise errors.InstanceNotFound(instance_id=str(instance_id))
        return dict(row)

    def revived(self, value: Mapping[str, Any]) -> "Loaded":
        """Return a stored instance with its execution in memory."""
        instance = Instance(
            value["id"], value["definition_id"], value["definition_key"], value["business_key"], value["version"]
        )
        log_marks.case.set(instance.business_key)
        compiled = self.compiled(value["definition_id"], value["bundle_hash"])
        execution = self.runtime.load(compiled, bytes(value["state"]), now=self.now, business_key=instance.business_key)
        return Loaded(instance, execution, bytes(value["state"]))

    def compiled(self, definition_id: UUID, bundle_hash: str) -> Compiled:
        """Return the parsed definition, from the runtime's cache when it is there."""
        found = self.runtime.cached(bundle_hash)
        return found if found is not None else self.runtime.compile(self.bundle(definition_id))

    def bundle(self, definition_id: UUID) -> Bundle:
        """Read the files of a definition."""
        row = self.connection.execute(
            select(process_definition.c.key, process_definition.c.bundle_hash, process_definition.c.resources).where(
                process_definition.c.id == definition_id
            )
        ).one_or_none()
        if row is None:
            raise errors.DefinitionNotFound(definition_id=str(definition_id))
        return Bundle(row.key, self.resources(row.resources), row.bundle_hash)

    def resources(self, named: Sequence[Sequence[str]]) -> tuple[Resource, ...]:
        """Read files by ``[[name, hash], …]``, in that order."""
        wanted = {digest for _, digest in named}
        rows = self.connection.execute(select(resource).where(resource.c.hash.in_(wanted)))
        contents = {row.hash: bytes(row.content) for row in rows}
        return tuple(Resource(name, contents[digest]) for name, digest in named)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A running instance and its execution in memory."""

    instance: Instance
    execution: Execution
    state: bytes = b""
