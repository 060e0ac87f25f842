"""The commands of the command line that copy a city."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workflows.audit.checking import check_stored
from workflows.operations.copying import TableCopy, backup, copy_city, restore, rows_of
from workflows.operations.partitions import division, month_of, parts
from workflows.settings import Settings


def add_commands(commands: Any) -> None:
    """Add them to a parser's commands."""
    move = _command(commands, "migrate-database", "copy a city into another, empty database and compare both", _move)
    move.add_argument("source", metavar="FROM", help="address of the database the city is in; stop the servers first")
    move.add_argument("target", metavar="TO", help="address of an empty database")
    keep = _command(commands, "backup", "write the city as it is now into a new file", _backup)
    keep.add_argument("file", metavar="FILE", type=Path)
    divide = _command(commands, "partition-history", "print the SQL that divides the history by months", _divide)
    divide.add_argument("month", type=month_of, help="the first month of its own, in the future: 2027-01")
    divide.add_argument("--months", type=int, default=24, help="how many")
    divide.add_argument("--more", action="store_true", help="only add months to a history that is divided already")
    back = _command(commands, "restore", "copy a backup into the empty database of XIANJIE_DATABASE", _restore)
    back.add_argument("file", metavar="FILE", type=Path)


def _command(commands: Any, name: str, text: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text)
    command.set_defaults(run=run)
    return command


def _move(_settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    _report(copy_city(given.source, given.target, stops_writers=True))
    return _audited(given.target)


def _backup(settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    _report(backup(settings.database, given.file))
    return 0


def _restore(settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    _report(restore(given.file, settings.database))
    return _audited(settings.database)


def _divide(_settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    print("\n".join(parts(given.month, given.months)) if given.more else division(given.month, given.months))
    return 0


def _audited(url: str) -> int:
    """Reckon the audit of a copy again: it is as the source was, and that may have been changed before."""
    found = check_stored(url)
    if found.broken is not None:
        broken = found.broken
        print(f"audit: BROKEN at record {broken.seq} of {broken.chain} ({broken.why}): it was so in the source already")
        return 1
    print(f"audit: {found.records} records in {found.chains} chains and {found.roots} signed roots, whole")
    return 0


def _report(copied: Sequence[TableCopy]) -> None:
    lines = [f"{one.rows:>9}  {one.digest[:16]}  {one.table}" for one in copied if one.rows]
    print("\n".join([*lines, f"{rows_of(copied)} rows in {len(lines)} tables, the same on both sides"]))
