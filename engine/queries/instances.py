"""Questions about process instances, their history, jobs and incidents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from engine import errors
from engine.spiff.model import Resource
from engine.store.tables import history_event, incident, job, process_definition, process_instance, user_task
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the audit trail."""

    id: UUID
    at: datetime
    kind: str
    element_id: str | None
    token: int | None
    actor: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InstanceDetails:
    """One process instance as stored, with its definition and what waits in it."""

    id: UUID
    definition_id: UUID
    definition_key: str
    definition_version: int
    definition_name: str
    business_key: str
    status: str
    version: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    end_reason: str | None
    elements: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DescribeInstance:
    """One instance by its id."""

    instance_id: UUID

    def run(self, uow: UnitOfWork) -> InstanceDetails:
        """Answer it, or raise ``InstanceNotFound``."""
        row = uow.connection.execute(_details().where(process_instance.c.id == self.instance_id)).one_or_none()
        if row is None:
            raise errors.InstanceNotFound(instance_id=str(self.instance_id))
        return _as_details(row)


@dataclass(frozen=True, slots=True)
class ListInstances:
    """The instances of a business key, newest first."""

    business_key: str

    def run(self, uow: UnitOfWork) -> tuple[InstanceDetails, ...]:
        """Answer them."""
        rows = uow.connection.execute(
            _details()
            .where(process_instance.c.business_key == self.business_key)
            .order_by(process_instance.c.started_at.desc(), process_instance.c.id.desc())
        )
        return tuple(_as_details(row) for row in rows)


def _details() -> Any:
    columns = [column for column in process_instance.c if column.name != "state"]
    return select(
        *columns,
        process_definition.c.version.label("definition_version"),
        process_definition.c.name.label("definition_name"),
        process_definition.c.elements,
    ).join_from(process_instance, process_definition)


def _as_details(row: Row[Any]) -> InstanceDetails:
    return InstanceDetails(
        row.id, row.definition_id, row.definition_key, row.definition_version, row.definition_name,
        row.business_key, row.status, row.version, row.started_at, row.started_by, row.ended_at, row.end_reason,
        row.elements,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListHistory:
    """The audit trail of one instance, oldest first."""

    instance_id: UUID
    limit: int = 2000

    def run(self, uow: UnitOfWork) -> tuple[HistoryLine, ...]:
        """Answer the lines."""
        rows = uow.connection.execute(
            select(history_event)
            .where(history_event.c.instance_id == self.instance_id)
            .order_by(history_event.c.at, history_event.c.id)
            .limit(self.limit)
        )
        return tuple(line for row in rows for line in _lines(row))


def _lines(row: Row[Any]) -> Iterator[HistoryLine]:
    yield HistoryLine(row.id, row.at, row.kind, row.element_id, row.token, row.actor, row.detail)
    for what, element_id, token, detail in row.steps:
        yield HistoryLine(row.id, row.at, f"element-{what}", element_id, token, "system", detail)


@dataclass(frozen=True, slots=True)
class TokenPosition:
    """How often an element is or was active, and whether something in it is open, late or broken."""

    element_id: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class ListTokens:
    """Where the tokens of one instance are: for drawing on the diagram.

    ``state`` is one of done, active, waiting, late, error.
    """

    instance_id: UUID

    def run(self, uow: UnitOfWork) -> tuple[TokenPosition, ...]:
        """Answer one position per element that was ever reached."""
        states: dict[str, tuple[str, int]] = {}
        stored = select(history_event.c.steps).where(history_event.c.instance_id == self.instance_id)
        for steps in uow.connection.scalars(stored):
            for what, element_id, _token, _detail in steps:
                if what != "entered" and element_id:
                    states[element_id] = ("done", states.get(element_id, ("", 0))[1] + 1)
        for element_id, state, count in self._open(uow):
            states[element_id] = (state, count)
        return tuple(TokenPosition(key, state, count) for key, (state, count) in states.items() if key)

    def _open(self, uow: UnitOfWork) -> list[tuple[str, str, int]]:
        found: dict[str, tuple[str, int]] = {}
        waiting = select(job.c.element_id, job.c.status, job.c.kind).where(job.c.instance_id == self.instance_id)
        for row in uow.connection.execute(waiting):
            state = "error" if row.status == "failed" else "waiting"
            found[row.element_id] = (state, found.get(row.element_id, ("", 0))[1] + 1)
        open_tasks = select(user_task.c.element_id, user_task.c.due_at).where(
            user_task.c.instance_id == self.instance_id, user_task.c.status == "open"
        )
        for task in uow.connection.execute(open_tasks):
            before, count = found.get(task.element_id, ("active", 0))
            late = before == "late" or (task.due_at is not None and task.due_at <= uow.now)
            found[task.element_id] = ("late" if late else "active", count + 1)
        return [(element_id, state, count) for element_id, (state, count) in found.items()]


@dataclass(frozen=True, slots=True)
class ReadDiagram:
    """The BPMN file of a definition."""

    definition_id: UUID

    def run(self, uow: UnitOfWork) -> Resource:
        """Answer the main file."""
        row = uow.connection.execute(
            select(process_definition.c.resources, process_definition.c.main_resource).where(
                process_definition.c.id == self.definition_id
            )
        ).one_or_none()
        if row is None:
            raise errors.DefinitionNotFound(definition_id=str(self.definition_id))
        return uow.resources([pair for pair in row.resources if pair[0] == row.main_resource])[0]


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """A job that failed for good and waits for an operator."""

    id: UUID
    instance_id: UUID | None
    business_key: str | None
    element_id: str
    kind: str
    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListIncidents:
    """Open incidents, newest first."""

    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[OpenIncident, ...]:
        """Answer them."""
        rows = uow.connection.execute(
            select(incident, process_instance.c.business_key)
            .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id, isouter=True)
            .where(incident.c.resolved_at.is_(None))
            .order_by(incident.c.created_at.desc(), incident.c.id.desc())
            .limit(self.limit)
        )
        return tuple(
            OpenIncident(r.id, r.instance_id, r.business_key, r.element_id, r.kind, r.message, r.created_at)
            for r in rows
        )
