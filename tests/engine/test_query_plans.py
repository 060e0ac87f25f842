"""Nothing that a person or a worker waits for reads a whole table: every statement finds its rows by an index."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from bench.growth_rows import copy_case
from engine.commands.jobs import NextDue
from engine.queries.tasks import ListOpenTasks
from engine.store import batch
from engine.testing import EngineRig
from tests.engine.test_counts import COMMANDS, RING

BIG = {
    "process_instance", "user_task", "user_task_candidate", "job", "subscription", "history_event", "message",
    "early_message", "incident", "command_receipt",
}  # fmt: skip
ENOUGH = 2_000
MORE_AWAITED = (
    "INSERT INTO subscription (instance_id, token, element_id, kind, name, correlation_key, business_key) "
    "SELECT id, 99, 'wait', 'message', 'another', 'key ' || business_key, business_key FROM process_instance"
)
MORE_EARLY = (
    "INSERT INTO early_message (job_id, name, correlation_key, variables, actor, received_at, expires_at) "
    "SELECT id, 'another', business_key, '{}', 'li', now(), now() FROM process_instance"
)
Sent = list[tuple[str, Any]]


@pytest.fixture
def ring(rig: EngineRig) -> EngineRig:
    rig.deploy(RING)
    rig.start("ring", "warm")
    return rig


def fill(rig: EngineRig) -> None:
    """Add many cases, for with a handful one index is as good as another; SQLite chooses by its rules alone."""
    if not rig.database.is_sqlite:
        warm = next(task.instance_id for task in rig.open_tasks() if task.business_key == "warm")
        copy_case(rig.database.url, str(warm), ENOUGH)
        with rig.database.writing() as connection:
            for statement in (MORE_AWAITED, MORE_EARLY, "ANALYZE subscription, early_message"):
                connection.exec_driver_sql(statement)
            connection.commit()


@contextmanager
def listening(rig: EngineRig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """Keep every statement that is sent, also those of a pipeline, which SQLAlchemy does not see."""
    sent: Sent = []
    bind = batch._bound

    def bound(statement: Any, parameters: Any, dialect: Any) -> tuple[str, Any]:
        sent.append(bind(statement, parameters, dialect))
        return sent[-1]

    def seen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(rig.database.pool, "before_cursor_execute", seen)
    with monkeypatch.context() as patch:
        patch.setattr(batch, "_bound", bound)
        yield sent
    event.remove(rig.database.pool, "before_cursor_execute", seen)


def whole_tables(rig: EngineRig, sent: Sent) -> list[str]:
    """Return the big tables that a statement reads from end to end, with the statement."""
    found = []
    with rig.database.writing() as connection:
        for statement, values in sent:
            if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
                scan = _scans_sqlite if rig.database.is_sqlite else _scans_postgres
                found += [f"{table}: {statement}" for table in scan(connection, statement, values) if table in BIG]
        connection.rollback()
    return found


def _scans_sqlite(connection: Any, statement: str, values: Any) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    words = [row.detail.split() for row in rows]
    return [one[1] for one in words if one[0] == "SCAN" and "INDEX" not in one]


def _scans_postgres(connection: Any, statement: str, values: Any) -> list[str]:
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # scan only what must be
    [(plan,)] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).all()
    return list(_scanned(plan[0]["Plan"]))


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" or (node["Node Type"].startswith("Index") and "Index Cond" not in node):
        yield node.get("Relation Name", "")
    for inner in node.get("Plans", ()):
        yield from _scanned(inner)


@pytest.mark.parametrize("prepare", COMMANDS, ids=lambda made: made.__name__)
def test_a_command_reads_no_table_from_end_to_end(
    ring: EngineRig, prepare: Callable[[EngineRig], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = prepare(ring)
    fill(ring)
    with listening(ring, monkeypatch) as sent:
        ring.engine.execute(command)
    assert any(statement.startswith("UPDATE") or statement.startswith("INSERT") for statement, _ in sent)
    assert whole_tables(ring, sent) == []


def test_a_question_reads_no_table_from_end_to_end(ring: EngineRig, monkeypatch: pytest.MonkeyPatch) -> None:
    started = ring.start("ring", "c")
    fill(ring)
    with listening(ring, monkeypatch) as sent:
        ring.engine.ask(ListOpenTasks(started.instance_id))
        ring.engine.ask(NextDue())
    assert len(sent) >= 2
    assert whole_tables(ring, sent) == []


def test_a_statement_without_an_index_would_be_found(ring: EngineRig) -> None:
    assert whole_tables(ring, [("SELECT * FROM history_event WHERE actor = 'li'", ())]) != []
