"""`xianjie deploy`: deploy what the program brings, and say what was left because the city changed it."""

import argparse
import sys
from typing import Any

from workflows.alerts.housekeeping import OpenHousekeeping
from workflows.as_of.rules import RecordRuleFiles
from workflows.bootstrap import build, deploy_diagrams
from workflows.bulletins.calendar import OpenCalendars
from workflows.credit.watch import OpenWatch
from workflows.devolved import OpenCycles
from workflows.performance.cycles import OpenDutyCycles
from workflows.reconciliation.daily import OpenReconciliation
from workflows.settings import Settings
from workflows.shipped import BPMN_FOLDER, ShippedDeployed, folders
from workflows.uow import local_day_of

_ACTOR = "administrator"


def add_arguments(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("deploy", help="deploy the diagrams, tables and forms")
    command.add_argument(
        "--replace", action="append", default=[], metavar="KEY",
        help="deploy the files of this process, or this file, even if the city changed them; may be repeated",
    )  # fmt: skip
    command.add_argument("--all", action="store_true", help="replace every file the city changed")
    command.set_defaults(run=lambda settings, given, _serve: run(settings, given))


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Deploy; answers the exit code."""
    unknown = sorted(set(given.replace) - set(folders()) - set(folders().values()))
    if unknown:
        print(f"--replace: the program brings no process or file {', '.join(unknown)}", file=sys.stderr)
        return 2
    app = build(settings)
    tell(deploy_diagrams(app.engine, _ACTOR, given.replace, replaces_all=given.all))
    app.engine.execute(OpenCycles(app.rulebook, _ACTOR))
    app.engine.execute(OpenDutyCycles(app.rulebook, _ACTOR))
    app.engine.execute(OpenHousekeeping(app.rulebook, _ACTOR))
    app.engine.execute(OpenCalendars(app.rulebook, _ACTOR))
    app.engine.execute(OpenReconciliation(_ACTOR))
    app.engine.execute(RecordRuleFiles(settings.city_folder, BPMN_FOLDER / "clauses.toml"))
    app.engine.execute(OpenWatch(app.rulebook, _ACTOR))
    app.close()
    return 0


def tell(done: ShippedDeployed) -> None:
    """Print each process with its version, then each file that was left with the remedy."""
    for found in done.deployed.definitions:
        print(f"{found.key} v{found.version}{' (new)' if found.is_new else ''}")
    for one in done.left:
        print(
            f"left: {one.name} was changed by {one.by} on {local_day_of(one.at)} and differs from what the program"
            f" brings → xianjie deploy --replace {one.process_key}"
        )
