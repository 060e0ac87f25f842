"""What happens in a case, written for each subscriber in the transaction in which it happens."""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine.store.unit_of_work import Change
from workflows.records.webhooks import webhook_delivery, webhook_subscription
from workflows.uow import ZONE, UnitOfWork

KINDS: Mapping[str, str] = {
    "case.started": "案件开始", "case.completed": "案件办结", "case.cancelled": "案件撤销",
    "case.failed": "案件异常终止", "case.suspended": "案件挂起", "case.resumed": "案件恢复",
    "task.created": "任务产生", "task.completed": "任务办结", "task.cancelled": "任务取消",
}  # fmt: skip
_FRESH = timedelta(seconds=30)
_INSERT = insert(webhook_delivery)
_WANTED = select(webhook_subscription.c.id, webhook_subscription.c.kinds).where(webhook_subscription.c.is_active)


class Subscriptions:
    """The active subscriptions as this process knows them; at most half a minute old, and read anew when changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[tuple[UUID, frozenset[str]], ...] = ()
        self._read_at: datetime | None = None

    def forget(self) -> None:
        """Read anew at the next event."""
        with self._lock:
            self._read_at = None

    def __call__(self, uow: UnitOfWork, change: Change) -> None:
        """Write what happened, once for each subscriber who wants to know."""
        wanted = self._current(uow)
        if not wanted:
            return
        rows = [
            {"id": uow.new_id(), "subscription_id": subscriber, "kind": body["kind"],
             "instance_id": change.instance.id, "business_key": change.instance.business_key,
             "step": change.instance.version + 1, "place": place, "body": body, "status": "waiting", "attempts": 0,
             "fence": 0, "due_at": uow.now, "created_at": uow.now}
            for place, body in enumerate(_events(uow, change), 1)
            for subscriber, kinds in wanted if body["kind"] in kinds
        ]  # fmt: skip
        if rows:
            uow.connection.execute(_INSERT, rows)

    def _current(self, uow: UnitOfWork) -> tuple[tuple[UUID, frozenset[str]], ...]:
        with self._lock:
            if self._read_at is not None and abs(uow.now - self._read_at) < _FRESH:
                return self._found
        found = tuple((row.id, frozenset(row.kinds)) for row in uow.connection.execute(_WANTED))
        with self._lock:
            self._found, self._read_at = found, uow.now
        return found


def _events(uow: UnitOfWork, change: Change) -> Iterator[dict[str, Any]]:
    case = {
        "business_key": change.instance.business_key, "process": change.instance.definition_key,
        "instance_id": str(change.instance.id), "at": uow.now.astimezone(ZONE).isoformat(), "actor": change.actor,
    }  # fmt: skip
    if change.started:
        yield {"kind": "case.started", **case}
    for ended in change.ended:
        yield {"kind": f"task.{ended.status}", **case, "token": ended.token}
    for made in change.created:
        task = {"id": str(made.id), "element": made.waiting.element_id, "name": made.waiting.name}
        yield {"kind": "task.created", **case, "token": made.waiting.token, "task": task}
    what = change.acted or change.status
    if what != "active":
        yield {"kind": f"case.{what}", **case}
