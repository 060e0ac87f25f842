"""Open incidents by what caused them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.queries.instances import OpenIncident
from engine.store.tables import incident, process_instance
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class IncidentCause:
    """What incidents of one group share: process, element, kind of job, and the message without its numbers."""

    definition_key: str
    element_id: str
    kind: str
    cause: str


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Open incidents with one cause."""

    cause: IncidentCause
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ListIncidentGroups:
    """Groups of open incidents, the largest first."""

    limit: int = 100

    def run(self, uow: UnitOfWork) -> tuple[IncidentGroup, ...]:
        """Answer them."""
        key = func.coalesce(process_instance.c.definition_key, "")
        shared = (key, incident.c.element_id, incident.c.kind, incident.c.cause)
        how_many, first, last = func.count(), func.min(incident.c.created_at), func.max(incident.c.created_at)
        statement = (
            select(*shared, how_many, first, last)
            .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id, isouter=True)
            .where(incident.c.resolved_at.is_(None))
            .group_by(*shared)
            .order_by(how_many.desc(), last.desc(), *shared)
            .limit(self.limit)
        )
        return tuple(
            IncidentGroup(IncidentCause(*row[:4]), row[4], row[5], row[6]) for row in uow.connection.execute(statement)
        )


@dataclass(frozen=True, slots=True)
class ListIncidentsOf:
    """The open incidents of one group, the oldest first."""

    cause: IncidentCause
    limit: int = 500

    def run(self, uow: UnitOfWork) -> tuple[OpenIncident, ...]:
        """Answer them."""
        wanted = self.cause
        statement = (
            select(incident, process_instance.c.business_key)
            .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id, isouter=True)
            .where(
                incident.c.resolved_at.is_(None), incident.c.element_id == wanted.element_id,
                incident.c.kind == wanted.kind, incident.c.cause == wanted.cause,
                func.coalesce(process_instance.c.definition_key, "") == wanted.definition_key,
            )
            .order_by(incident.c.created_at, incident.c.id)
            .limit(self.limit)
        )  # fmt: skip
        return tuple(_opened(row) for row in uow.connection.execute(statement))


def _opened(row: Any) -> OpenIncident:
    return OpenIncident(
        row.id, row.instance_id, row.business_key, row.element_id, row.kind, row.message, row.created_at
    )
