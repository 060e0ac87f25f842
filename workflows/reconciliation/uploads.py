"""The books of what is uploaded: what the organs queued, and what the other systems accepted."""

from collections.abc import Iterable
from datetime import datetime

from workflows.reconciliation.entries import Entry
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def uploads(_uow: UnitOfWork, _rulebook: Rulebook, _begin: datetime, _cut: datetime) -> Iterable[Entry]:
    """Return the records queued before *cut* that were not accepted before *begin*."""
    return ()
