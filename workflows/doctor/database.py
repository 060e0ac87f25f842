"""What must be right about the database: reachable, its tables, its settings, its clock."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import text

from workflows.desk.asking import Ask
from workflows.doctor.findings import OK, WARNING, Finding, judged
from workflows.uow import UnitOfWork

_ASIDE = 2.0  # seconds between two clocks that nobody notices
_FAR = 30.0
_OLDEST = 130000
_EACH = 31  # connections that one process may hold
POSTGRES = (
    "fsync", "full_page_writes", "synchronous_commit", "server_encoding", "TimeZone", "max_connections",
    "server_version_num", "autovacuum",
)  # fmt: skip
SQLITE = ("journal_mode", "synchronous", "foreign_keys")


def migrations(word: str) -> Finding:
    """Judge how the tables stand to the program."""
    if word == "ahead":
        return Finding("tables", WARNING, "made for a newer program", "go on upgrading: this program is the old one")
    return judged("tables", word == "current", f"{word}", "xianjie migrate")


def clock(here: datetime, there: datetime, uncertain: float) -> Finding:
    """Judge the difference between this machine's clock and the database's.

    Args:
        here: the middle between asking and hearing.
        there: what the database said.
        uncertain: seconds between asking and hearing.
    """
    apart = max(0.0, abs((there - here).total_seconds()) - uncertain)
    text_ = f"{apart:.1f} s from the database's"
    remedy = "keep both by NTP (chrony): timers fire by the workers' clocks"
    if apart > _FAR:
        return judged("clock", False, text_, remedy)
    return judged("clock", apart <= _ASIDE, text_, remedy, WARNING)


def settings(found: Mapping[str, str], *, is_sqlite: bool) -> Iterator[Finding]:
    """Judge the settings that promises rest on."""
    rules = _sqlite_rules(found) if is_sqlite else _postgres_rules(found)
    for name, is_well, remedy, level in rules:
        yield judged(f"database {name}", is_well, found.get(name, "unknown"), remedy, level)


def _sqlite_rules(found: Mapping[str, str]) -> Iterator[tuple[str, bool, str, str]]:
    yield "journal_mode", found["journal_mode"] == "wal", "put the file on a local disk: WAL is needed", "PROBLEM"
    yield "synchronous", found["synchronous"] == "2", "commits must wait for the disk (FULL)", "PROBLEM"
    yield "foreign_keys", found["foreign_keys"] == "1", "must be on", "PROBLEM"


def _postgres_rules(found: Mapping[str, str]) -> Iterator[tuple[str, bool, str, str]]:
    crash = "set it on: a crash loses or tears what was answered"
    for name in ("fsync", "full_page_writes"):
        yield name, found[name] == "on", crash, "PROBLEM"
    yield "synchronous_commit", found["synchronous_commit"] != "off", crash, "PROBLEM"
    yield "server_encoding", found["server_encoding"] == "UTF8", "create the database with ENCODING 'UTF8'", "PROBLEM"
    yield "TimeZone", found["TimeZone"] == "UTC", "the session's zone must be UTC", "PROBLEM"
    yield "autovacuum", found["autovacuum"] == "on", "set it on: tables only grow", "warning"
    is_new = int(found["server_version_num"]) >= _OLDEST
    yield "server_version_num", is_new, "PostgreSQL 13 or newer", "warning"
    room = int(found["max_connections"]) >= 2 * _EACH
    yield "max_connections", room, f"{_EACH} for each web process and worker", "warning"


def read_settings(uow: UnitOfWork) -> Mapping[str, str]:
    """Return the settings that are judged, as text."""
    connection = uow.connection
    if connection.dialect.name == "sqlite":
        return {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in SQLITE}
    rows = connection.execute(text("SELECT name, setting FROM pg_settings"))
    return {name: setting for name, setting in rows if name in POSTGRES}


def read_clock(uow: UnitOfWork) -> datetime | None:
    """Return the database's own clock, or None where it is this machine's."""
    if uow.connection.dialect.name == "sqlite":
        return None
    found = uow.connection.scalar(text("SELECT clock_timestamp()"))
    return found if isinstance(found, datetime) else None


def read_diagrams(uow: UnitOfWork) -> int:
    """Return how many processes are deployed."""
    return int(uow.connection.scalar(text("SELECT count(*) FROM process_definition WHERE is_latest")) or 0)


AWAY = Finding("database", "PROBLEM", "does not answer", "start it; look at XIANJIE_DATABASE and at the network")
HERE = Finding("database", OK, "answers")
ask_settings, ask_clock, ask_diagrams = Ask(read_settings), Ask(read_clock), Ask(read_diagrams)
