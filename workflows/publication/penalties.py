"""Penalty decisions that are made public, and taken back when they fall (xzcf/48)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from workflows.functions import anchor_of
from workflows.identifiers import mask_name
from workflows.publication.outlets import Notice, publish, rows_about, text_of, withdraw
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

KIND = "penalty"


def publish_penalty(uow: UnitOfWork, rulebook: Rulebook, row: Any) -> None:
    """Publish a served decision of social concern at every outlet, once."""
    if rows_about(uow, KIND, row.id):
        return
    decision, inquiry = row.decision, row.inquiry or {}
    party = mask_name(row.party_name) if row.party_kind == "1" else row.party_name
    data = {
        "number": row.decision_number, "party": party, "facts": inquiry.get("facts"),
        "basis": inquiry.get("penalty_basis"), "content": decision.get("penalty_content"),
        "decided_on": local_day_of(row.decided_at).isoformat(),
    }  # fmt: skip
    publish(uow, rulebook, Notice(
        kind=KIND, about=row.id, title=f"{party}行政处罚决定", data=data, text=text_of(KIND, data), unit=row.unit,
        number=row.decision_number, due_at=rulebook.reckon("penalty_publish", row.decided_at).due_at,
        by=str(decision["by"]), business_key=row.business_key,
    ))  # fmt: skip


def withdraw_penalty(uow: UnitOfWork, rulebook: Rulebook, case_id: UUID, note: str) -> int:
    """Take a decision that was overturned back from everywhere; answers from how many outlets."""
    row = uow.connection.execute(select(penalty_case).where(penalty_case.c.id == case_id)).one()
    due_at = None
    if row.overturn:
        due_at = rulebook.reckon("publication_withdrawal", anchor_of(row.overturn["overturned_on"], uow.now)).due_at
    return withdraw(uow, KIND, case_id, note, due_at)
