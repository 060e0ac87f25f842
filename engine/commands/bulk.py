"""One act on many cases: written down first, then done one by one, each in a transaction of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine import errors, lifecycle_errors
from engine.commands.idempotency import fingerprint_of
from engine.store.bulk_tables import bulk_item, bulk_operation
from engine.store.tables import incident, job, process_instance
from engine.store.unit_of_work import UnitOfWork

MOST = 500
WAITING, DONE, REFUSED = "waiting", "done", "refused"
GONE = "deleted"


class Act(Protocol):
    """What is done to one target."""

    def run(self, uow: UnitOfWork) -> object:
        """Do it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to each target, by whom and why."""

    kind: str
    actor: str
    reason: str
    options: Mapping[str, Any] = field(default_factory=dict)


Factory = Callable[[UUID, Order], Act]


@dataclass(frozen=True, slots=True)
class BeginBulk:
    """Write an operation and its targets down; nothing is done to them yet. Answers the operation's id.

    The same key again answers the same operation; a target that is named twice is done once.

    Raises:
        BulkInvalid: no target, too many, or no reason.
        KeyReused: the key came with another order before.
    """

    order: Order
    targets: Sequence[UUID]
    key: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it down."""
        order, chosen = self.order, list(dict.fromkeys(self.targets))
        if not 0 < len(chosen) <= MOST or not order.reason.strip():
            raise lifecycle_errors.BulkInvalid(targets=len(chosen), most=MOST, reason=order.reason.strip())
        parts = (order.kind, order.reason, dict(order.options), [str(one) for one in chosen])
        fingerprint = fingerprint_of(*parts)
        mine = (bulk_operation.c.actor == order.actor, bulk_operation.c.key == self.key)
        known = uow.connection.execute(select(bulk_operation).where(*mine)).one_or_none()
        if known is not None:
            if known.fingerprint != fingerprint:
                raise errors.KeyReused(key=self.key)
            return UUID(str(known.id))
        operation_id = uow.new_id()
        row = {
            "id": operation_id, "kind": order.kind, "actor": order.actor, "reason": order.reason.strip(),
            "options": dict(order.options), "key": self.key, "fingerprint": fingerprint, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(bulk_operation), row)
        names = _business_keys(uow, order.kind, chosen)
        rows = [
            {"operation_id": operation_id, "position": place, "target": one, "business_key": names.get(one) or "",
             "status": WAITING}
            for place, one in enumerate(chosen, 1)
        ]  # fmt: skip
        uow.connection.execute(insert(bulk_item), rows)
        return operation_id


