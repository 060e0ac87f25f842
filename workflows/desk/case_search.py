"""Finds cases by number, document, party or project, of those the person may see."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select

from engine.store.tables import process_instance
from workflows.jurisdiction import may_see_case
from workflows.penalties.access import seen_by
from workflows.penalties.words import STATES
from workflows.policy import Actor
from workflows.records.approvals import approval, party
from workflows.records.cases import transfer
from workflows.records.penalties import penalty_case
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]


def search_cases(uow: UnitOfWork, actor: Actor, text: str, limit: int) -> tuple[Row, ...]:
    """Return approvals, then transfers, then penalty cases; penalty cases only when something is asked for."""
    like = f"%{text}%"
    found = [*_read(uow, _approvals(like if text else "").limit(limit * 4)), *_read(uow, _transfers(like).limit(limit))]
    seen = [row for row in found if may_see_case(uow, actor, row["instance_id"])]
    if text:
        mine = _penalties(like).where(seen_by(actor)).limit(limit)
        seen += [{**row, "result": STATES[row["result"]]} for row in _read(uow, mine)]
    return tuple(seen[:limit])


def _read(uow: UnitOfWork, statement: Select[Any]) -> list[Row]:
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def _approvals(like: str) -> Select[Any]:
    a = approval.c
    statement = (
        select(a.business_key, a.project_name, a.document_no, a.result, a.decided_at, a.instance_id,
               party.c.name.label("party_name"), process_instance.c.status)
        .join(party, party.c.id == a.party_id)
        .join(process_instance, process_instance.c.id == a.instance_id)
        .order_by(a.received_at.desc(), a.id.desc())
    )  # fmt: skip
    columns = (a.business_key, a.project_name, a.document_no, a.project_no, party.c.name)
    return statement.where(or_(*(column.ilike(like) for column in columns))) if like else statement


def _transfers(like: str) -> Select[Any]:
    t = transfer.c
    return (
        select(t.business_key, t.project_name, t.number.label("document_no"), t.state.label("result"),
               t.created_at.label("decided_at"), t.instance_id, t.party_name, process_instance.c.status)
        .join(process_instance, process_instance.c.id == t.instance_id)
        .where(or_(*(column.ilike(like) for column in (t.business_key, t.project_name, t.party_name))))
    )  # fmt: skip


def _penalties(like: str) -> Select[Any]:
    p = penalty_case.c
    columns = (p.business_key, p.filing_number, p.decision_number, p.party_name, p.party_code, p.site)
    return (
        select(p.business_key, p.site.label("project_name"), p.decision_number.label("document_no"),
               p.state.label("result"), p.created_at.label("decided_at"), p.instance_id, p.party_name,
               process_instance.c.status)
        .join(process_instance, process_instance.c.id == p.instance_id)
        .where(or_(*(column.ilike(like) for column in columns)))
        .order_by(p.created_at.desc(), p.id.desc())
    )  # fmt: skip
