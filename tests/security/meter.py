"""What requests cost and leave behind: statements sent, and tables written by what was committed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_OURS = re.compile(r"^BEGIN|FROM (?:time_limit|calendar_override)\b")  # the rules are read anew now and then
RECORDED = frozenset({"audit_event", "login_session"})
"""Written by whoever asks, whatever comes of it: that was asked is a record, and that the session is in use."""


@dataclass
class Spent:
    """What one request did."""

    statements: int = 0
    written: set[str] = field(default_factory=set)


class Meter:
    """Listens to one database; pipelines of PostgreSQL pass below these events, so it is for SQLite."""

    def __init__(self, pool: Engine) -> None:
        self._seen = Spent()
        self._pending: set[str] = set()
        event.listen(pool, "before_cursor_execute", self._statement)
        event.listen(pool, "commit", self._commit)
        event.listen(pool, "rollback", self._rollback)

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._seen.statements += not _OURS.search(statement)
        if found := _WRITES.match(statement):
            self._pending.add(found[1])

    def _commit(self, _connection: Any) -> None:
        self._seen.written |= self._pending - RECORDED
        self._pending = set()

    def _rollback(self, _connection: Any) -> None:
        self._pending = set()

    @contextmanager
    def measure(self) -> Iterator[Spent]:
        """Give what is spent until the block ends."""
        spent = self._seen = Spent()
        self._pending = set()
        yield spent
        self._seen = Spent()
