"""Tells every case that follows a permit what became of it; a case waits for it under ``permit/<id>``."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, select

from engine.commands.wait_state import job_row
from engine.store.tables import job, subscription
from engine.store.unit_of_work import Instance
from workflows.uow import UnitOfWork

CHANGED, WITHDRAWN = "permit_changed", "permit_withdrawn"


def key_of(approval_id: object) -> str:
    """Return under which key cases wait for news of a permit."""
    return f"permit/{approval_id}"


def tell_followers(uow: UnitOfWork, name: str, approval_id: UUID, facts: Mapping[str, object], actor: str) -> int:
    """Queue one delivery for each case that waits for this news, in the same transaction; answers how many."""
    mine = (subscription.c.name == name) & (subscription.c.correlation_key == key_of(approval_id))
    rows = uow.connection.execute(select(subscription).where(mine)).all()
    queued = [
        job_row(
            uow, Instance(row.instance_id, row.instance_id, "", row.business_key, 0), kind="delivery",
            token=row.token, element_id=row.element_id, topic=name,
            payload={"variables": dict(facts), "actor": actor},
        )
        for row in rows
    ]  # fmt: skip
    if queued:
        uow.connection.execute(insert(job), queued)
    return len(rows)
