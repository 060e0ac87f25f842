"""Writes the whole audit as lines of JSON: roots with their leaves, then every chain from its first record."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from engine.digests import canonical
from engine.process_engine import ProcessEngine
from engine.store.tables import history_event
from workflows.audit.chains import FORMAT, case_record, office_record
from workflows.audit.sealing import root_line
from workflows.desk.asking import Ask
from workflows.records.audit import audit_chain, audit_event, audit_leaf, audit_root
from workflows.uow import UnitOfWork

_CHAINS, _RECORDS = 200, 1000
Found = TypeVar("Found")


class Export:
    """The lines up to the last root that is signed; later records wait for the next one."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def lines(self) -> Iterator[bytes]:
        """Yield line after line, a few chains in memory at a time."""
        roots = self._engine.ask(Ask(_last_root))
        yield _line({"header": FORMAT})
        for number in range(1, roots + 1):
            yield from self._root(number)
        count, after = 0, ""
        while chains := self._ask(_chains, roots, after):
            for one in self._records(chains):
                count += 1
                yield one
            after = chains[-1][0]
        yield _line({"end": {"records": count, "roots": roots}})

    def _ask(self, question: Callable[..., Found], *given: object) -> Found:
        return self._engine.ask(Ask(lambda uow: question(uow, *given)))

    def _root(self, number: int) -> Iterator[bytes]:
        after = ""
        while leaves := self._ask(_leaves, number, after):
            yield from (_line({"leaf": list(one)}) for one in leaves)
            after = leaves[-1][0]
        yield _line(self._ask(root_line, number))

    def _records(self, chains: Sequence[tuple[str, int]]) -> Iterator[bytes]:
        for name, upto in chains:
            if not name.startswith("case:"):
                yield from self._office(name, upto)
        wanted = {name: upto for name, upto in chains if name.startswith("case:")}
        for row in self._ask(_case_rows, list(wanted)):
            if row["seq"] <= wanted[f"case:{row['instance_id']}"]:
                yield _sealed(row["hash"], case_record(row, row["seq"]))

    def _office(self, name: str, upto: int) -> Iterator[bytes]:
        """Read a long chain in pieces: by its records' places."""
        for first in range(1, upto + 1, _RECORDS):
            last = min(first + _RECORDS - 1, upto)
            for row in self._ask(_office_rows, name, first, last):
                yield _sealed(row["hash"], office_record(row, row["seq"]))


def _line(value: object) -> bytes:
    return canonical(value) + b"\n"


def _sealed(found: str, record: dict[str, Any]) -> bytes:
    return b'{"hash":"' + found.encode() + b'","record":' + canonical(record) + b"}\n"


def _last_root(uow: UnitOfWork) -> int:
    return uow.connection.scalar(select(audit_root.c.number).order_by(audit_root.c.number.desc()).limit(1)) or 0


def _leaves(uow: UnitOfWork, number: int, after: str) -> list[tuple[str, int, str]]:
    c = audit_leaf.c
    statement = select(c.chain, c.seq, c.head).where(c.number == number, c.chain > after).order_by(c.chain)
    return [(row.chain, row.seq, row.head) for row in uow.connection.execute(statement.limit(_RECORDS))]


def _chains(uow: UnitOfWork, roots: int, after: str) -> list[tuple[str, int]]:
    """Return the next chains with how many of their records the roots cover."""
    chains, c = audit_chain.c, audit_leaf.c
    names = select(chains.chain).where(chains.rooted > 0, chains.chain > after).order_by(chains.chain).limit(_CHAINS)
    wanted = list(uow.connection.scalars(names))
    upto: dict[str, int] = dict.fromkeys(wanted, 0)
    for row in uow.connection.execute(select(c.chain, c.seq).where(c.chain.in_(wanted), c.number <= roots)):
        upto[row.chain] = max(row.seq, upto[row.chain])
    return list(upto.items())


def _case_rows(uow: UnitOfWork, names: Sequence[str]) -> list[dict[str, Any]]:
    ids = [UUID(name.removeprefix("case:")) for name in names]
    c = history_event.c
    statement = select(history_event).where(c.instance_id.in_(ids), c.seq.is_not(None)).order_by(c.instance_id, c.seq)
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def _office_rows(uow: UnitOfWork, name: str, first: int, last: int) -> list[dict[str, Any]]:
    c = audit_event.c
    statement = select(audit_event).where(c.chain == name, c.seq >= first, c.seq <= last).order_by(c.seq)
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def write_export(engine: ProcessEngine, path: Path) -> int:
    """Write the export into a file, packed when its name ends in ``.gz``; answers how many lines."""
    unfinished, count = path.with_name(f".{path.name}.part"), 0
    with gzip.open(unfinished, "wb") if path.suffix == ".gz" else unfinished.open("wb") as file:
        for line in Export(engine).lines():
            file.write(line)
            count += 1
    unfinished.replace(path)
    return count
