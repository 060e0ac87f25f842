"""A penalty is served: what was decided to be public goes to the outlets."""

from typing import Any

from sqlalchemy import update

from workflows.credit.entries import entry_of
from workflows.publication.penalties import publish_penalty
from workflows.records.penalties import penalty_publication
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def penalty_served(uow: UnitOfWork, rulebook: Rulebook, row: Any) -> None:
    """Publish the decision, and note when the credit platform took it if it was quicker than the post."""
    if row.decision.get("is_published"):
        publish_penalty(uow, rulebook, row)
    known = entry_of(uow, "penalty", row.id)
    if known is not None and known.accepted_at is not None:
        mine = penalty_publication.c.case_id == row.id
        uow.connection.execute(update(penalty_publication).where(mine).values(uploaded_at=known.accepted_at))
