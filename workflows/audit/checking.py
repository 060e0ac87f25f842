"""Reckons the chains and roots that are stored, in the database itself, and names the first record that is broken."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, select

from engine.digests import canonical, sm3
from engine.store.database import Database
from engine.store.lifecycle_tables import tombstone
from engine.store.tables import history_event
from workflows.audit.chains import ORIGIN, case_record, genesis, leaf, link, merkle, office_record, statement
from workflows.audit.keys import is_signed
from workflows.records.audit import audit_chain, audit_event, audit_leaf, audit_root

_CHAINS, _SEGMENT, _EVERYTHING = 200, 5000, 1 << 62
_CASE = "case:"


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that is not what was sealed: a record of a chain, or a signed root."""

    chain: str
    seq: int
    id: str = ""
    at: datetime | None = None
    why: str = "changed"
    """``changed``, ``missing`` or ``unsigned``."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many were reckoned again, and the first that is broken; ``next`` is where to go on, nothing at the end."""

    chains: int = 0
    records: int = 0
    roots: int = 0
    broken: Break | None = None
    next: str = ""


@dataclass(slots=True)
class _Walk:
    """One chain from one place on."""

    chain: str
    seq: int = 0
    head: str = ""
    marks: Mapping[int, str] = field(default_factory=dict)
    records: int = 0
    broken: Break | None = None

    def take(self, rows: Iterable[Any], form: Any) -> None:
        """Take records in order, until one is broken."""
        for row in rows:
            self.head, self.seq = link(self.head, canonical(form(row, self.seq + 1))), self.seq + 1
            if row["seq"] != self.seq:
                self.broken = Break(self.chain, self.seq, why="missing")
            elif row["hash"] != self.head or self.marks.get(self.seq, self.head) != self.head:
                self.broken = Break(self.chain, self.seq, str(row["id"]), row["at"])
            if self.broken is not None:
                return
            self.records += 1

    def end(self, seq: int, head: str) -> None:
        """Compare with what is known of the chain's end."""
        if self.broken is None and (self.seq, self.head) != (seq, head):
            self.broken = Break(self.chain, self.seq + 1, why="missing")


