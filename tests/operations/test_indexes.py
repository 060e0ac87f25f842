"""Indexes are built while people write, are not built twice, and a build that was broken off is done again."""

import threading
from collections.abc import Callable, Iterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, inspect, text

from migrations.indexes import build_index, drop_index


@pytest.fixture
def pool(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE paper (id integer PRIMARY KEY, about text)"))
        connection.execute(text("INSERT INTO paper VALUES (1, 'a'), (2, 'b')"))
    yield engine
    engine.dispose()


def migrated(pool: Engine, change: Callable[[], None]) -> None:
    """Do something as a migration does it."""
    with pool.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '100ms'"))
            connection.commit()
        context = MigrationContext.configure(connection, opts={"transactional_ddl": True})
        with context.begin_transaction(_per_migration=False), Operations.context(context):
            change()
        if connection.dialect.name == "postgresql":
            assert connection.scalar(text("SELECT current_setting('lock_timeout')")) == "100ms"
            connection.rollback()
            connection.execute(text("RESET lock_timeout"))
            connection.commit()


def build() -> None:
    build_index("ix_paper_about", "paper", ["about"])


def indexes(pool: Engine, table: str = "paper") -> list[str]:
    return [str(one["name"]) for one in inspect(pool).get_indexes(table)]


def test_an_index_is_built_once_and_taken_away(pool: Engine) -> None:
    for _ in "ab":
        migrated(pool, build)
        assert indexes(pool) == ["ix_paper_about"]
    for _ in "ab":
        migrated(pool, lambda: drop_index("ix_paper_about", "paper"))
        assert indexes(pool) == []


def test_nobody_who_writes_waits_for_an_index_even_behind_a_long_report(pool: Engine) -> None:
    if pool.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer, and migrations are one transaction of it")
    report = pool.connect()
    report.execute(text("SELECT count(*) FROM paper"))
    report.execute(text("LOCK TABLE paper IN ROW EXCLUSIVE MODE"))  # has written, too: the build waits for its end
    building = threading.Thread(target=migrated, args=(pool, build))
    building.start()
    try:
        with pool.connect() as watch:
            waits = text("SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'")
            for _ in range(600):
                if watch.scalar(waits):
                    break
                watch.execute(text("SELECT pg_sleep(0.05)"))
                watch.rollback()
            else:
                pytest.fail("the build does not wait")
        with pool.begin() as people:
            people.execute(text("SET LOCAL lock_timeout = '3000ms'"))
            people.execute(text("INSERT INTO paper VALUES (3, 'c')"))
    finally:
        report.rollback()
        report.close()
        building.join(30)
    assert not building.is_alive()
    assert indexes(pool) == ["ix_paper_about"]


def test_what_a_broken_build_left_behind_is_built_again(pool: Engine) -> None:
    if pool.dialect.name == "sqlite":
        pytest.skip("in SQLite an index is there or not")
    migrated(pool, build)
    with pool.begin() as connection:
        connection.execute(text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_paper_about'::regclass"))
    migrated(pool, build)
    with pool.connect() as connection:
        valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_paper_about'::regclass")
        assert connection.scalar(valid)


def test_a_table_in_parts_gets_the_index_on_each_and_on_the_whole(pool: Engine) -> None:
    if pool.dialect.name == "sqlite":
        pytest.skip("SQLite knows no tables in parts")
    with pool.begin() as connection:
        connection.execute(text("CREATE TABLE told (at integer, about text) PARTITION BY RANGE (at)"))
        for month in (1, 2):
            connection.execute(
                text(f"CREATE TABLE told_{month} PARTITION OF told FOR VALUES FROM ({month}) TO ({month + 1})")
            )
    for _ in "ab":
        migrated(pool, lambda: build_index("ix_told_about", "told", ["about"]))
    assert indexes(pool, "told_1") == ["ix_told_about_told_1"]
    with pool.connect() as connection:
        whole = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_told_about'::regclass")
        assert connection.scalar(whole)
