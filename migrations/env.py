"""Runs migrations on the connection or address that the caller gives."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event, pool

config = context.config


def _target() -> Any:
    return config.attributes.get("target_metadata")


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our own column types as plain ones, so that old migrations never need new code."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Apply the migrations in one transaction."""
    connection = config.attributes.get("connection")
    if connection is None:
        url = config.attributes.get("url") or config.get_main_option("sqlalchemy.url")
        engine = create_engine(url, poolclass=pool.NullPool)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _begin_ourselves)
            event.listen(engine, "begin", lambda own: own.exec_driver_sql("BEGIN IMMEDIATE"))
        else:
            event.listen(engine, "connect", _wait_briefly)
        with engine.connect() as own:
            _run_on(own)
        return
    _run_on(connection)


def _begin_ourselves(connection: Any, _record: Any) -> None:
    """Keep Python's driver from committing after each change of a table."""
    connection.isolation_level = None


def _wait_briefly(connection: Any, _record: Any) -> None:
    """Let nobody stand behind us for long: whoever waits for a lock on a table makes all others wait."""
    connection.execute("SET lock_timeout = '100ms'")
    connection.commit()


def _run_on(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=_target(),
        render_item=render_item,
        compare_type=True,
        render_as_batch=False,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