def _business_keys(uow: UnitOfWork, kind: str, targets: Sequence[UUID]) -> dict[UUID, str]:
    case = process_instance.c
    statement = select(case.id, case.business_key).where(case.id.in_(targets))
    if kind == "retry":
        statement = (
            select(incident.c.id, case.business_key)
            .join_from(incident, process_instance, case.id == incident.c.instance_id)
            .where(incident.c.id.in_(targets))
        )
    return {row.id: row.business_key for row in uow.connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class DoItem:
    """Do the act to one target and note the result in the same transaction; what is settled is left alone.

    Raises:
        AppError: whatever the act refuses; the item still waits then.
    """

    operation_id: UUID
    position: int
    factory: Factory

    def run(self, uow: UnitOfWork) -> None:
        """Do it."""
        row = _item(uow, self.operation_id, self.position)
        if row.status != WAITING:
            return
        before = _status_of(uow, row)
        self.factory(row.target, order_of(row)).run(uow)
        _settle(uow, row, status=DONE, before=before, after=_status_of(uow, row))


@dataclass(frozen=True, slots=True)
class RefuseItem:
    """Note why the act was not done to one target."""

    operation_id: UUID
    position: int
    code: str
    message: str

    def run(self, uow: UnitOfWork) -> None:
        """Note it, unless the item was settled meanwhile."""
        row = _item(uow, self.operation_id, self.position)
        if row.status == WAITING:
            now = _status_of(uow, row)
            _settle(uow, row, status=REFUSED, before=now, after=now, code=self.code, message=self.message[:1000])


@dataclass(frozen=True, slots=True)
class FinishBulk:
    """Note that no item waits any more."""

    operation_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Note it, once."""
        waits = select(bulk_item.c.position).where(
            bulk_item.c.operation_id == self.operation_id, bulk_item.c.status == WAITING
        )
        open_one = (bulk_operation.c.id == self.operation_id) & bulk_operation.c.finished_at.is_(None)
        uow.connection.execute(update(bulk_operation).where(open_one, ~waits.exists()).values(finished_at=uow.now))


def _item(uow: UnitOfWork, operation_id: UUID, position: int) -> Row[Any]:
    op = bulk_operation.c
    statement = (
        select(bulk_item, op.kind, op.actor, op.reason, op.options)
        .join_from(bulk_item, bulk_operation)
        .where(bulk_item.c.operation_id == operation_id, bulk_item.c.position == position)
    )
    if uow.connection.dialect.name == "postgresql":
        statement = statement.with_for_update(of=bulk_item)
    return uow.connection.execute(statement).one()


def order_of(row: Row[Any]) -> Order:
    """Return the order as it was written down."""
    return Order(row.kind, row.actor, row.reason, row.options)


def _settle(uow: UnitOfWork, row: Row[Any], **values: Any) -> None:
    mine = (
        bulk_item.c.operation_id == row.operation_id,
        bulk_item.c.position == row.position,
        bulk_item.c.status == WAITING,
    )
    uow.connection.execute(update(bulk_item).where(*mine).values(done_at=uow.now, **values))


def _status_of(uow: UnitOfWork, row: Row[Any]) -> str:
    return statuses(uow, row.kind, [row.target])[row.target]


def statuses(uow: UnitOfWork, kind: str, targets: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return what the targets of an operation are now: a case's status, or whether an incident is open."""
    found: dict[UUID, str] = dict.fromkeys(targets, GONE)
    if kind == "retry":
        rows = uow.connection.execute(
            select(incident.c.id, incident.c.resolved_at, job.c.status)
            .join_from(incident, job, job.c.id == incident.c.job_id, isouter=True)
            .where(incident.c.id.in_(targets))
        )
        return found | {row.id: "open" if row.resolved_at is None else f"retry-{row.status or DONE}" for row in rows}
    case = process_instance.c
    cases = uow.connection.execute(select(case.id, case.status).where(case.id.in_(targets)))
    return found | {row.id: row.status for row in cases}


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one target; ``now`` is read when the question is asked, ``after`` was read after the act."""

    position: int
    target: UUID
    business_key: str
    status: str
    before: str | None
    after: str | None
    now: str
    code: str | None
    message: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class BulkReport:
    """An operation with one result per target."""

    id: UUID
    kind: str
    actor: str
    reason: str
    options: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime | None
    items: tuple[ItemResult, ...]

    def count(self, status: str) -> int:
        """Return how many items have a status: waiting, done or refused."""
        return sum(item.status == status for item in self.items)


@dataclass(frozen=True, slots=True)
class ReadBulk:
    """The report of one operation.

    Raises:
        BulkNotFound: there is none.
    """

    operation_id: UUID

    def run(self, uow: UnitOfWork) -> BulkReport:
        """Answer it."""
        op = uow.connection.execute(
            select(bulk_operation).where(bulk_operation.c.id == self.operation_id)
        ).one_or_none()
        if op is None:
            raise lifecycle_errors.BulkNotFound(operation_id=str(self.operation_id))
        rows = uow.connection.execute(
            select(bulk_item).where(bulk_item.c.operation_id == op.id).order_by(bulk_item.c.position)
        ).all()
        now = statuses(uow, op.kind, [row.target for row in rows])
        items = tuple(
            ItemResult(row.position, row.target, row.business_key, row.status, row.before, row.after,
                       now[row.target], row.code, row.message, row.done_at)
            for row in rows
        )  # fmt: skip
        return BulkReport(op.id, op.kind, op.actor, op.reason, op.options, op.created_at, op.finished_at, items)


@dataclass(frozen=True, slots=True)
class ListBulk:
    """Operations without their items, newest first; with ``unfinished_before`` only those left undone since then."""

    limit: int = 50
    unfinished_before: datetime | None = None

    def run(self, uow: UnitOfWork) -> tuple[BulkReport, ...]:
        """Answer them."""
        op = bulk_operation.c
        statement = select(bulk_operation).order_by(op.created_at.desc(), op.id.desc()).limit(self.limit)
        if self.unfinished_before is not None:
            statement = statement.where(op.finished_at.is_(None), op.created_at <= self.unfinished_before)
        return tuple(
            BulkReport(row.id, row.kind, row.actor, row.reason, row.options, row.created_at, row.finished_at, ())
            for row in uow.connection.execute(statement)
        )
