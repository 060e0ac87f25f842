"""What waits to be told: taken by one worker at a time, in order for each case, tried again, parked in the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update

from engine.errors import LeaseLost
from workflows import errors
from workflows.policy import Actor
from workflows.records.webhooks import webhook_delivery, webhook_subscription
from workflows.uow import UnitOfWork

WAITING, SENDING, DELIVERED, PARKED, DROPPED = "waiting", "sending", "delivered", "parked", "dropped"
MOST_ATTEMPTS = 12
_LEASE = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(hours=6)
_d, _s = webhook_delivery.c, webhook_subscription.c


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the hands of one worker; the fence tells whether it still is."""

    id: UUID
    fence: int
    attempt: int
    subscription_id: UUID
    url: str
    secret: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TakeLetters:
    """Take up to *limit* due messages of active subscriptions, for each case and subscriber only the first that waits.

    A message whose worker died is taken again after its lease, with the same id. One that is parked holds those of its
    case back, so that a receiver never sees a case out of order.
    """

    limit: int = 20

    def run(self, uow: UnitOfWork) -> tuple[Letter, ...]:
        """Take them."""
        earlier = webhook_delivery.alias("earlier")
        is_due = ((_d.status == WAITING) & (_d.due_at <= uow.now)) | (
            (_d.status == SENDING) & (_d.lease_until <= uow.now)
        )
        is_before = (earlier.c.step < _d.step) | ((earlier.c.step == _d.step) & (earlier.c.place < _d.place))
        is_first = ~exists().where(
            earlier.c.subscription_id == _d.subscription_id, earlier.c.instance_id == _d.instance_id,
            earlier.c.status.in_((WAITING, SENDING, PARKED)), is_before,
        )  # fmt: skip
        chosen: Any = (
            select(_d.id)
            .join_from(webhook_delivery, webhook_subscription)
            .where(is_due, is_first, _s.is_active)
            .order_by(_d.due_at, _d.id)
            .limit(self.limit)
        )
        if uow.connection.dialect.name == "postgresql":
            chosen = chosen.with_for_update(skip_locked=True, of=webhook_delivery)
        ids = list(uow.connection.scalars(chosen))
        if not ids:
            return ()
        values: dict[str, Any] = {
            "status": SENDING, "attempts": _d.attempts + 1, "fence": _d.fence + 1, "lease_until": uow.now + _LEASE,
        }  # fmt: skip
        uow.connection.execute(update(webhook_delivery).where(_d.id.in_(ids)).values(**values))
        rows = uow.connection.execute(
            select(webhook_delivery, _s.url, _s.secret)
            .join_from(webhook_delivery, webhook_subscription)
            .where(_d.id.in_(ids))
            .order_by(_d.due_at, _d.id)
        )
        return tuple(
            Letter(row.id, row.fence, row.attempts, row.subscription_id, row.url, row.secret, row.kind, row.body)
            for row in rows
        )


def _held(uow: UnitOfWork, letter: Letter, **values: Any) -> None:
    mine = (_d.id == letter.id, _d.fence == letter.fence, _d.status == SENDING)
    if uow.connection.execute(update(webhook_delivery).where(*mine).values(lease_until=None, **values)).rowcount != 1:
        raise LeaseLost(delivery=str(letter.id))


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    """Note that the receiver has taken a message.

    Raises:
        LeaseLost: another worker has taken it over.
    """

    letter: Letter

    def run(self, uow: UnitOfWork) -> None:
        """Note it."""
        _held(uow, self.letter, status=DELIVERED, delivered_at=uow.now, last_error=None)


@dataclass(frozen=True, slots=True)
class MarkFailed:
    """Note why a message was not taken: tried again after a pause that grows, parked after twelve attempts.

    Raises:
        LeaseLost: another worker has taken it over.
    """

    letter: Letter
    message: str
    is_final: bool = False

    def run(self, uow: UnitOfWork) -> None:
        """Note it."""
        is_last = self.is_final or self.letter.attempt >= MOST_ATTEMPTS
        pause = min(timedelta(seconds=10 * 2 ** min(self.letter.attempt - 1, 20)), _LONGEST_WAIT)
        values = {"status": PARKED if is_last else WAITING, "due_at": uow.now + pause}
        _held(uow, self.letter, last_error=self.message[:1000], **values)


@dataclass(frozen=True, slots=True)
class PutBack:
    """Let a message wait that was taken but not tried: its receiver has just failed."""

    letter: Letter
    pause: timedelta

    def run(self, uow: UnitOfWork) -> None:
        """Take the attempt back."""
        values = {"status": WAITING, "attempts": self.letter.attempt - 1, "due_at": uow.now + self.pause}
        _held(uow, self.letter, **values)


@dataclass(frozen=True, slots=True)
class SettleParked:
    """Send a parked message again now, or drop it, so that those behind it may go.

    Raises:
        RecordClosed: it is not parked.
    """

    actor: Actor
    delivery_id: UUID
    is_dropped: bool = False

    def run(self, uow: UnitOfWork) -> None:
        """Settle it."""
        values: dict[str, Any] = {"status": WAITING, "due_at": uow.now, "attempts": 0}
        if self.is_dropped:
            values = {"status": DROPPED, "last_error": f"dropped by {self.actor.login}"}
        mine = (_d.id == self.delivery_id, _d.status == PARKED)
        if uow.connection.execute(update(webhook_delivery).where(*mine).values(**values)).rowcount != 1:
            raise errors.RecordClosed(delivery=str(self.delivery_id))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it stands."""

    id: UUID
    subscription_id: UUID
    subscription: str
    kind: str
    business_key: str
    status: str
    attempts: int
    due_at: datetime
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListDeliveries:
    """Messages, newest first; only those of one status when it is given."""

    status: str | None = None
    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Delivery, ...]:
        """Answer them."""
        columns = (
            _d.id, _d.subscription_id, _s.name, _d.kind, _d.business_key, _d.status, _d.attempts, _d.due_at,
            _d.last_error, _d.created_at, _d.delivered_at,
        )  # fmt: skip
        statement = select(*columns).join_from(webhook_delivery, webhook_subscription)
        if self.status is not None:
            statement = statement.where(_d.status == self.status)
        statement = statement.order_by(_d.created_at.desc(), _d.id.desc()).limit(self.limit)
        return tuple(Delivery(*row) for row in uow.connection.execute(statement))
