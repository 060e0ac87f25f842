"""Forgets what only machines needed and nobody will ask for again; cases are never touched (see ``retention.py``)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from engine.process_engine import ProcessEngine
from engine.store.tables import command_receipt
from workflows.records.lists import notice_delivery
from workflows.records.offices import login_session
from workflows.records.task_acts import undo_ticket
from workflows.records.webhooks import webhook_delivery
from workflows.uow import UnitOfWork

logger = logging.getLogger(__name__)
PACE = 3600.0  # seconds between two rounds
_SIZE = 500  # rows in a transaction
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """How long the rows of a table are kept after an instant of their own; our default, docs/operating.md tells it."""

    table: Table
    since: Any
    days: int
    condition: ColumnElement[bool] | None = None


KEPT = (
    Kept(command_receipt, command_receipt.c.created_at, 30),
    Kept(undo_ticket, undo_ticket.c.created_at, 7),
    Kept(login_session, login_session.c.expires_at, 180),
    Kept(notice_delivery, notice_delivery.c.sent_at, 180, notice_delivery.c.state == "sent"),
    Kept(webhook_delivery, webhook_delivery.c.delivered_at, 180, webhook_delivery.c.status == "delivered"),
)


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete a few rows of one table that are older than their term."""

    kept: Kept
    size: int = _SIZE

    def run(self, uow: UnitOfWork) -> int:
        """Answer how many went."""
        kept = self.kept
        found = select(*kept.table.primary_key.columns).where(kept.since < uow.now - timedelta(days=kept.days))
        if kept.condition is not None:
            found = found.where(kept.condition)
        rows = uow.connection.execute(found.limit(self.size).with_for_update(skip_locked=True)).all()
        if rows:
            key = tuple_(*kept.table.primary_key.columns)
            uow.connection.execute(delete(kept.table).where(key.in_([tuple(row) for row in rows])))
        return len(rows)


class Housekeeper:
    """Forgets once an hour, a few rows at a time, in the worker."""

    def __init__(self, engine: ProcessEngine, seconds: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._seconds = seconds
        self._next = 0.0

    def work(self) -> int:
        """Forget if it is time; answers how many rows."""
        if self._seconds() < self._next:
            return 0
        self._next = self._seconds() + PACE
        done = 0
        for kept in KEPT:
            for _ in range(_ROUNDS):
                found = self._engine.execute(Forget(kept))
                done += found
                if found < _SIZE:
                    break
        if done:
            logger.info("forgotten", extra={"rows": done})
        return done
