"""Cities as earlier programs left them: written once by the program of that time, put into a database of that time.

``python -m tests.operations.released`` writes the city of the present program; do that when it goes into service,
before the next migration, and never again for the same number.
"""

import base64
import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from alembic import command
from sqlalchemy import JSON, LargeBinary, MetaData, Table, create_engine, insert, select, text

from engine.store.tables import metadata
from workflows.migrate import config_for

FOLDER = Path(__file__).parent / "released"


def numbers() -> list[str]:
    """Return the migrations whose cities are kept."""
    return sorted(path.name.split(".")[0] for path in FOLDER.glob("*.jsonl.gz"))


def write(url: str, file: Path) -> None:
    """Write all rows of a database: a line for each table's name, then one for each row."""
    pool = create_engine(url)
    with pool.connect() as connection, gzip.GzipFile(file, "wb", mtime=0) as out:
        for table in metadata.sorted_tables:
            order = [*table.primary_key.columns]
            rows = connection.execute(select(table).order_by(*order)).mappings().all()
            if not rows:
                continue
            out.write((json.dumps({"table": table.name}) + "\n").encode())
            for row in rows:
                line = {name: _told(value, table.c[name].type) for name, value in row.items() if value is not None}
                out.write((json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    pool.dispose()


def _told(value: Any, kind: Any) -> Any:
    """Return a value as JSON, marked where JSON has no word for it."""
    if isinstance(kind, JSON):
        return {"json": value}
    if isinstance(value, UUID):
        return {"uuid": value.hex}
    if isinstance(value, datetime):
        return {"at": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if not isinstance(value, str | int | float):
        raise TypeError(type(value).__name__)
    return value


def restore(url: str, number: str) -> None:
    """Make the tables of that time in an empty database and fill them."""
    command.upgrade(config_for(url), number)
    insert_rows(url, number)


def insert_rows(url: str, number: str) -> None:
    """Insert the rows of that time as the program of that time would: it knows no other columns."""
    pool, known = create_engine(url), MetaData()
    with pool.begin() as connection:
        known.reflect(connection)
        if pool.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))  # rows may name later ones
        table: Table | None = None
        with gzip.open(FOLDER / f"{number}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if list(row) == ["table"]:
                    table = known.tables[row["table"]]
                    continue
                assert table is not None
                lite = pool.dialect.name == "sqlite"
                connection.execute(insert(table), {name: _meant(row[name], table, name, lite=lite) for name in row})
    pool.dispose()


def _meant(value: Any, table: Table, name: str, *, lite: bool) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, told),) = value.items()
    if kind == "json":
        return told if isinstance(table.c[name].type, JSON) else json.dumps(told)
    if kind == "uuid":
        return told if lite else UUID(told)
    if kind == "at":
        instant = datetime.fromisoformat(told)
        return instant.replace(tzinfo=None) if lite else instant
    if kind == "bytes":
        assert isinstance(table.c[name].type, LargeBinary)
        return base64.b64decode(told)
    return date.fromisoformat(told) if kind == "day" else Decimal(told)


def main() -> None:
    """Write the city of the present program."""
    from tests.operations.living import live
    from workflows.migrate import head

    file = FOLDER / f"{head()}.jsonl.gz"
    assert not file.exists(), f"{file.name} is history"
    FOLDER.mkdir(exist_ok=True)
    live(file)


if __name__ == "__main__":
    main()
