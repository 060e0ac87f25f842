"""Measure the worklist with 100,000 open tasks and as many finished ones, for a clerk and for a leader.

``page_ms`` is what the whole answer costs: the rows, the counts of all tabs, lamps and filters; ``list_ms`` the rows
alone; ``counts_ms`` what every page asks for its navigation; ``found_ms`` the page with words to look for. Each is the
median of the runs, on PostgreSQL when XIANJIE_TEST_POSTGRES tells one, else on SQLite. With ``--budget`` the script
fails when a list on PostgreSQL takes longer than promised. The last line is one JSON object.

    .ci/with-postgres .venv/bin/python -m bench.worklist --budget
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, insert, select, text

from engine.clock import SystemClock
from engine.commands.deploy import Deploy
from engine.spiff.model import Resource
from engine.store.tables import metadata, process_definition, process_instance, user_task, user_task_candidate
from workflows import bootstrap
from workflows.bootstrap import Application
from workflows.commands.load_city import LoadCity
from workflows.desk.asking import Ask, Do
from workflows.desk.worklist import WorklistFilter, _keys
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.settings import Settings
from workflows.uow import UnitOfWork
from workflows.worklist.words import columns_of

CITY = Path(bootstrap.__file__).parent / "cities" / "zaozhuang"
OPEN, KINDS, SEED, BATCH, RUNS, BUDGET_MS = 100_000, 700, 2_000, 5_000, 9, 150.0
UNITS, ROLES = [f"U-{n:02}" for n in range(20)], ("section_officer", "section_head")
DIAGRAM = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="bench">'
    b'<process id="bench" isExecutable="true"><startEvent id="s"/><userTask id="t" name="t"/><endEvent id="e"/>'
    b'<sequenceFlow id="a" sourceRef="s" targetRef="t"/><sequenceFlow id="b" sourceRef="t" targetRef="e"/>'
    b"</process></definitions>"
)
STEPS = ("claim_duty", "plan_inspection", "record_inspection", "acknowledge_feedback", "acknowledge_copy", "review")
CLERK = Actor("bench", "演示", "U-00", "演示", "section", "370402", frozenset({"section_officer"}), ("U-00",),
              frozenset({"U-00/section_officer", "U-00/section_head", "U-01/section_officer"}))  # fmt: skip
LEADER = replace(CLERK, login="leader", roles=frozenset({"leader"}), groups=frozenset({"U-00/leader"}))


def fill(app: Application, first: int, count: int, *, is_open: bool) -> None:
    """Add tasks, each with its clock and its candidates."""
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        app.engine.execute(Do(lambda uow, numbers=numbers: _add(uow, numbers, is_open=is_open)))


def multiply(app: Application, times: int) -> None:
    """Add copies of what was filled in, made by the database itself (PostgreSQL): the tasks, clocks and candidates."""
    copies = {
        user_task: {"id": "id", "token": "token", "business_key": "key"},
        running_limit: {"id": "id", "task_id": "id", "order_id": "maybe", "token": "token", "business_key": "key"},
        user_task_candidate: {"task_id": "id"},
    }
    made = {
        "id": "md5({0}::text || n)::uuid", "maybe": "CASE WHEN {0} IS NULL THEN NULL ELSE md5({0}::text || n)::uuid END",
        "token": "{0} + n * 1000000", "key": "{0} || '-' || n",
    }  # fmt: skip
    for table, changed in copies.items():
        names = [column.name for column in table.c]
        values = [made[changed[name]].format(name) if name in changed else name for name in names]
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table.name}"
        copied = text(f"{statement}, generate_series(1, :times) AS n")
        app.engine.execute(Do(lambda uow, copied=copied: _copy(uow, copied, times)))


def _copy(uow: UnitOfWork, copied: TextClause, times: int) -> None:
    uow.connection.execute(text("SET LOCAL statement_timeout = 0"))
    uow.connection.execute(copied, {"times": times})


def _add(uow: UnitOfWork, numbers: range, *, is_open: bool) -> None:
    tasks, clocks, groups = [], [], []
    for number in numbers:
        task_id, unit, at = UUID(int=number + 1), UNITS[number % len(UNITS)], uow.now - timedelta(minutes=number % 9999)
        due = at + timedelta(days=5)
        variables, words = _about(number % KINDS)
        tasks.append({
            "id": task_id, "instance_id": UUID(int=1), "token": number, "definition_key": "bench",
            "business_key": f"BENCH-{number}", "element_id": STEPS[number % len(STEPS)], "name": "演示环节",
            "status": "open" if is_open else "completed", "candidate_users": [],
            "candidate_groups": [f"{unit}/{ROLES[number // 20 % 2]}"], "due_at": due, "priority": 50, "properties": {},
            "variables": variables, "version": 1, "created_at": at, "ended_at": None if is_open else due,
            "ended_by": None if is_open else f"person-{number % 300}", **words,
        })  # fmt: skip
        clocks.append({
            "id": task_id, "instance_id": UUID(int=1), "business_key": f"BENCH-{number}", "task_id": task_id,
            "token": number, "element_id": STEPS[number % len(STEPS)], "key": f"BENCH-{number}", "unit": unit,
            "limit_name": "claim", "limit_version": 1, "anchor_event": "任务开始", "anchor_at": at,
            "due_at": due, "warn_at": due - timedelta(days=1), "calendar_version": "bench", "is_provisional": False,
            "pauses": [], "is_late": False, "is_waiting": False, "ended_at": None if is_open else due,
            "order_id": task_id if number % 20 == 0 else None,
        })  # fmt: skip
        groups.append({"group_name": f"{unit}/{ROLES[number // 20 % 2]}", "task_id": task_id})
    for table, rows in ((user_task, tasks), (running_limit, clocks), (user_task_candidate, groups if is_open else [])):
        if rows:
            uow.connection.execute(insert(table), rows)


@cache
def _about(number: int) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a task is about, and the words it is found by."""
    variables = {"item_name": f"演示事项 {number % 70}", "party_name": f"演示置业 {number} 有限公司",
                 "document_no": f"演示〔2026〕{number} 号", "notes": "演" * 300}  # fmt: skip
    return variables, columns_of(variables)


