"""Delete a finished case whose term of retention is over, and leave a line that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from engine import errors, lifecycle_errors
from engine.commands.archive import OTHERS, ended_before
from engine.commands.belongings import Belongings, destroy, estate_of
from engine.commands.holds import is_held
from engine.store.lifecycle_tables import tombstone
from engine.store.tables import process_definition, process_instance
from engine.store.unit_of_work import UnitOfWork

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Term:
    """A rule of retention as it applies now: cases that ended until ``before`` may go; None keeps them for ever."""

    rule: str
    before: datetime | None


@dataclass(frozen=True, slots=True)
class DeleteInstance:
    """Delete everything of one finished case; answers the tombstone's id.

    Raises:
        InstanceNotFound: there is none, or it is deleted.
        NotFinished: it still runs.
        CaseHeld: a legal hold is in force.
        KeptLonger: its term is not over; the facts name the rule.
        StillReferred: another case or a register refers to it.
    """

    instance_id: UUID
    actor: str
    reason: str
    terms: Mapping[str, Term]
    what: Belongings = field(default_factory=Belongings)

    def run(self, uow: UnitOfWork) -> UUID:
        """Delete it."""
        row = self._checked(uow)
        term = self._term(row)
        estate = estate_of(uow, row.id, row.business_key, self.what)
        tombstone_id = uow.new_id()
        line = {
            "id": tombstone_id, "instance_id": row.id, "business_key": row.business_key,
            "definition_key": row.definition_key, "status": row.status, "started_at": row.started_at,
            "ended_at": row.ended_at, "deleted_at": uow.now, "deleted_by": self.actor, "reason": self.reason,
            "rule": term.rule, "counts": estate.counts(), "sha256": estate.digest(),
        }  # fmt: skip
        destroy(uow, estate)
        uow.connection.execute(insert(tombstone), line)
        return tombstone_id

    def _checked(self, uow: UnitOfWork) -> Row[Any]:
        case = process_instance.c
        statement: Any = select(*(column for column in case if column.name != "state")).where(
            case.id == self.instance_id
        )
        held = select(case.id).where(case.id == self.instance_id, is_held())
        if uow.connection.dialect.name == "postgresql":
            statement = statement.with_for_update()
        row = uow.connection.execute(statement).one_or_none()
        if row is None:
            raise errors.InstanceNotFound(instance_id=str(self.instance_id))
        if uow.connection.dialect.name == "postgresql":  # a hold on the process waits for us, or we for it
            shared = select(process_definition.c.id).where(process_definition.c.key == row.definition_key)
            uow.connection.execute(shared.with_for_update(read=True)).all()
        if row.ended_at is None:
            raise lifecycle_errors.NotFinished(instance_id=str(self.instance_id), status=row.status)
        if uow.connection.scalar(held) is not None:
            raise lifecycle_errors.CaseHeld(case=row.business_key)
        return row

    def _term(self, row: Row[Any]) -> Term:
        term = self.terms.get(row.definition_key) or self.terms.get(OTHERS) or Term("", None)
        if term.before is None or row.ended_at > term.before:
            raise lifecycle_errors.KeptLonger(case=row.business_key, rule=term.rule, ended_at=row.ended_at.isoformat())
        return term


@dataclass(frozen=True, slots=True)
class Finished:
    """A case that has ended."""

    instance_id: UUID
    business_key: str
    definition_key: str
    status: str
    ended_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListDeletable:
    """Cases whose term is over and that are not held, those that ended first."""

    terms: Mapping[str, Term]
    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Finished, ...]:
        """Answer them; whether something else refers to one is found when it is deleted."""
        case = process_instance.c
        # A process that is kept for ever is named with an instant before all cases, so that the rule for the others
        # does not reach it.
        before = {key: term.before or _BEFORE_ALL for key, term in self.terms.items()}
        columns = (case.id, case.business_key, case.definition_key, case.status, case.ended_at, case.archived_at)
        statement = (
            select(*columns)
            .where(case.ended_at.is_not(None), ended_before(before), ~is_held())
            .order_by(case.ended_at, case.id)
            .limit(self.limit)
        )
        return tuple(Finished(*row) for row in uow.connection.execute(statement))


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted case."""

    instance_id: UUID
    business_key: str
    definition_key: str
    status: str
    started_at: datetime
    ended_at: datetime
    deleted_at: datetime
    deleted_by: str
    reason: str
    rule: str
    counts: Mapping[str, int]
    sha256: str


@dataclass(frozen=True, slots=True)
class ListTombstones:
    """Deletions, newest first; of one case number when it is given."""

    business_key: str | None = None
    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Tombstone, ...]:
        """Answer them."""
        columns = [column for column in tombstone.c if column.name != "id"]
        statement = select(*columns).order_by(tombstone.c.deleted_at.desc(), tombstone.c.id.desc()).limit(self.limit)
        if self.business_key is not None:
            statement = statement.where(tombstone.c.business_key == self.business_key)
        return tuple(Tombstone(*row) for row in uow.connection.execute(statement))
