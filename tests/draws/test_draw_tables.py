"""What was drawn cannot be changed in the database, whichever way its tables were made."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from workflows.migrate import migrate
from workflows.records.random_checks import APPEND_ONLY

pytestmark = pytest.mark.clause("zz2020/2.3")


@pytest.fixture
def migrated(database_url: str) -> Iterator[Connection]:
    migrate(database_url)
    pool = create_engine(database_url)
    with pool.connect() as connection:
        yield connection
    pool.dispose()


def test_migrations_guard_what_was_drawn_as_the_tables_do(migrated: Connection) -> None:
    """PostgreSQL refuses the statement itself; SQLite's guard speaks for each row, so its triggers are counted."""
    for table in APPEND_ONLY:
        assert inspect(migrated).has_table(table.name)
        if migrated.dialect.name == "postgresql":
            for statement in (f"DELETE FROM {table.name}", f"TRUNCATE {table.name} CASCADE"):
                with pytest.raises(DBAPIError, match="never changed"), migrated.begin_nested():
                    migrated.execute(text(statement))
        else:
            found = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name")
            names = list(migrated.scalars(found, {"table": table.name}))
            assert names == [f"{table.name}_no_delete", f"{table.name}_no_update"]
