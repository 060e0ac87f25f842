"""Find running and ended cases by what is known of them, and read everything about one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, exists, select

from engine import errors
from engine.store.tables import incident, job, process_definition, process_instance, subscription, user_task
from engine.store.unit_of_work import UnitOfWork

Row = Mapping[str, Any]
PAGE, MOST_LOADED, MOST_PARTS = 100, 500, 500


@dataclass(frozen=True, slots=True)
class InstanceLine:
    """One case in a list."""

    id: UUID
    business_key: str
    definition_key: str
    definition_name: str
    definition_version: int
    status: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundInstances:
    """One page of cases; ``is_cut`` says that only the newest of many were looked into for a variable."""

    lines: tuple[InstanceLine, ...]
    has_more: bool
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class SearchInstances:
    """Cases, the newest first; every part narrows what is found.

    ``element`` is where something waits. ``variable`` and ``value`` compare one variable as it is now, as text; the
    newest 500 cases that meet the other parts are looked into.
    """

    business_key: str = ""
    key: str = ""
    version: int | None = None
    status: str = ""
    element: str = ""
    variable: str = ""
    value: str = ""
    before: tuple[datetime, UUID] | None = None

    def run(self, uow: UnitOfWork) -> FoundInstances:
        """Answer one page."""
        if self.variable:
            return self._by_variable(uow)
        rows = uow.connection.execute(self._statement().limit(PAGE + 1)).all()
        return FoundInstances(tuple(_line(row) for row in rows[:PAGE]), len(rows) > PAGE)

    def _by_variable(self, uow: UnitOfWork) -> FoundInstances:
        more = (process_instance.c.state, process_definition.c.bundle_hash)
        rows = uow.connection.execute(self._statement(*more).limit(MOST_LOADED + 1)).all()
        found = [_line(row) for row in rows[:MOST_LOADED] if self._has_value(uow, row)]
        return FoundInstances(tuple(found[:PAGE]), len(found) > PAGE, is_cut=len(rows) > MOST_LOADED)

    def _has_value(self, uow: UnitOfWork, row: Any) -> bool:
        compiled = uow.compiled(row.definition_id, row.bundle_hash)
        case = uow.runtime.load(compiled, bytes(row.state), now=uow.now, business_key=row.business_key)
        variables = case.wait_state().variables
        return self.variable in variables and _text(variables[self.variable]) == self.value

    def _statement(self, *more: Any) -> Select[Any]:
        table = process_instance.c
        statement = (
            select(table.id, table.business_key, table.definition_id, table.definition_key, table.status,
                   table.started_at, table.started_by, table.ended_at, process_definition.c.name,
                   process_definition.c.version.label("definition_version"), *more)
            .join_from(process_instance, process_definition)
            .order_by(table.started_at.desc(), table.id.desc())
        )  # fmt: skip
        return statement.where(*self._conditions())

    def _conditions(self) -> list[Any]:
        table = process_instance.c
        wanted: list[Any] = []
        if self.business_key:
            wanted.append(table.business_key.startswith(self.business_key, autoescape=True))
        if self.key:
            wanted.append(table.definition_key == self.key)
        if self.version is not None:
            wanted.append(process_definition.c.version == self.version)
        if self.status:
            wanted.append(table.status == self.status)
        if self.element:
            wanted.append(_waits_at(self.element))
        if self.before is not None:
            at, last = self.before
            wanted.append((table.started_at < at) | ((table.started_at == at) & (table.id < last)))
        return wanted


def _waits_at(element: str) -> Any:
    mine = process_instance.c.id
    tasks = exists().where(
        user_task.c.instance_id == mine, user_task.c.element_id == element, user_task.c.status == "open"
    )
    jobs = exists().where(job.c.instance_id == mine, job.c.element_id == element)
    events = exists().where(subscription.c.instance_id == mine, subscription.c.element_id == element)
    return tasks | jobs | events


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _line(row: Any) -> InstanceLine:
    return InstanceLine(
        row.id, row.business_key, row.definition_key, row.name, row.definition_version, row.status, row.started_at,
        row.started_by, row.ended_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class InstanceParts:
    """What belongs to one case: its tasks, the jobs and events that wait, and its incidents."""

    tasks: tuple[Row, ...]
    jobs: tuple[Row, ...]
    events: tuple[Row, ...]
    incidents: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ReadParts:
    """Everything about one case that is kept in tables; open tasks first."""

    instance_id: UUID

    def run(self, uow: UnitOfWork) -> InstanceParts:
        """Answer it."""
        task, work, fault = user_task.c, job.c, incident.c
        tasks = select(
            task.id, task.token, task.element_id, task.name, task.status, task.assignee, task.candidate_groups,
            task.created_at, task.due_at, task.ended_at, task.ended_by,
        ).order_by(task.status != "open", task.created_at.desc())  # fmt: skip
        jobs = select(
            work.id, work.token, work.element_id, work.kind, work.topic, work.status, work.due_at, work.attempts,
            work.lease_until, work.lease_owner, work.last_error, work.attached_to,
        ).order_by(work.due_at)  # fmt: skip
        events = select(subscription).order_by(subscription.c.element_id)
        faults = select(fault.id, fault.element_id, fault.kind, fault.message, fault.created_at, fault.resolved_at)
        return InstanceParts(
            self._rows(uow, tasks, task), self._rows(uow, jobs, work), self._rows(uow, events, subscription.c),
            self._rows(uow, faults.order_by(fault.created_at.desc()), fault),
        )  # fmt: skip

    def _rows(self, uow: UnitOfWork, statement: Select[Any], table: Any) -> tuple[Row, ...]:
        mine = statement.where(table.instance_id == self.instance_id).limit(MOST_PARTS)
        return tuple(dict(row) for row in uow.connection.execute(mine).mappings())


@dataclass(frozen=True, slots=True)
class ReadJob:
    """One job with the case it belongs to.

    Raises:
        JobNotFound.
    """

    job_id: UUID

    def run(self, uow: UnitOfWork) -> Row:
        """Answer it."""
        rows = uow.connection.execute(_jobs().where(job.c.id == self.job_id)).mappings().all()
        if not rows:
            raise errors.JobNotFound(job_id=str(self.job_id))
        return _with_elements(uow, rows)[0]


@dataclass(frozen=True, slots=True)
class ListJobs:
    """Jobs, the next one due first; ``kind`` and ``status`` narrow the list."""

    kind: str = ""
    status: str = ""
    key: str = ""
    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Row, ...]:
        """Answer them."""
        statement = _jobs().order_by(job.c.due_at, job.c.id).limit(self.limit)
        for column, wanted in (
            (job.c.kind, self.kind),
            (job.c.status, self.status),
            (process_instance.c.definition_key, self.key),
        ):
            if wanted:
                statement = statement.where(column == wanted)
        return _with_elements(uow, uow.connection.execute(statement).mappings().all())


def _with_elements(uow: UnitOfWork, rows: Sequence[RowMapping]) -> tuple[Row, ...]:
    """Add to each job what its version of the process says of its element."""
    table = process_definition.c
    wanted = {row["definition_id"] for row in rows} - {None}
    found = {one.id: one.elements for one in uow.connection.execute(
        select(table.id, table.elements).where(table.id.in_(wanted))
    )} if wanted else {}  # fmt: skip
    return tuple({**row, "element": found.get(row["definition_id"], {}).get(row["element_id"], {})} for row in rows)


def _jobs() -> Select[Any]:
    return (
        select(
            *(column for column in job.c if column.name != "payload"), process_instance.c.business_key,
            process_instance.c.definition_key, process_instance.c.definition_id,
            process_definition.c.name.label("definition_name"),
        )
        .join_from(job, process_instance, process_instance.c.id == job.c.instance_id, isouter=True)
        .join(process_definition, process_definition.c.id == process_instance.c.definition_id, isouter=True)
    )  # fmt: skip
