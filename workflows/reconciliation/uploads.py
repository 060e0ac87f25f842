"""The books of what is uploaded: what the organs queued, and what the other systems accepted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from workflows.reconciliation.entries import Entry, begin_of
from workflows.records.delivery import outbound_record
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork
from workflows.working_days import ONE_DAY

_ENDINGS = {"accepted": "received", "withdrawn": "withdrawn", "superseded": "withdrawn"}


def uploads(uow: UnitOfWork, rulebook: Rulebook, begin: datetime, cut: datetime) -> Iterable[Entry]:
    """Return the records queued before *cut* that were not accepted before *begin*; history brought in is left out."""
    c = outbound_record.c
    open_or_new = or_(c.settled_at.is_(None), c.settled_at >= begin, c.status == "rejected")
    columns = [column for column in c if column.name not in ("payload", "findings")]
    rows = uow.connection.execute(
        select(*columns).where(c.queued_at < cut, open_or_new, c.is_backfill.is_(False))
    )  # fmt: skip
    for row in rows:
        ending = _ENDINGS.get(row.status)
        ended = (ending, row.settled_at) if ending and row.settled_at else None
        yield Entry(
            "upload", str(row.id), row.source_id[:60], row.title or row.dataset, row.organ, row.channel, row.queued_at,
            due_at=_due(rulebook, row), business_key=row.business_key or None, ended=ended,
            faults=("rejected",) if row.status == "rejected" else (), more={"dataset": row.dataset},
        )  # fmt: skip


def _due(rulebook: Rulebook, row: Any) -> datetime:
    if row.due_on is not None:
        return begin_of(row.due_on + ONE_DAY)
    return rulebook.reckon("reconciliation_upload", row.queued_at).due_at
