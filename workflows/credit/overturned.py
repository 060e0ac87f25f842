"""A penalty that was overturned comes down: from the platform, the outlets and the public page (xzcf/48)."""

from uuid import UUID

from workflows.credit.entries import end_entry, entry_of
from workflows.publication.penalties import withdraw_penalty
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def overturned(uow: UnitOfWork, rulebook: Rulebook, case_id: UUID, note: str) -> int:
    """Take it back everywhere and say why in public; answers from how many outlets."""
    known = entry_of(uow, "penalty", case_id)
    if known is not None:
        end_entry(uow, known, "overturned", note)
    return withdraw_penalty(uow, rulebook, case_id, note)
