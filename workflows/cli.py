"""The command line: serve, work, demo, and what an administrator needs."""

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.clock import SystemClock
from engine.errors import AppError, DefinitionInvalid
from workflows import demo, deploy_cli, package_cli
from workflows.alerts.housekeeping import OpenHousekeeping
from workflows.alerts.simulating import arguments, simulate
from workflows.as_of.rules import RecordRuleFiles
from workflows.audit import commands as audit
from workflows.audit.exporting import write_export
from workflows.audit.keys import make_key
from workflows.bootstrap import Application, build, deploy_diagrams
from workflows.bulletins.calendar import OpenCalendars
from workflows.commands.load_city import LoadCity
from workflows.credit.watch import OpenWatch
from workflows.demo_city import load_demo_city
from workflows.demo_exchange import write_demo_routes
from workflows.devolved import OpenCycles
from workflows.doctor import command as doctor_command
from workflows.draws.files import checked_files
from workflows.logs import configure_logging
from workflows.migrate import head, migrate
from workflows.operations.commands import add_commands
from workflows.performance.cycles import OpenDutyCycles
from workflows.policy import SYSTEM
from workflows.settings import Settings, SettingsInvalid, read_settings
from workflows.shipped import BPMN_FOLDER

logger = logging.getLogger(__name__)
Serve = Callable[[Application, bool], None]
Profiles = Mapping[str, Callable[[int], None]]


_OFFLINE: Mapping[str, Callable[[argparse.Namespace], tuple[bool, Sequence[str]]]] = {
    "verify-draw": lambda given: checked_files(given.files), "verify-audit": audit.offline, "make-audit-key": audit.offline,
}  # fmt: skip


def run(serve: Serve, argv: Sequence[str] | None = None, profiles: Profiles = MappingProxyType({})) -> int:
    """Run one command; answers the exit code. *serve* and *profiles* are given by the layer above: it speaks HTTP."""
    parser = _parser(sorted(profiles))
    given = parser.parse_args(argv)
    if given.command in _OFFLINE:
        return _told(*_OFFLINE[given.command](given))
    configure_logging("WARNING" if given.command == "demo" else "INFO")
    try:
        settings = read_settings()
        if getattr(given, "clock", None):
            settings = replace(settings, clock=given.clock)
        if getattr(given, "port", None):
            settings = replace(settings, port=given.port)
        if getattr(given, "profile", None):
            profiles[given.profile](settings.port)
            return 0
        return int(given.run(settings, given, serve) or 0)
    except SettingsInvalid as exc:
        print(exc, file=sys.stderr)
        return 2
    except AppError as exc:
        print(f"{exc.code}: {exc.message}", file=sys.stderr)
        if isinstance(exc, DefinitionInvalid):
            _print_findings(exc)
        return 1


def _told(is_well: bool, lines: Sequence[str]) -> int:
    """Say what a check found that needs neither settings nor a database."""
    print("\n".join(lines))
    return 0 if is_well else 1


def _print_findings(exc: DefinitionInvalid) -> None:
    findings = exc.facts.get("findings")
    for finding in findings if isinstance(findings, list) else []:
        print("  {file} {element}: {message} → {remedy}".format(**finding), file=sys.stderr)


