"""What was queued for the outlets before it could travel, and decisions that were never queued, are sent now."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from workflows.publication.outlets import Notice, follow, send, text_of
from workflows.publication.penalties import publish_penalty
from workflows.records.penalties import penalty_case, penalty_publication
from workflows.records.publication import publication
from workflows.records.random_checks import random_plan, random_task
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

_p = publication.c
_MANY = 200


def adopt(uow: UnitOfWork, rulebook: Rulebook) -> int:
    """Send what waits without a record; answers how many."""
    return _adopt_rows(uow) + _adopt_penalties(uow, rulebook)


def _adopt_rows(uow: UnitOfWork) -> int:
    waiting = select(publication).where(_p.record_id.is_(None), _p.state == "queued").order_by(_p.queued_at)
    rows = uow.connection.execute(waiting.limit(_MANY)).all()
    for row in rows:
        owner = _owner(uow, row)
        if owner is None:
            continue
        unit, number = owner
        values = {"unit": unit, "business_key": row.business_key or number}
        uow.connection.execute(update(publication).where(_p.id == row.id).values(**values))
        notice = Notice(
            kind=row.kind, about=row.about, title=row.title, data=row.data, text=text_of(row.kind, row.data),
            unit=unit, number=number, due_at=row.due_at, by=row.queued_by,
        )  # fmt: skip
        follow(uow, row.id, send(uow, {**row._mapping, **values}, notice))
    return len(rows)


def _owner(uow: UnitOfWork, row: Any) -> tuple[str, str] | None:
    """Return the unit and the number of what a row publishes."""
    table: Any = {"random_plan": random_plan, "random_result": random_task}.get(row.kind)
    if table is None:
        return None
    found = uow.connection.execute(
        select(table.c.unit, table.c.business_key).where(table.c.id == row.about)
    ).one_or_none()
    return None if found is None else (found.unit, found.business_key)


def _adopt_penalties(uow: UnitOfWork, rulebook: Rulebook) -> int:
    """Publish decisions that were to be public before there was a way."""
    c, known = penalty_publication.c, select(_p.about).where(_p.kind == "penalty")
    mine = select(c.case_id).where(c.is_published, c.withdrawn_at.is_(None), c.case_id.not_in(known))
    ids = [UUID(str(one)) for one in uow.connection.scalars(mine.limit(_MANY))]
    for case_id in ids:
        row = uow.connection.execute(select(penalty_case).where(penalty_case.c.id == case_id)).one()
        publish_penalty(uow, rulebook, row)
    return len(ids)
