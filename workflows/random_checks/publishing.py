"""What is to be published where: one row for each outlet, which a later delivery sends and signs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from workflows.letter_book import digest
from workflows.records.random_checks import publication
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def queue(  # noqa: PLR0913 - a publication has these parts
    uow: UnitOfWork, rulebook: Rulebook, *, kind: str, about: UUID, title: str, data: Mapping[str, Any],
    due_at: datetime, by: str,
) -> None:  # fmt: skip
    """Queue the same content for every outlet of the city."""
    rows = [
        {"id": uow.new_id(), "kind": kind, "about": about, "outlet": outlet, "title": title, "data": dict(data),
         "sha256": digest(data), "state": "queued", "is_late": uow.now >= due_at, "due_at": due_at, "queued_by": by,
         "queued_at": uow.now}
        for outlet in rulebook.city.outlets
    ]  # fmt: skip
    uow.connection.execute(insert(publication), rows)
