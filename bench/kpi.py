"""Measure the board of indicators with many supervision acts against the same board with few.

``seconds_few`` and ``seconds_many`` are the best of three boards of a quarter; ``ratio`` is their quotient: it says
what a hundred times the acts cost, whatever the machine. ``statements`` is how many were asked for a board, the same
for both. The last line is one JSON object.
"""

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, select

from engine.clock import SystemClock
from engine.store.tables import metadata
from workflows import bootstrap
from workflows.bootstrap import Application
from workflows.commands.load_city import LoadCity
from workflows.desk.asking import Ask, Do
from workflows.performance.board import kpi_values
from workflows.performance.periods import Period, current
from workflows.performance.scope import scope_on
from workflows.records.inspections import evidence_file, supervision_act
from workflows.settings import Settings
from workflows.uow import UnitOfWork, local_day_of

CITY = Path(bootstrap.__file__).parent / "cities" / "zaozhuang"
FEW, MANY, BATCH = 1_000, 100_000, 5_000


def fill(app: Application, first: int, count: int, begins: datetime) -> None:
    """Add acts with a proof each, spread over the duties and the quarter."""

    def run(uow: UnitOfWork) -> None:
        scope = scope_on(uow, local_day_of(uow.now))
        for start in range(first, first + count, BATCH):
            acts, files = [], []
            for number in range(start, min(start + BATCH, first + count)):
                line, source = scope[number % len(scope)], UUID(int=number + 1)
                at = begins + timedelta(seconds=60 * (number % 100_000))
                acts.append({
                    "id": uow.new_id(), "kind": "inspection", "item_code": line.item_code, "unit": line.unit,
                    "area": line.area, "party_name": "演示", "party_code": "", "source": "bench", "source_id": source,
                    "business_key": f"JC-{number}", "happened_at": at, "officers": [{"login": "x", "name": "演示"}],
                    "result": "no_problem", "recorded_at": at,
                })  # fmt: skip
                files.append({
                    "id": uow.new_id(), "owner": "inspection", "owner_id": source, "sha256": source.hex * 2,
                    "media_type": "image/png", "size": 1, "content": b"x", "uploaded_by": "x", "uploaded_at": at,
                })  # fmt: skip
            uow.connection.execute(insert(supervision_act), acts)
            uow.connection.execute(insert(evidence_file), files)

    app.engine.execute(Do(run))


def best(app: Application, period: Period) -> float:
    """Return the seconds of the best of three boards."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        app.engine.ask(Ask(lambda uow: kpi_values(uow, period)))
        times.append(time.perf_counter() - start)
    return min(times)


def measure(many: int) -> dict[str, Any]:
    """Build a city, count with few acts and with many."""
    with tempfile.TemporaryDirectory() as folder:
        app = bootstrap.build(Settings(database=f"sqlite:///{folder}/kpi.db", secret="s" * 40), clock=SystemClock())
        metadata.create_all(app.engine.database.pool)
        app.engine.execute(LoadCity(CITY, "bench"))
        app.rulebook.attach(app.engine)
        period = current(app.rulebook, datetime.now(UTC))
        fill(app, 0, FEW, period.begins_at)
        few, seen = best(app, period), []
        event.listen(app.engine.database.pool, "before_cursor_execute", lambda *given: seen.append(given[2]))
        app.engine.ask(Ask(lambda uow: kpi_values(uow, period)))
        statements = len(seen)
        fill(app, FEW, many - FEW, period.begins_at)
        found = {"acts": many, "seconds_few": few, "seconds_many": best(app, period), "statements": statements}
        count = app.engine.ask(Ask(lambda uow: len(uow.connection.execute(select(supervision_act.c.id)).all())))
        app.close()
    assert count == many
    return {**found, "ratio": found["seconds_many"] / few}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=MANY)
    print(json.dumps(measure(parser.parse_args().acts)))


if __name__ == "__main__":
    main()
