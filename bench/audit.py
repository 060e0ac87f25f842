"""What the audit costs: verifying an export offline, completing a task with and without it, and sealing.

Usage: python -m bench.audit [--records N] [--rounds N]

The export is made up of the same lines as a real one: one long chain of what is done beside cases, and chains of eight
records for cases. Completions are done in turn with and without the audit, A, B, A, B; the ratio is that of the medians.
Under .ci/with-postgres both databases are measured. The last line is one JSON object.
"""

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from bench.complete_task import open_engine, own_tasks, prepare
from engine.commands import history
from engine.commands.complete_task import CompleteTask
from engine.digests import canonical
from engine.origin import Origin, coming_from
from engine.process_engine import ProcessEngine
from engine.store.unit_of_work import Registry
from workflows.audit.chains import FORMAT, ORIGIN, genesis, leaf, link, merkle, statement
from workflows.audit.keys import AuditKey, make_key
from workflows.audit.kinds import PULSE, WATCHED
from workflows.audit.noting import note_the_rest
from workflows.audit.sealing import SealRecords
from workflows.audit.verifying import lines_of, verify

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
IN_A_CASE = 8
AUDITED = Registry({}, (), watched=WATCHED, pulse=PULSE, audit=note_the_rest)
ORIGIN_OF_ALL = Origin("sp.jianshe", "0195d3c000007000800000000000abcd", "10.1.2.3")


def chains(records: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Make the chains: cases first, then a tenth of all records beside them."""
    beside = records // 10
    for case in range((records - beside) // IN_A_CASE):
        name = f"case:{UUID(int=case + 1)}"
        yield name, [_step(name, case * IN_A_CASE + n, n + 1) for n in range(IN_A_CASE)]
    name = "office:rights"
    yield name, [_change(name, n + 1) for n in range(records - (records - beside) // IN_A_CASE * IN_A_CASE)]


def _step(chain: str, number: int, seq: int) -> dict[str, Any]:
    return {
        "chain": chain, "seq": seq, "id": str(UUID(int=number)), "at": NOW, "kind": "task-completed",
        "element_id": "plan_supervision", "token": 17, "actor": "ks.jsgc", "detail": {"task_id": str(UUID(int=number))},
        "steps": [["completed", "plan_supervision", 17, None], ["waiting", "give_feedback", 18, None]],
        "data_hash": "ab" * 32, "request_id": "cd" * 16, "ip": "10.1.2.3",
    }  # fmt: skip


def _change(chain: str, seq: int) -> dict[str, Any]:
    image = {"op": "update", "table": "officer", "key": {"login": "sp.jianshe"}, "before": {"roles": ["leader"]},
             "after": {"roles": ["approval_clerk"]}}  # fmt: skip
    return {
        "chain": chain, "seq": seq, "id": str(UUID(int=seq)), "at": NOW, "kind": "rights-changed", "actor": "xt.admin",
        "object": "sp.jianshe", "detail": {"command": "change", "tables": {"officer": {"update": 1}}, "rows": [image]},
        "request_id": "cd" * 16, "ip": "10.1.2.3",
    }  # fmt: skip


def write(path: Path, key: AuditKey, records: int) -> None:
    """Write an export; the roots stand before the records, so the chains are made twice."""
    leaves = [(name, len(rows), _lines(name, rows)[1]) for name, rows in chains(records)]
    root = {"number": 1, "day": date(2026, 3, 2), "made_at": NOW, "previous": ORIGIN, "chains": len(leaves),
            "root": merkle([leaf(*one) for one in leaves]), "records": records}  # fmt: skip
    signature = key.sign(canonical(statement(root)))
    with path.open("wb") as file:
        file.write(canonical({"header": FORMAT}) + b"\n")
        file.writelines(canonical({"leaf": one}) + b"\n" for one in leaves)
        signed = {"root": statement(root), "signature": signature, "public_key": key.public}
        file.write(canonical(signed) + b"\n")
        for name, rows in chains(records):
            file.writelines(_lines(name, rows)[0])
        file.write(canonical({"end": {"records": records, "roots": 1}}) + b"\n")


def _lines(name: str, rows: list[dict[str, Any]]) -> tuple[list[bytes], str]:
    head, lines = genesis(name), []
    for row in rows:
        record = canonical(row)
        head = link(head, record)
        lines.append(b'{"hash":"' + head.encode() + b'","record":' + record + b"}\n")
    return lines, head


def verifying(records: int) -> dict[str, float]:
    """Return how long it takes to verify an export of so many records."""
    with tempfile.TemporaryDirectory() as folder:
        make_key(Path(folder) / "key")
        key, path = AuditKey.read(f"{folder}/key"), Path(folder) / "audit.jsonl"
        write(path, key, records)
        begin, processor = time.perf_counter(), time.process_time()
        found = verify(lines_of([path]), key.public)
        passed, processor = time.perf_counter() - begin, time.process_time() - processor
        assert found.records == records
        return {
            "records": records, "verify_s": round(passed, 1), "verify_cpu_s": round(processor, 1),
            "records_per_second": round(records / passed), "megabytes": round(path.stat().st_size / 1e6, 1),
        }  # fmt: skip


def _bare() -> AbstractContextManager[object]:
    """Let the engine write no digest of what was answered: the part of the audit that is always on."""
    return patch.object(history, "sm3", lambda _content: b"")


def completing(url: str, rounds: int) -> dict[str, float]:
    """Return the cost of a completion with the audit over that of one without, and of sealing one record."""
    prepare(url)
    engine = open_engine(url)
    audited = ProcessEngine(engine.database, engine.runtime, engine.clock, AUDITED)
    tasks = {True: own_tasks(engine, 0, 2), False: own_tasks(engine, 1, 2)}
    spent: dict[bool, list[float]] = {True: [], False: []}
    answers = {f"field_{n}": "y" * 30 for n in range(10)}
    with coming_from(ORIGIN_OF_ALL):
        for number, is_audited in itertools.product(range(rounds), (True, False)):
            mine, place = tasks[is_audited], number % len(tasks[is_audited])
            with nullcontext() if is_audited else _bare():
                begin = time.perf_counter()
                done = (audited if is_audited else engine).execute(CompleteTask(mine[place], "bench", answers))
                spent[is_audited].append(time.perf_counter() - begin)
            mine[place] = done.next_tasks[0]
    sealed, begin = 0, time.perf_counter()
    while (count := audited.execute(SealRecords())) > 0:
        sealed += count
    sealing = (time.perf_counter() - begin) / sealed
    engine.database.close()
    with_it, without = (statistics.median(spent[one]) * 1000 for one in (True, False))
    return {
        "with_audit_ms": round(with_it, 3), "without_ms": round(without, 3), "ratio": round(with_it / without, 3),
        "seal_ms_per_record": round(sealing * 1000, 3), "sealed": sealed,
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1000)
    given = parser.parse_args()
    result: dict[str, Any] = {"aim": "1,000,000 records in <= 60 s", **verifying(given.records)}
    print(result, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = completing(f"sqlite:///{folder}/bench.db", given.rounds)
    base = os.environ.get("XIANJIE_TEST_POSTGRES")
    if base:
        result["postgresql"] = completing(base, given.rounds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
