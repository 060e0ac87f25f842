"""Measure the readers of the libraries with very many objects against the same readers with few.

For each reader: ``seconds_few`` and ``seconds_many`` are the best of three, ``ratio`` is their quotient, whatever the
machine; what a reader answers is the same in both, so a ratio near one means that it does not care how many objects
there are. ``scans`` are the tables it reads from end to end, by the plan of the database. The last line is one JSON
object. ``--objects`` makes it as small as one likes.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, text, true

from engine.clock import SystemClock
from engine.store.tables import metadata
from workflows import bootstrap
from workflows.bootstrap import Application
from workflows.commands.load_city import LoadCity
from workflows.desk.asking import Ask, Do
from workflows.libraries.objects import objects_for
from workflows.libraries.officers import qualified_officers
from workflows.libraries.ratings import ratings_of
from workflows.libraries.search import ObjectFilter, search_objects
from workflows.records.libraries import inspection_object, object_item, object_rating, officer_certificate
from workflows.records.offices import officer
from workflows.settings import Settings
from workflows.uow import UnitOfWork

CITY = Path(bootstrap.__file__).parent / "cities" / "zaozhuang"
FEW, MANY, TIED = 10_000, 1_000_000, 200
DAY, AREAS = date(2026, 1, 1), ("370402", "370403", "370404", "370405", "370406", "370481")
RARE, COMMON, UNIT = "BENCH-RARE", "BENCH-COMMON", "NR-CITY-JSGC"
TABLES = ("inspection_object", "object_item", "object_rating", "officer", "officer_certificate")
Reader = Callable[[UnitOfWork], object]
READERS: dict[str, Reader] = {
    "first_page": lambda uow: _page(uow),
    "page_of_an_area": lambda uow: _page(uow, area=AREAS[0]),
    "page_of_a_unit": lambda uow: _page(uow, unit=UNIT),
    "page_of_a_rare_item": lambda uow: _page(uow, item=RARE),
    "page_of_a_common_item": lambda uow: _page(uow, item=COMMON),
    "page_of_a_credit": lambda uow: _page(uow, credit="D"),
    "page_of_common_words": lambda uow: _page(uow, q="企业"),
    "page_of_rare_words": lambda uow: _page(uow, q="企业77号"),
    "page_of_a_project": lambda uow: _page(uow, q="P-77"),
    "objects_for_an_item": lambda uow: len(objects_for(uow, RARE, AREAS, DAY)),
    "qualified_officers": lambda uow: len(qualified_officers(uow, [UNIT], RARE, DAY)),
    "ratings_of_a_page": lambda uow: len(ratings_of(uow, _ids(50), DAY)),
    "ratings_of_a_draw": lambda uow: len(ratings_of(uow, _ids(9_000), DAY)),
}


def _ids(count: int) -> list[UUID]:
    return [UUID(int=number) for number in range(1, count + 1)]


def _page(uow: UnitOfWork, **wanted: Any) -> int:
    return len(search_objects(uow, ObjectFilter(DAY, **wanted), true()).rows)


def begin(app: Application) -> None:
    """Write the rows that all others are copies of."""
    base = {"changed_by": "bench", "changed_at": datetime(2026, 1, 1, tzinfo=UTC)}

    def run(uow: UnitOfWork) -> None:
        none = UUID(int=0)
        uow.connection.execute(insert(inspection_object), {
            **base, "id": none, "kind": "enterprise", "name": "演示", "identity": "0", "area": AREAS[0], "site": "演示",
            "unit": UNIT, "is_key": False, "status": "active", "valid_from": DAY, "source": "file", "version": 1,
        })  # fmt: skip
        uow.connection.execute(
            insert(object_item), {"id": none, "object_id": none, "item_code": COMMON, "valid_from": DAY}
        )
        uow.connection.execute(insert(object_rating), {
            **base, "id": none, "object_id": none, "kind": "credit", "value": "A", "source": "演示", "reason": "演示",
            "valid_from": DAY,
        })  # fmt: skip

    app.engine.execute(Do(run))


def fill(app: Application, first: int, last: int) -> None:
    """Copy them: every object has ties, a credit and a risk; a rare item has as many objects however many there are."""
    number = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    key, zero = "printf('%032x', n.i)", "'" + "0" * 32 + "'"
    area = "CASE n.i % 6 " + " ".join(f"WHEN {place} THEN '{code}'" for place, code in enumerate(AREAS)) + " END"
    rated = {"credit": "CASE n.i % 20 WHEN 0 THEN 'D' WHEN 1 THEN 'C' ELSE 'A' END", "risk": "'low'"}
    statements = [
        _copy(number, "inspection_object", zero, id=key, name="'演示企业' || n.i || '号'", identity="'b' || n.i", area=area,
              project_no="'P-' || n.i"),
        _copy(number, "object_item", zero, id=key, object_id=key, item_code=f"CASE WHEN n.i <= {TIED} THEN '{RARE}' "
              f"ELSE '{COMMON}' END"),
        *(_copy(number, "object_rating", zero, id=f"printf('%032x', n.i * 2 + {place})", object_id=key,
                kind=f"'{kind}'", value=value) for place, (kind, value) in enumerate(rated.items(), 1)),
    ]  # fmt: skip

    def run(uow: UnitOfWork) -> None:
        for statement in statements:
            uow.connection.execute(text(statement))
        uow.connection.execute(text("ANALYZE"))

    app.engine.execute(Do(run))


def _copy(number: str, table: str, zero: str, **changed: str) -> str:
    names = [column.name for column in metadata.tables[table].c]
    columns, values = ", ".join(names), ", ".join(changed.get(name, f"t.{name}") for name in names)
    return f"{number} INSERT INTO {table} ({columns}) SELECT {values} FROM n, {table} t WHERE t.id = {zero}"


def add_officers(app: Application, first: int, last: int) -> None:
    """Add officers with a certificate each, in a unit that is not asked for."""
    base = {"changed_by": "bench", "changed_at": datetime(2026, 1, 1, tzinfo=UTC)}

    def run(uow: UnitOfWork) -> None:
        named = officer.c
        like = dict(uow.connection.execute(officer.select().where(named.unit == UNIT).limit(1)).mappings().one())
        rows = range(first, last)
        uow.connection.execute(insert(officer), [{**like, "login": f"b{n}", "unit": "NR-SZ"} for n in rows])
        uow.connection.execute(insert(officer_certificate), [
            {**base, "id": UUID(int=n + 1), "login": f"b{n}", "number": f"B{n}", "unit": "NR-SZ", "issued_on": DAY,
             "expires_on": date(2030, 1, 1)} for n in rows
        ])  # fmt: skip

    app.engine.execute(Do(run))


def best(app: Application, reader: Reader) -> tuple[float, object]:
    """Return the seconds of the best of three, and what was answered."""
    times, found = [], None
    for _ in range(3):
        start = time.perf_counter()
        found = app.engine.ask(Ask(reader))
        times.append(time.perf_counter() - start)
    return min(times), found


def scans(app: Application, reader: Reader) -> list[str]:
    """Return the tables that are read from end to end."""
    seen: list[tuple[str, Any]] = []
    pool = app.engine.database.pool

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        seen.append((statement, given))

    event.listen(pool, "before_cursor_execute", note)
    app.engine.ask(Ask(reader))
    event.remove(pool, "before_cursor_execute", note)
    found: set[str] = set()
    with pool.connect() as connection:
        for statement, given in seen:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given)
                found |= {row[3].split()[1] for row in plan if row[3].startswith("SCAN ") and "INDEX" not in row[3]}
    return sorted(found & set(TABLES))


def measure(few: int, many: int) -> dict[str, Any]:
    """Build a city, read with few objects and with many."""
    with tempfile.TemporaryDirectory() as folder:
        app = bootstrap.build(
            Settings(database=f"sqlite:///{folder}/libraries.db", secret="s" * 40), clock=SystemClock()
        )
        metadata.create_all(app.engine.database.pool)
        app.engine.execute(LoadCity(CITY, "bench"))
        app.rulebook.attach(app.engine)
        begin(app)
        fill(app, 1, few)
        add_officers(app, 0, few // 1_000)
        before = {name: best(app, reader) for name, reader in READERS.items()}
        fill(app, few + 1, many)
        add_officers(app, few // 1_000, many // 1_000)
        found = {}
        for name, reader in READERS.items():
            seconds, answered = best(app, reader)
            assert answered == before[name][1], name
            found[name] = {"seconds_few": before[name][0], "seconds_many": seconds,
                           "ratio": seconds / before[name][0], "scans": scans(app, reader)}  # fmt: skip
        app.close()
    return {"few": few, "many": many, "readers": found}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--objects", type=int, default=MANY)
    given = parser.parse_args()
    found = measure(given.few, given.objects)
    for name, one in found["readers"].items():
        print(f"{name:24} {one['seconds_few']:9.4f} {one['seconds_many']:9.4f} {one['ratio']:8.1f}  {one['scans']}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
