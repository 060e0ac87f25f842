"""Finds cases by number, document, party (also by initials) or project, of those the person may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, literal, or_, select, union_all

from engine.store.tables import process_instance
from workflows import catalog
from workflows.catalogue.store import catalogue_on
from workflows.jurisdiction import seen_among
from workflows.penalties.access import seen_by
from workflows.penalties.words import STATES
from workflows.pinyin import like, search_words
from workflows.policy import Actor
from workflows.records.approvals import approval, party
from workflows.records.cases import transfer
from workflows.records.letters import letter, receipt
from workflows.records.lists import case_words
from workflows.records.penalties import penalty_case
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
_MOST_ITEMS, _AT_ONCE = 20, 100


@dataclass(frozen=True, slots=True)
class Found:
    """What a search box answers: the case of an exact number, else cases and items of the catalogue."""

    exact: str
    cases: tuple[Row, ...]
    items: tuple[Row, ...]


def find(uow: UnitOfWork, actor: Actor, text: str, limit: int) -> Found:
    """Return everything a text means to the person; an exact number is one case at once."""
    if text and (case := _exact(uow, actor, text)):
        return Found(case, (), ())
    return Found("", search_cases(uow, actor, text, limit), _items(uow, text))


def search_cases(uow: UnitOfWork, actor: Actor, text: str, limit: int) -> tuple[Row, ...]:
    """Return approvals, then transfers, then penalty cases and others; these only when something is asked for."""
    wanted = like(text) if text else ""
    found = [*_read(uow, _approvals(wanted).limit(limit * 4)), *_read(uow, _transfers(wanted or "%").limit(limit))]
    if text:
        mine = _penalties(wanted).where(seen_by(actor)).limit(limit)
        found += [{**row, "result": STATES[row["result"]]} for row in _read(uow, mine)]
        found += [{**row, "result": catalog.TITLES.get(row["result"], "")}
                  for row in _read(uow, _others(wanted).limit(limit * 4))]  # fmt: skip
    by_case: dict[str, Row] = {}
    for first in range(0, len(found), _AT_ONCE):
        part = found[first : first + _AT_ONCE]
        seen = seen_among(uow, actor, [row["instance_id"] for row in part])
        for row in part:
            if row["instance_id"] in seen:
                by_case.setdefault(row["business_key"], row)
        if len(by_case) >= limit:
            break  # most people see the first ones: the others need not be looked up
    return tuple(islice(by_case.values(), limit))


def _exact(uow: UnitOfWork, actor: Actor, text: str) -> str:
    """Return the one case that a number names: its own, or that of a document, letter or receipt of it."""
    a, key = approval.c, text.strip()
    named = union_all(
        select(process_instance.c.business_key, process_instance.c.id, literal(0)).where(
            process_instance.c.business_key.in_({key, key.upper(), key.lower()})
        ),
        *(select(a.business_key, a.instance_id, literal(1)).where(column == key, a.instance_id.is_not(None))
          for column in (a.document_no, a.licence_no, a.project_no)),
        *(select(t.c.business_key, t.c.instance_id, literal(1)).where(t.c.number == key, t.c.instance_id.is_not(None))
          for t in (letter, receipt, transfer)),
        *(select(penalty_case.c.business_key, penalty_case.c.instance_id, literal(1)).where(column == key)
          for column in (penalty_case.c.filing_number, penalty_case.c.decision_number)),
    ).limit(50)  # fmt: skip
    rows = uow.connection.execute(named).all()
    seen = seen_among(uow, actor, [row[1] for row in rows])
    for rank in (0, 1):
        keys = {row[0] for row in rows if row[2] == rank and row[1] in seen}
        if len(keys) == 1:
            return str(keys.pop())
    return ""


def _items(uow: UnitOfWork, text: str) -> tuple[Row, ...]:
    """Return the items of the catalogue in whose code, name or other names the text occurs, also as initials."""
    wanted = text.strip().lower()
    if not wanted:
        return ()
    rows = catalogue_on(uow, local_day_of(uow.now))
    found = (row for row in rows if wanted in search_words(row["code"], row["name"], *row["aliases"]))
    return tuple({"code": row["code"], "name": row["name"]} for _, row in zip(range(_MOST_ITEMS), found, strict=False))


def _read(uow: UnitOfWork, statement: Select[Any]) -> list[Row]:
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def _with(columns: tuple[Any, ...], wanted: str) -> Any:
    words = select(case_words.c.instance_id).where(case_words.c.words.like(wanted, escape="\\"))
    own = (func.lower(column).like(wanted, escape="\\") for column in columns[1:])
    return or_(columns[0].in_(words), *own)


def _approvals(wanted: str) -> Select[Any]:
    a = approval.c
    statement = (
        select(a.business_key, a.project_name, a.document_no, a.result, a.decided_at, a.instance_id,
               party.c.name.label("party_name"), process_instance.c.status)
        .join(party, party.c.id == a.party_id)
        .join(process_instance, process_instance.c.id == a.instance_id)
        .order_by(a.received_at.desc(), a.id.desc())
    )  # fmt: skip
    columns = (a.instance_id, a.business_key, a.project_name, a.document_no, a.project_no, party.c.name)
    return statement.where(_with(columns, wanted)) if wanted else statement


def _transfers(wanted: str) -> Select[Any]:
    t = transfer.c
    return (
        select(t.business_key, t.project_name, t.number.label("document_no"), t.state.label("result"),
               t.created_at.label("decided_at"), t.instance_id, t.party_name, process_instance.c.status)
        .join(process_instance, process_instance.c.id == t.instance_id)
        .where(_with((t.instance_id, t.business_key, t.number, t.project_name, t.party_name), wanted))
        .order_by(t.created_at.desc(), t.id.desc())
    )  # fmt: skip


def _penalties(wanted: str) -> Select[Any]:
    p = penalty_case.c
    columns = (p.instance_id, p.business_key, p.filing_number, p.decision_number, p.party_name, p.site)
    whole = func.lower(p.party_code) == wanted.strip("%")  # parts would let a masked number be guessed
    return (
        select(p.business_key, p.site.label("project_name"), p.decision_number.label("document_no"),
               p.state.label("result"), p.created_at.label("decided_at"), p.instance_id, p.party_name,
               process_instance.c.status)
        .join(process_instance, process_instance.c.id == p.instance_id)
        .where(_with(columns, wanted) | whole)
        .order_by(p.created_at.desc(), p.id.desc())
    )  # fmt: skip


def _others(wanted: str) -> Select[Any]:
    c = case_words.c
    return (
        select(c.business_key, c.title.label("project_name"), literal(None).label("document_no"),
               c.definition_key.label("result"), c.begun_at.label("decided_at"), c.instance_id,
               c.subtitle.label("party_name"), process_instance.c.status)
        .join(process_instance, process_instance.c.id == c.instance_id)
        .where(c.words.like(wanted, escape="\\"))
        .order_by(c.begun_at.desc(), c.instance_id)
    )  # fmt: skip
