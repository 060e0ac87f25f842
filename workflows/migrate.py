"""Brings the tables of a database to the version this program needs."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

import migrations
from engine.store import bulk_tables, completion_table, lifecycle_tables
from engine.store.tables import metadata
from workflows import records
from workflows.records import vitals

__all__ = [
    "bulk_tables",
    "completion_table",
    "config_for",
    "head",
    "lifecycle_tables",
    "migrate",
    "patiently",
    "program",
    "records",
    "stored_version",
    "vitals",
]
_LOCKED = "55P03"  # lock_not_available


def config_for(url: str) -> Config:
    """Return the configuration of alembic for one database."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["url"] = url
    config.attributes["target_metadata"] = metadata
    return config


def head() -> str:
    """Return the newest migration's number."""
    found = ScriptDirectory.from_config(config_for("")).get_current_head()
    return found or ""


def program() -> str:
    """Return the newest migration that this program knows, as recorded beside the migrations."""
    return (Path(migrations.__file__).parent / "HEAD").read_text(encoding="utf-8").strip()


def migrate(url: str) -> None:
    """Apply all migrations that are missing; makes the folder of a new SQLite file."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).resolve().parent.mkdir(parents=True, exist_ok=True)
    patiently(lambda: command.upgrade(config_for(url), "head"))


def patiently(change: Callable[[], None], tries: int = 200) -> None:
    """Change tables while people work: wait for a lock only so long that nobody behind it notices, then try again.

    Who waits for a lock on a table makes everybody wait who comes after; so the wait is short, as
    ``migrations/env.py`` sets it, and the tries are many.
    """
    for left in reversed(range(tries)):
        try:
            change()
        except OperationalError as exc:
            if not left or getattr(exc.orig, "sqlstate", None) != _LOCKED:
                raise
            time.sleep(random.uniform(0.05, 0.25))  # noqa: S311 - jitter, not a secret
        else:
            return


def create(url: str) -> None:
    """Make all tables of an empty database at once, as the migrations would have made them one after the other."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    try:
        metadata.create_all(engine)
    finally:
        engine.dispose()
    command.stamp(config_for(url), "head")


def stored_version(url: str) -> str | None:
    """Return the migration a database stands at, or None when it is empty."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not engine.dialect.has_table(connection, "alembic_version"):
                return None
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    finally:
        engine.dispose()
