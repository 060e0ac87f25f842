"""A person corrects the fields of an entry of the own office; it is checked and queued again at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from workflows import errors
from workflows.credit.access import require_entry
from workflows.credit.entries import follow
from workflows.credit.following import newest
from workflows.delivery import CorrectRecord
from workflows.policy import Actor
from workflows.records.delivery import outbound_record
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CorrectEntry:
    """Give fields other values, as a person typed them, with the reason; answers the new state.

    Raises:
        CaseNotFound, NotAllowed: not an entry of the own office.
        RecordClosed: it was taken down.
        FormInvalid: names each field and the remedy.
    """

    actor: Actor
    entry_id: UUID
    texts: Mapping[str, str]
    reason: str

    def run(self, uow: UnitOfWork) -> str:
        """Write the corrections and follow the new version."""
        row = require_entry(uow, self.actor, self.entry_id)
        if row.state in ("ended", "exempt"):
            raise errors.RecordClosed(record=str(row.id), status=row.state)
        mine = outbound_record.c.id == row.record_id
        guid = uow.connection.scalar(select(outbound_record.c.row_guid).where(mine))
        record_id = CorrectRecord(self.actor, newest(uow, str(guid)).id, self.texts, self.reason).run(uow)
        return follow(uow, row.id, record_id)
