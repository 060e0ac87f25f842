"""Who is told: subscriptions are made, changed and switched off, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from workflows import errors
from workflows.policy import Actor
from workflows.records.webhooks import webhook_subscription
from workflows.uow import UnitOfWork

_s = webhook_subscription.c


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Make a subscription; what happens from now on is told. Answers its id.

    Raises:
        FormInvalid: the name is taken.
    """

    actor: Actor
    name: str
    url: str
    secret: str
    kinds: Sequence[str]

    def run(self, uow: UnitOfWork) -> UUID:
        """Make it."""
        if uow.connection.scalar(select(_s.id).where(_s.name == self.name)) is not None:
            raise errors.FormInvalid(errors=[{"field": "name", "message": "已有同名的订阅，请换一个名称"}])
        subscription_id = uow.new_id()
        who = {"created_by": self.actor.login, "changed_by": self.actor.login}
        row = {
            "id": subscription_id, "name": self.name, "url": self.url, "secret": self.secret,
            "kinds": list(self.kinds), "is_active": True, "created_at": uow.now, "changed_at": uow.now, **who,
        }  # fmt: skip
        uow.connection.execute(insert(webhook_subscription), row)
        return subscription_id


@dataclass(frozen=True, slots=True)
class ChangeSubscription:
    """Give a subscription another address, other kinds or another secret, or switch it on or off.

    While it is off nothing new is written for it, and what waits is not sent.

    Raises:
        RecordNotFound: there is no such subscription.
    """

    actor: Actor
    subscription_id: UUID
    values: tuple[tuple[str, Any], ...]

    def run(self, uow: UnitOfWork) -> None:
        """Change it."""
        given = {**dict(self.values), "changed_by": self.actor.login, "changed_at": uow.now}
        mine = update(webhook_subscription).where(_s.id == self.subscription_id).values(**given)
        if uow.connection.execute(mine).rowcount != 1:
            raise errors.RecordNotFound(subscription=str(self.subscription_id))


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, without its secret."""

    id: UUID
    name: str
    url: str
    kinds: tuple[str, ...]
    is_active: bool
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """All subscriptions by name."""

    limit: int = 200

    def run(self, uow: UnitOfWork) -> tuple[Subscription, ...]:
        """Answer them."""
        rows = uow.connection.execute(select(webhook_subscription).order_by(_s.name).limit(self.limit))
        return tuple(
            Subscription(row.id, row.name, row.url, tuple(row.kinds), row.is_active, row.created_by, row.created_at,
                         row.changed_by, row.changed_at)
            for row in rows
        )  # fmt: skip
