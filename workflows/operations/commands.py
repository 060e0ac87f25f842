"""The commands of the command line that copy a city."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workflows.operations.copying import TableCopy, backup, copy_city, restore, rows_of
from workflows.settings import Settings


def add_commands(commands: Any) -> None:
    """Add them to a parser's commands."""
    move = _command(commands, "migrate-database", "copy a city into another, empty database and compare both", _move)
    move.add_argument("source", metavar="FROM", help="address of the database the city is in; stop the servers first")
    move.add_argument("target", metavar="TO", help="address of an empty database")
    keep = _command(commands, "backup", "write the city as it is now into a new file", _backup)
    keep.add_argument("file", metavar="FILE", type=Path)
    back = _command(commands, "restore", "copy a backup into the empty database of XIANJIE_DATABASE", _restore)
    back.add_argument("file", metavar="FILE", type=Path)


def _command(commands: Any, name: str, text: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text)
    command.set_defaults(run=run)
    return command


def _move(_settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    return _report(copy_city(given.source, given.target, stops_writers=True))


def _backup(settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    return _report(backup(settings.database, given.file))


def _restore(settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    return _report(restore(given.file, settings.database))


def _report(copied: Sequence[TableCopy]) -> int:
    lines = [f"{one.rows:>9}  {one.digest[:16]}  {one.table}" for one in copied if one.rows]
    print("\n".join([*lines, f"{rows_of(copied)} rows in {len(lines)} tables, the same on both sides"]))
    return 0