def _case(uow: UnitOfWork) -> None:
    """Add the case that all tasks are of."""
    definition = uow.connection.scalar(select(process_definition.c.id))
    uow.connection.execute(
        insert(process_instance),
        {"id": UUID(int=1), "definition_id": definition, "definition_key": "bench", "business_key": "BENCH",
         "status": "active", "version": 1, "state": b"", "started_at": uow.now, "started_by": "other"},
    )  # fmt: skip


def median(act: Callable[[], object]) -> float:
    """Return the milliseconds of the median run, the first left out."""
    act()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(times), 1)


def figures(app: Application, actor: Actor, wanted: WorklistFilter) -> dict[str, float]:
    """Return what one person's list costs."""
    desk = app.desk.worklist
    words = replace(wanted, q="yszy 99")
    return {
        "page_ms": median(lambda: desk.page(actor, wanted)),
        "list_ms": median(lambda: app.engine.ask(Ask(lambda uow: _keys(uow, actor, wanted)))),
        "counts_ms": median(lambda: desk.counts(actor)),
        "found_ms": median(lambda: desk.page(actor, words)),
        "tasks": desk.page(actor, wanted).total,
    }


def measure(url: str, count: int) -> dict[str, Any]:
    """Fill a city with tasks and ask for lists."""
    app = bootstrap.build(Settings(database=url, secret="s" * 40), clock=SystemClock())
    metadata.create_all(app.engine.database.pool)
    app.engine.execute(LoadCity(CITY, "bench"))
    app.rulebook.attach(app.engine)
    app.engine.execute(Deploy("bench", (Resource("bench.bpmn", DIAGRAM),), "bench"))
    app.engine.execute(Do(_case))
    began = datetime.now().astimezone()
    times = 1 if app.engine.database.is_sqlite else max(1, count // SEED)
    fill(app, 0, count // times, is_open=True)
    fill(app, count // times, count // times, is_open=False)
    if times > 1:
        multiply(app, times - 1)
    with app.engine.database.pool.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    print(f"{count} open and {count} finished tasks written in {datetime.now().astimezone() - began}", flush=True)
    found = {
        "clerk": figures(app, CLERK, WorklistFilter()),
        "leader": figures(app, LEADER, WorklistFilter("supervised")),
    }
    app.close()
    return found


def main() -> int:
    """Measure, print and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=OPEN)
    parser.add_argument("--budget", action="store_true")
    given = parser.parse_args()
    url = os.environ.get("XIANJIE_TEST_POSTGRES", "")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(url or f"sqlite:///{folder}/worklist.db", given.tasks)
    print(json.dumps({"database": "postgresql" if url else "sqlite", "open": given.tasks, **found}))
    slow = [who for who, ms in found.items() if max(ms["list_ms"], ms["page_ms"]) > BUDGET_MS]
    return 1 if given.budget and url and slow else 0


if __name__ == "__main__":
    sys.exit(main())
