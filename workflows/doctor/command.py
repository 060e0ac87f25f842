"""``xianjie doctor`` on the command line."""

import argparse
from typing import Any

from workflows.doctor import as_json, examine, exit_code, lines
from workflows.settings import Settings


def add(commands: Any) -> None:
    """Add it to a parser's commands."""
    text = "say whether everything is in place; answers 0, 1 with a problem, 3 with --strict and a warning"
    command = commands.add_parser("doctor", help=text)
    command.set_defaults(run=_run)
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument("--strict", action="store_true", help="let warnings count, too")


def _run(settings: Settings, given: argparse.Namespace, _serve: object) -> int:
    found = tuple(examine(settings))
    print(as_json(found) if given.json else "\n".join(lines(found)))
    return exit_code(found, strict=given.strict)
