"""`xianjie export` and `xianjie import`: carry processes from one installation to another."""

import argparse
from pathlib import Path
from typing import Any

from engine.commands.check_deployment import CheckDeployment
from engine.commands.deploy import Deploy
from engine.process_engine import ProcessEngine
from engine.queries.definitions import ListDefinitions, ReadDefinition
from engine.spiff.model import Resource
from workflows.bootstrap import build
from workflows.errors import FormInvalid
from workflows.packages import read_package, write_package


def add_arguments(commands: Any) -> None:
    """Add both commands to the parser."""
    taken = commands.add_parser("export", help="write processes into one zip file: export FILE KEY …")
    taken.add_argument("file", type=Path)
    taken.add_argument("keys", nargs="+", metavar="KEY", help="process keys; KEY@3 for version 3")
    taken.set_defaults(run=lambda settings, given, _serve: export(build(settings).engine, given))
    brought = commands.add_parser("import", help="check a package, and deploy it with --yes")
    brought.add_argument("file", type=Path)
    brought.add_argument("--yes", action="store_true", help="deploy; without it nothing is changed")
    brought.set_defaults(run=lambda settings, given, _serve: bring(build(settings).engine, given))


def export(engine: ProcessEngine, given: argparse.Namespace) -> int:
    """Write the package; answers the exit code."""
    details = []
    for text in given.keys:
        key, _, version = text.partition("@")
        number = int(version) if version else _latest(engine, key)
        details.append(engine.ask(ReadDefinition(key, number)))
    given.file.write_bytes(write_package(details, engine.clock.now()))
    print(f"{given.file}: {', '.join(f'{one.line.key} v{one.line.version}' for one in details)}")
    return 0


def _latest(engine: ProcessEngine, key: str) -> int:
    found = engine.ask(ListDefinitions(key, 1))
    return found[0].version if found else 0


def bring(engine: ProcessEngine, given: argparse.Namespace) -> int:
    """Say what a package would do, and do it with ``--yes``; answers the exit code."""
    try:
        files = read_package(given.file.read_bytes())
    except FormInvalid as exc:
        for one in exc.facts["errors"]:  # type: ignore[attr-defined]
            print(one["message"])
        return 1
    resources = tuple(Resource(name, content) for name, content in files)
    found = engine.ask(CheckDeployment(resources))
    for one in found.definitions:
        print(f"{one.key} v{one.version}{' (new)' if one.is_new else ''}")
    for finding in found.findings:
        print("  {level} {file} {element}: {message} → {remedy}".format(**finding))
    if found.is_refused or found.is_unsound:
        return 1
    if given.yes:
        engine.execute(Deploy(given.file.name, resources, "administrator"))
        print("deployed")
    return 0