def _parser(profiles: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xianjie", description="审管衔接平台 approval-to-supervision handoffs")
    commands = parser.add_subparsers(dest="command", required=True)
    texts: dict[str, tuple[str, Callable[..., int | None]]] = {
        "serve": ("run web and worker in one process", _run_serve),
        "work": ("run a worker only", _run_work),
        "demo": ("set up a demo city and serve it", _run_demo),
        "migrate": ("bring the tables of the database up to date", _run_migrate),
        "load-city": ("load units, people, items and limits of the city", _run_load),
        "check-catalogue": ("look for gaps in the catalogue of supervised items", _run_check_catalogue),
        "token": ("issue a token for a system: token LOGIN NAME", _run_token),
    }
    for name, (text, run) in texts.items():
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        if name in ("serve", "demo"):
            command.add_argument("--port", type=int)
            command.add_argument("--clock", help="move the clock: +3d, -2h, +1d12h")
        if name == "serve":
            command.add_argument("--no-worker", action="store_true")
            command.add_argument("--profile", choices=profiles, help="serve test sandboxes on this machine instead")
        if name == "demo":
            command.add_argument("--prepare-only", action="store_true", help="set up, but do not serve")
        if name == "check-catalogue":
            command.add_argument("--first", type=date.fromisoformat, help="first day, today without it")
            command.add_argument("--last", type=date.fromisoformat, help="last day, a year later without it")
        if name == "token":
            command.add_argument("login")
            command.add_argument("name")
    _add_tools(commands)
    return parser


def _add_tools(commands: Any) -> None:
    """Add the commands that have arguments of their own."""
    add_commands(commands)
    doctor_command.add(commands)
    play = commands.add_parser("simulate-alerts", help="send made-up alerts of devices through the webhook")
    play.set_defaults(run=_run_simulate)
    arguments(play)
    package_cli.add_arguments(commands)
    deploy_cli.add_arguments(commands)
    _evidence_commands(commands)


def _evidence_commands(commands: Any) -> None:
    """Describe what keeps and checks evidence."""
    proof = commands.add_parser("verify-draw", help="repeat draws from their proofs; several follow each other")
    proof.add_argument("files", nargs="+", metavar="FILE")
    audit.arguments(commands)
    send = commands.add_parser("export-audit", help="seal and sign the audit, and write it into a file")
    send.add_argument("file", type=Path, metavar="FILE", help="packed when it ends in .gz")
    send.set_defaults(run=_run_export_audit)


def _run_export_audit(settings: Settings, given: argparse.Namespace, _serve: Serve) -> None:
    app = build(settings)
    app.sealer.seal()
    app.sealer.sign()
    print(f"{write_export(app.engine, given.file)} lines in {given.file}")
    app.close()


def _run_serve(settings: Settings, given: argparse.Namespace, serve: Serve) -> None:
    serve(build(settings), not given.no_worker)


def _run_work(settings: Settings, _given: argparse.Namespace, _serve: Serve) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # finish the job in hand, as after Ctrl-C
    build(settings).worker().run_forever()


def _run_migrate(settings: Settings, _given: argparse.Namespace, _serve: Serve) -> None:
    migrate(settings.database)
    print(f"database is at {head()}")


def _run_load(settings: Settings, _given: argparse.Namespace, _serve: Serve) -> None:
    app = build(settings)
    print(dict(app.engine.execute(LoadCity(settings.city_folder, "administrator")).changed))


def _run_token(settings: Settings, given: argparse.Namespace, _serve: Serve) -> None:
    print(build(settings).identity.issue_token(given.login, given.name))


def _run_check_catalogue(settings: Settings, given: argparse.Namespace, _serve: Serve) -> int:
    app = build(settings)
    first = given.first or app.desk.catalogue.today
    found = app.desk.catalogue.check(SYSTEM, first, given.last or first + timedelta(days=365))
    for one in found:
        where = f" [{'、'.join(app.rulebook.city.division(area) for area in one.areas)}]" if one.areas else ""
        what = f"{one.title}（{one.detail}）" if one.detail else one.title
        print(
            f"{one.item_code} {one.item_name} {one.first_day}–{one.last_day}{where} {one.rule}: {what} → {one.remedy}"
        )
    print(f"{len(found)} findings" if found else "no gap, no overlap, nothing missing")
    return 1 if found else 0


def _run_simulate(settings: Settings, given: argparse.Namespace, _serve: Serve) -> int:
    app = build(replace(settings, database="sqlite:///var/demo.db") if given.demo else settings)
    taken = []
    for is_taken, text in simulate(app, given):
        print(text)
        taken.append(is_taken)
    return 0 if all(taken) else 1


def _run_demo(settings: Settings, given: argparse.Namespace, serve: Serve) -> None:
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    database = folder / "demo.db"
    routes = settings.routes or str(write_demo_routes(folder))
    key = folder / "audit.key"
    if not settings.audit_key and not key.exists():
        make_key(key)
    settings = replace(settings, audit_key=settings.audit_key or str(key))
    settings = replace(settings, database=f"sqlite:///{database}", is_demo=True, routes=routes)
    fresh = not database.exists()
    if fresh:
        print("正在准备演示城市……", flush=True)
        _prepare(replace(settings, clock=""), folder)
    app = build(settings)
    if not given.prepare_only:
        _greet(settings, app)
        serve(app, True)
    app.close()


def _prepare(settings: Settings, folder: Path) -> None:
    unfinished = folder / "demo-unfinished.db"
    for path in folder.glob("demo-unfinished.db*"):
        path.unlink()
    making = replace(settings, database=f"sqlite:///{unfinished}")
    migrate(making.database)
    app = build(making, clock=SystemClock())
    with app.engine.database.expendable():  # a crash leaves nothing: the next run begins anew
        taken = _fill(app, folder)
    app.close()
    for path in folder.glob("demo-unfinished.db-*"):
        path.unlink()
    unfinished.rename(folder / "demo.db")
    print(f"已导入 {taken} 件演示办件（{folder / 'demo-approvals.xlsx'}）", flush=True)


def _fill(app: Application, folder: Path) -> int:
    """Give a new database its city, its diagrams and the work of two weeks; answers how many decisions it has."""
    settings = app.settings
    app.engine.execute(LoadCity(settings.city_folder, "demo"))
    app.rulebook.attach(app.engine)
    deploy_diagrams(app.engine, "demo")
    app.engine.execute(OpenCycles(app.rulebook, "demo"))
    app.engine.execute(RecordRuleFiles(settings.city_folder, BPMN_FOLDER / "clauses.toml"))
    app.engine.execute(OpenWatch(app.rulebook, "demo"))
    app.engine.execute(OpenDutyCycles(app.rulebook, "demo"))
    app.engine.execute(OpenHousekeeping(app.rulebook, "demo"))
    app.engine.execute(OpenCalendars(app.rulebook, "demo"))
    return demo.fill(app, folder)


def _greet(settings: Settings, app: Application) -> None:
    print(f"\n演示城市：http://{settings.host}:{settings.port}    时钟 {app.clock.now():%Y-%m-%d %H:%M} UTC")
    print("演示账号（密码均为 demo-2026）：")
    for login, text in load_demo_city(settings.city_folder).accounts.items():
        print(f"  {login:<12} {text}")
    print("拨快时钟看期限到期：make demo CLOCK=+3d    重新开始：make clean\n", flush=True)