def check_stored(url: str) -> Checked:
    """Open a database and reckon everything in it again."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return check_everything(connection)
    finally:
        database.close()


def check_everything(connection: Connection) -> Checked:
    """Reckon all roots and all chains again."""
    return check_from(connection, "", _EVERYTHING)


def check_from(connection: Connection, place: str, budget: int) -> Checked:
    """Reckon about *budget* records from a place on, and the roots when it is the beginning."""
    found = Checked(next=place)
    if not place:
        found = _roots(connection, found, newest=budget < _EVERYTHING)
    while found.broken is None and found.records < budget:
        step = _cases(connection, found) if found.next < "office:" else _office(connection, found)
        if not step.next:
            return step
        found = step
    return replace(found, next="") if found.broken is not None else found


def check_cases(connection: Connection, instance_ids: Sequence[UUID]) -> Checked:
    """Reckon the chains of some cases."""
    names = [f"{_CASE}{one}" for one in instance_ids]
    chains = connection.execute(
        select(audit_chain).where(audit_chain.c.chain.in_(names)).order_by(audit_chain.c.chain)
    ).all()
    return _walked(connection, Checked(), chains)


def _cases(connection: Connection, found: Checked) -> Checked:
    c = audit_chain.c
    wanted = select(audit_chain).where(c.chain > found.next, c.chain < "office:").order_by(c.chain).limit(_CHAINS)
    chains = connection.execute(wanted).all()
    if not chains:
        return replace(found, next="office:")
    return replace(_walked(connection, found, chains), next=chains[-1].chain)


def _walked(connection: Connection, found: Checked, chains: Sequence[Any]) -> Checked:
    ids = [UUID(one.chain.removeprefix(_CASE)) for one in chains]
    c = history_event.c
    rows = connection.execute(
        select(history_event).where(c.instance_id.in_(ids), c.seq.is_not(None)).order_by(c.instance_id, c.seq)
    ).mappings()
    by_chain = {f"{_CASE}{key}": list(group) for key, group in groupby(rows, key=lambda row: row["instance_id"])}
    marks, records, broken = _marks(connection, [one.chain for one in chains]), found.records, None
    deleted = set(connection.scalars(select(tombstone.c.instance_id).where(tombstone.c.instance_id.in_(ids))))
    for one, instance_id in zip(chains, ids, strict=True):
        mine = by_chain.get(one.chain, [])
        if not mine and instance_id in deleted:
            continue
        walk = _Walk(one.chain, 0, genesis(one.chain), marks.get(one.chain, {}))
        walk.take(mine, case_record)
        walk.end(one.seq, one.head)
        records, broken = records + walk.records, broken or walk.broken
    return replace(found, chains=found.chains + len(chains), records=records, broken=broken)


def _office(connection: Connection, found: Checked) -> Checked:
    """Reckon a piece of a long chain; the place is its name and the last record that was reckoned."""
    name, _, after = found.next.partition("#")
    c = audit_chain.c
    later = c.chain >= name if after else c.chain > name
    chain = connection.execute(select(audit_chain).where(later).order_by(c.chain).limit(1)).one_or_none()
    if chain is None:
        return replace(found, next="")
    first = int(after) if after and chain.chain == name else 0
    e = audit_event.c
    rows = connection.execute(
        select(audit_event).where(e.chain == chain.chain, e.seq > first).order_by(e.seq).limit(_SEGMENT)
    ).mappings().all()  # fmt: skip
    head = connection.scalar(select(e.hash).where(e.chain == chain.chain, e.seq == first)) if first else None
    walk = _Walk(chain.chain, first, head or genesis(chain.chain), _marks(connection, [chain.chain])[chain.chain])
    walk.take(rows, office_record)
    is_over = len(rows) < _SEGMENT
    if is_over:
        walk.end(chain.seq, chain.head)
    return replace(
        found, chains=found.chains + int(is_over), records=found.records + walk.records, broken=walk.broken,
        next=chain.chain if is_over else f"{chain.chain}#{walk.seq}",
    )  # fmt: skip


def _marks(connection: Connection, names: Sequence[str]) -> dict[str, dict[int, str]]:
    """Return what signed roots know of chains: the hash at a length."""
    marks: dict[str, dict[int, str]] = {name: {} for name in names}
    c = audit_leaf.c
    for row in connection.execute(select(c.chain, c.seq, c.head).where(c.chain.in_(names))):
        marks[row.chain][row.seq] = row.head
    return marks


def _roots(connection: Connection, found: Checked, *, newest: bool) -> Checked:
    """Reckon the roots: how they follow each other, and of all or only the newest their tree and signature."""
    rows = [dict(row) for row in connection.execute(select(audit_root).order_by(audit_root.c.number)).mappings()]
    previous, broken = ORIGIN, None
    for place, row in enumerate(rows, 1):
        content = canonical(statement(row))
        is_whole = row["number"] == place and row["previous"] == previous
        if is_whole and (not newest or place == len(rows)):
            is_whole = row["root"] == merkle(list(_leaves(connection, place)))
            if is_whole and row["signature"] and not is_signed(content, row["signature"], row["public_key"]):
                broken = Break("root", place, at=row["made_at"], why="unsigned")
        if not is_whole:
            broken = Break("root", place, at=row["made_at"])
        if broken is not None:
            break
        previous = sm3(content).hex()
    return replace(found, roots=len(rows), broken=broken or _gone(connection))


def _gone(connection: Connection) -> Break | None:
    """Return a chain that a signed root knows and the database does not."""
    is_there = exists().where(audit_chain.c.chain == audit_leaf.c.chain)
    name = connection.scalar(select(audit_leaf.c.chain).where(~is_there).limit(1))
    return None if name is None else Break(name, 1, why="missing")


def _leaves(connection: Connection, number: int) -> Iterator[bytes]:
    c = audit_leaf.c
    wanted = select(c.chain, c.seq, c.head).where(c.number == number).order_by(c.chain)
    for row in connection.execute(wanted):
        yield leaf(row.chain, row.seq, row.head)
