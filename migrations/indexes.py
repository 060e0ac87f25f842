"""Builds indexes on tables that people are writing to.

Use it in a migration in the place of ``op.create_index`` for every table that is not made in the same migration::

    from migrations.indexes import build_index, drop_index

    def upgrade() -> None:
        build_index("ix_letter_about", "letter", ["about"])

On PostgreSQL an index is built outside of the transaction and keeps nobody from writing, however long it takes; what
was done in the migration before is committed first. So let a migration that builds indexes do nothing else after them,
and all of it in a way that may be done twice. A build that was broken off leaves an index behind that is not valid: the
next try takes it away first. Of a table in parts (one a month) each part gets its index, then the whole.
"""

from collections.abc import Sequence
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

_LONGEST_NAME = 63


def build_index(name: str, table: str, columns: Sequence[Any], **more: Any) -> None:
    """Build an index, unless it is there; *more* is what ``op.create_index`` takes besides."""
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, if_not_exists=True, **more)
        return
    with op.get_context().autocommit_block():
        bind = op.get_bind()
        with _patience(bind):
            parts = _parts(bind, table)
            for part in parts:
                _build(bind, f"{name}_{part}"[-_LONGEST_NAME:], part, columns, more)
            if not parts:
                _build(bind, name, table, columns, more)
    if parts:
        op.create_index(name, table, columns, if_not_exists=True, **more)  # adopts what its parts have


def drop_index(name: str, table: str) -> None:
    """Take an index away while people write."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        op.drop_index(name, table_name=table, if_exists=True)
        return
    if _parts(bind, table):
        op.drop_index(name, table_name=table, if_exists=True)  # of all parts; it takes no time
        return
    with op.get_context().autocommit_block(), _patience(op.get_bind()):
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


class _patience:  # noqa: N801 - reads as a word at the with
    """Wait for reports that are running: nobody stands behind who builds or drops an index in this way."""

    def __init__(self, bind: Connection) -> None:
        self._bind = bind

    def __enter__(self) -> None:
        self._before = self._bind.scalar(text("SELECT current_setting('lock_timeout')"))
        self._bind.execute(text("SET lock_timeout = 0"))

    def __exit__(self, *_exc: object) -> None:
        self._bind.execute(text("SELECT set_config('lock_timeout', :before, false)"), {"before": self._before})


def _parts(bind: Connection, table: str) -> list[str]:
    wanted = text("""
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(:name) ORDER BY c.relname
    """)
    return list(bind.scalars(wanted, {"name": table}))


def _build(bind: Connection, name: str, table: str, columns: Sequence[Any], more: dict[str, Any]) -> None:
    broken = text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    if bind.scalar(broken, {"name": name}):
        op.drop_index(name, table_name=table, postgresql_concurrently=True)
    op.create_index(name, table, columns, if_not_exists=True, postgresql_concurrently=True, **more)
