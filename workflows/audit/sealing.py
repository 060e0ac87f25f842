"""Seals records: gives each its place and hash in its chain, and signs a root over all chains every day."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, exists, func, insert, select, update

from engine.digests import canonical, sm3
from engine.process_engine import ProcessEngine
from engine.store.tables import history_event
from workflows.audit.chains import ORIGIN, case_record, genesis, leaf, link, merkle, office_record, statement
from workflows.audit.keys import AuditKey
from workflows.desk.asking import Ask
from workflows.records.audit import audit_chain, audit_event, audit_leaf, audit_root
from workflows.uow import UnitOfWork, local_day_of

_BATCH, _AT_ONCE = 500, 10
_LOCK = 7_146_020  # one sealer at a time, whichever machine it runs on
Heads = dict[str, tuple[int, str]]


def _is_alone(uow: UnitOfWork) -> bool:
    """Tell whether nobody else seals; on SQLite there is one writer anyway."""
    if uow.connection.dialect.name == "sqlite":
        return True
    return bool(uow.connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))


@dataclass(frozen=True, slots=True)
class SealRecords:
    """Seal the oldest records that wait for it; answers how many, and -1 when another sealer is at work."""

    limit: int = _BATCH

    def run(self, uow: UnitOfWork) -> int:
        """Do it."""
        if not _is_alone(uow):
            return -1
        cases, office = (self._waiting(uow, table) for table in (history_event, audit_event))
        names = {f"case:{row['instance_id']}" for row in cases} | {row["chain"] for row in office}
        heads = _heads(uow, names)
        known = set(heads)
        sealed = {
            history_event: [_sealed(heads, f"case:{row['instance_id']}", row, case_record) for row in cases],
            audit_event: [_sealed(heads, row["chain"], row, office_record) for row in office],
        }
        for table, values in sealed.items():
            if values:
                uow.connection.execute(
                    update(table)
                    .where(table.c.id == bindparam("record"))
                    .values(seq=bindparam("n"), hash=bindparam("h")),
                    values,
                )
        _keep(uow, heads, known)
        return len(cases) + len(office)

    def _waiting(self, uow: UnitOfWork, table: Table) -> list[dict[str, Any]]:
        statement = select(table).where(table.c.seq.is_(None)).order_by(table.c.id).limit(self.limit)
        return [dict(row) for row in uow.connection.execute(statement).mappings()]


def _heads(uow: UnitOfWork, names: set[str]) -> Heads:
    rows = uow.connection.execute(select(audit_chain).where(audit_chain.c.chain.in_(sorted(names)))) if names else ()
    return {row.chain: (row.seq, row.head) for row in rows}


def _sealed(heads: Heads, chain: str, row: Mapping[str, Any], form: Any) -> dict[str, Any]:
    seq, head = heads.get(chain, (0, genesis(chain)))
    found = link(head, canonical(form(row, seq + 1)))
    heads[chain] = (seq + 1, found)
    return {"record": row["id"], "n": seq + 1, "h": found}


def _keep(uow: UnitOfWork, heads: Heads, known: set[str]) -> None:
    fresh = [{"chain": one, "seq": heads[one][0], "head": heads[one][1], "rooted": 0} for one in heads.keys() - known]
    grown = [{"name": one, "n": heads[one][0], "h": heads[one][1]} for one in sorted(known)]
    if fresh:
        uow.connection.execute(insert(audit_chain), fresh)
    if grown:
        where = audit_chain.c.chain == bindparam("name")
        uow.connection.execute(update(audit_chain).where(where).values(seq=bindparam("n"), head=bindparam("h")), grown)


@dataclass(frozen=True, slots=True)
class SignRoot:
    """Sign a root over the chains that grew since the last; answers its number, or nothing when none grew."""

    key: AuditKey
    day: date

    def run(self, uow: UnitOfWork) -> int | None:
        """Do it."""
        if not _is_alone(uow):
            return None
        grown = uow.connection.execute(
            select(audit_chain).where(audit_chain.c.seq > audit_chain.c.rooted).order_by(audit_chain.c.chain)
        ).all()
        if not grown:
            return None
        last = uow.connection.execute(select(audit_root).order_by(audit_root.c.number.desc()).limit(1)).one_or_none()
        root = {
            "number": 1 if last is None else last.number + 1, "day": self.day, "made_at": uow.now,
            "previous": ORIGIN if last is None else sm3(canonical(statement(dict(last._mapping)))).hex(),
            "root": merkle([leaf(row.chain, row.seq, row.head) for row in grown]),
            "chains": len(grown),
            "records": (last.records if last else 0) + sum(row.seq - row.rooted for row in grown),
        }  # fmt: skip
        signature = self.key.sign(canonical(statement(root)))
        uow.connection.execute(insert(audit_root), {**root, "signature": signature, "public_key": self.key.public})
        number = int(root["number"])
        uow.connection.execute(
            insert(audit_leaf),
            [{"number": number, "chain": row.chain, "seq": row.seq, "head": row.head} for row in grown],
        )
        uow.connection.execute(
            update(audit_chain).where(audit_chain.c.seq > audit_chain.c.rooted).values(rooted=audit_chain.c.seq)
        )
        return number


class Sealer:
    """The chore of a worker: seals what waits, signs the root of each day that is over, and puts it outside."""

    def __init__(self, engine: ProcessEngine, key: AuditKey, anchor: str = "") -> None:
        self._engine = engine
        self._key = key
        self._anchor = Path(anchor) if anchor else None

    @property
    def public(self) -> str:
        """Return the public key that signs, nothing when none does."""
        return self._key.public

    @property
    def anchor(self) -> Path | None:
        """Return the folder outside, if there is one."""
        return self._anchor

    def work(self) -> None:
        """Do what is due; of many records, such as those of the time before there was an audit, a part at a time."""
        self.seal(_AT_ONCE)
        yesterday = local_day_of(self._engine.clock.now()) - timedelta(days=1)
        if self._engine.ask(Ask(lambda uow: _is_missing(uow, yesterday))):
            self.sign(yesterday)

    def seal(self, batches: int | None = None) -> None:
        """Seal everything that waits, or some batches of it."""
        done = 0
        while (batches is None or done < batches) and self._engine.ask(Ask(_waits)):
            if self._engine.execute(SealRecords()) < 1:
                return
            done += 1

    def sign(self, day: date | None = None) -> int | None:
        """Sign a root now, by default for today, and write it into the folder outside."""
        number = self._engine.execute(SignRoot(self._key, day or local_day_of(self._engine.clock.now())))
        if number is not None and self._anchor is not None:
            _put_outside(self._anchor, number, canonical(self._engine.ask(Ask(lambda uow: root_line(uow, number)))))
        return number


def _waits(uow: UnitOfWork) -> bool:
    waiting = (select(table.c.id).where(table.c.seq.is_(None)).limit(1) for table in (history_event, audit_event))
    return any(uow.connection.execute(one).first() is not None for one in waiting)


def _is_missing(uow: UnitOfWork, day: date) -> bool:
    is_there = uow.connection.scalar(select(exists().where(audit_root.c.day >= day)))
    return not is_there


def root_line(uow: UnitOfWork, number: int) -> dict[str, Any]:
    """Return a root as it is exported."""
    row = dict(uow.connection.execute(select(audit_root).where(audit_root.c.number == number)).mappings().one())
    return {"root": statement(row), "signature": row["signature"], "public_key": row["public_key"]}


def _put_outside(folder: Path, number: int, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".root-{number:06d}"
    with unfinished.open("wb") as file:
        file.write(content + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / f"root-{number:06d}.json")


def chain_of(instance_id: UUID) -> str:
    """Return the name of a case's chain."""
    return f"case:{instance_id}"
