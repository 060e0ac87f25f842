"""Legal holds: what is held is neither archived nor deleted, whatever its retention rule says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, insert, select, update

from engine import errors, lifecycle_errors
from engine.commands.history import Cause, write_history
from engine.store.lifecycle_tables import legal_hold
from engine.store.tables import process_definition, process_instance
from engine.store.unit_of_work import UnitOfWork


def is_held() -> ColumnElement[bool]:
    """Return the condition that an instance is held, for itself or with all cases of its process."""
    mine = (legal_hold.c.business_key == process_instance.c.business_key) | (
        legal_hold.c.definition_key == process_instance.c.definition_key
    )
    return exists().where(legal_hold.c.lifted_at.is_(None), mine).correlate(process_instance)


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Hold one case, or all cases of a process that there are and will be. Answers the hold's id.

    The same person's same hold again answers the one there is.

    Raises:
        HoldInvalid: neither or both are named, or the reason is missing.
        InstanceNotFound, DefinitionNotFound: nothing of that name exists.
    """

    actor: str
    reason: str
    business_key: str | None = None
    definition_key: str | None = None

    def run(self, uow: UnitOfWork) -> UUID:
        """Place it; a deletion that is under way is waited for."""
        if (self.business_key is None) == (self.definition_key is None) or not self.reason.strip():
            raise lifecycle_errors.HoldInvalid(case=self.business_key, process=self.definition_key)
        cases = self._locked(uow)
        known = uow.connection.scalar(self._same())
        if known is not None:
            return UUID(str(known))
        hold_id = uow.new_id()
        row = {
            "id": hold_id, "business_key": self.business_key, "definition_key": self.definition_key,
            "reason": self.reason.strip(), "placed_by": self.actor, "placed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(legal_hold), row)
        detail = {"hold_id": str(hold_id), "reason": self.reason.strip()}
        for case in cases:
            write_history(uow, case, [Cause(self.actor, "hold-placed", detail=detail)])
        return hold_id

    def _same(self) -> Any:
        """Return the question for a hold in force on the same thing for the same reason."""
        mine = (
            legal_hold.c.business_key == self.business_key
            if self.business_key is not None
            else legal_hold.c.definition_key == self.definition_key
        )
        alike = (legal_hold.c.reason == self.reason.strip()) & (legal_hold.c.placed_by == self.actor)
        return select(legal_hold.c.id).where(mine, alike, legal_hold.c.lifted_at.is_(None)).limit(1)

    def _locked(self, uow: UnitOfWork) -> list[UUID]:
        """Return the cases that are held by name."""
        table = process_instance if self.business_key is not None else process_definition
        name = process_instance.c.business_key if self.business_key is not None else process_definition.c.key
        wanted = self.business_key if self.business_key is not None else self.definition_key
        statement: Any = select(table.c.id).where(name == wanted).order_by(table.c.id)
        if uow.connection.dialect.name == "postgresql":
            statement = statement.with_for_update()
        found = list(uow.connection.scalars(statement))
        if not found and self.business_key is not None:
            raise errors.InstanceNotFound(business_key=self.business_key)
        if not found:
            raise errors.DefinitionNotFound(key=self.definition_key)
        return found if self.business_key is not None else []


@dataclass(frozen=True, slots=True)
class LiftHold:
    """End a hold, with the reason; it stays readable.

    Raises:
        HoldNotFound: there is none, or it is lifted.
        HoldInvalid: the reason is missing.
    """

    hold_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Lift it."""
        if not self.reason.strip():
            raise lifecycle_errors.HoldInvalid(hold_id=str(self.hold_id))
        values = {"lifted_by": self.actor, "lifted_at": uow.now, "lift_reason": self.reason.strip()}
        open_one = (legal_hold.c.id == self.hold_id) & legal_hold.c.lifted_at.is_(None)
        done = uow.connection.execute(
            update(legal_hold).where(open_one).values(**values).returning(legal_hold.c.business_key)
        ).one_or_none()
        if done is None:
            raise lifecycle_errors.HoldNotFound(hold_id=str(self.hold_id))
        mine = select(process_instance.c.id).where(process_instance.c.business_key == done.business_key)
        detail = {"hold_id": str(self.hold_id), "reason": self.reason.strip()}
        for case in uow.connection.scalars(mine).all() if done.business_key is not None else ():
            write_history(uow, case, [Cause(self.actor, "hold-lifted", detail=detail)])


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it stands or stood."""

    id: UUID
    business_key: str | None
    definition_key: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None


@dataclass(frozen=True, slots=True)
class ListHolds:
    """Holds, newest first; only those in force unless ``with_lifted``."""

    with_lifted: bool = False
    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Hold, ...]:
        """Answer them."""
        statement = select(legal_hold).order_by(legal_hold.c.placed_at.desc(), legal_hold.c.id.desc()).limit(self.limit)
        if not self.with_lifted:
            statement = statement.where(legal_hold.c.lifted_at.is_(None))
        return tuple(Hold(*row) for row in uow.connection.execute(statement))
