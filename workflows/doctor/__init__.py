"""Says whether everything is in place, one finding at a time, each with its remedy."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import OperationalError

from engine.clock import Clock, SystemClock
from engine.errors import Unavailable
from workflows.bootstrap import Application, build
from workflows.doctor import city, database, machine
from workflows.doctor.findings import PROBLEM, Finding, as_json, exit_code, lines
from workflows.letters.render import chinese_font
from workflows.notifications.channels import NoticesInvalid
from workflows.settings import Settings, SettingsInvalid
from workflows.uow import local_day_of

_SQLITE = "sqlite:///"


def examine(settings: Settings, *, clock: Clock | None = None) -> Iterator[Finding]:
    """Look at everything; without a database only at what can be seen without one."""
    yield from _machine(settings)
    try:
        app = build(settings)
    except (Unavailable, OperationalError):
        yield database.AWAY
        return
    except (SettingsInvalid, NoticesInvalid) as exc:
        yield Finding("settings", PROBLEM, str(exc), "correct what it names: no program starts until then")
        return
    try:
        yield from _database(app, clock or SystemClock())
    except Unavailable:
        yield database.AWAY
    finally:
        app.close()


def _machine(settings: Settings) -> Iterator[Finding]:
    yield city.secret(settings.secret, is_demo=settings.is_demo)
    yield city.shift(settings.clock, is_demo=settings.is_demo)
    yield machine.font(chinese_font())
    yield machine.time_zone()
    for folder in sorted({_data_folder(settings), Path(tempfile.gettempdir())}):
        room = shutil.disk_usage(folder)
        yield machine.disk(str(folder), room.free, room.total)
    secret = [Path(text) for text in (settings.routes, settings.notices) if text]
    secret += [named for path in secret for named in machine.named_files(path)]
    if settings.database.startswith(_SQLITE):
        secret.append(Path(settings.database.removeprefix(_SQLITE)))
    yield from machine.files(secret, sorted(settings.city_folder.glob("*.toml")))


def _data_folder(settings: Settings) -> Path:
    """Return the folder that grows: the SQLite file's, or the current one when the data is elsewhere."""
    path = Path(settings.database.removeprefix(_SQLITE)) if settings.database.startswith(_SQLITE) else Path()
    return next((folder for folder in (path.resolve(), *path.resolve().parents) if folder.is_dir()), Path("/"))


def _database(app: Application, clock: Clock) -> Iterator[Finding]:
    found = app.vitals.readiness()
    if found.database == "away":
        yield database.AWAY
        return
    yield database.HERE
    yield database.migrations(found.migrations)
    yield from database.settings(app.engine.ask(database.ask_settings), is_sqlite=app.engine.database.is_sqlite)
    yield from _clock(app, clock)
    if not found.can_serve:
        return
    yield from city.holidays(app.rulebook.calendar.years, local_day_of(app.clock.now()))
    yield city.diagrams(app.engine.ask(database.ask_diagrams))
    yield from city.workers(app.vitals.numbers())


def _clock(app: Application, clock: Clock) -> Iterator[Finding]:
    before = clock.now()
    there = app.engine.ask(database.ask_clock)
    if there is not None:
        length = clock.now() - before
        yield database.clock(before + length / 2, there, length.total_seconds())


__all__ = ["Finding", "as_json", "examine", "exit_code", "lines"]
