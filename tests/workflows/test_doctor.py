"""The doctor finds what is wrong, says how bad it is and what to do, and answers programs by its exit code."""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from tests.processes.rig import CityRig
from workflows.doctor import city, database, examine, exit_code, lines, machine
from workflows.doctor.command import add
from workflows.doctor.findings import OK, PROBLEM, WARNING, Finding
from workflows.migrate import migrate
from workflows.settings import Settings
from workflows.vitals.heart import Heart
from workflows.vitals.numbers import Backlog, Numbers

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
GIB = 1 << 30
WELL = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "server_encoding": "UTF8", "TimeZone": "UTC",
    "autovacuum": "on", "server_version_num": "150018", "max_connections": "100",
}  # fmt: skip


def numbers(**changes: object) -> Numbers:
    usual: dict[str, object] = {
        "jobs": {}, "jobs_oldest": 0.0, "tasks": 0, "clocks": 0, "clocks_oldest": 0.0, "incidents": 0, "backlogs": {},
        "workers": 1, "worker_age": 3.0, "lock_waits": 0, "lock_longest": 0.0, "transaction_longest": 0.0,
    }  # fmt: skip
    return Numbers(**{**usual, **changes})  # type: ignore[arg-type]


def level_of(found: Finding | list[Finding], name: str = "") -> str:
    listed = found if isinstance(found, list) else [found]
    (one,) = [item for item in listed if name in ("", item.name)]
    assert bool(one.remedy) == (one.level != OK)
    return one.level


def clock(seconds: float) -> str:
    return level_of(database.clock(NOON, NOON + timedelta(seconds=seconds), 0.5))


CASES: dict[str, tuple[Callable[[], str], str]] = {
    "a font": (lambda: level_of(machine.font(Path("/x/Noto.ttc"))), OK),
    "no font": (lambda: level_of(machine.font(None)), PROBLEM),
    "the time zone": (lambda: level_of(machine.time_zone()), OK),
    "a zone that is unknown": (lambda: level_of(machine.time_zone("Asia/Nowhere")), PROBLEM),
    "a zone that says something else": (lambda: level_of(machine.time_zone("Europe/Paris")), PROBLEM),
    "an empty disk": (lambda: level_of(machine.disk("/", 50 * GIB, 100 * GIB)), OK),
    "a small share of a large disk": (lambda: level_of(machine.disk("/", 6 * GIB, 1000 * GIB)), OK),
    "a nearly full disk": (lambda: level_of(machine.disk("/", 4 * GIB, 100 * GIB)), WARNING),
    "a full disk": (lambda: level_of(machine.disk("/", GIB // 2 - 1, 100 * GIB)), PROBLEM),
    "a clock as far off as nobody notices": (lambda: clock(2.5), OK),
    "a clock that is off": (lambda: clock(-2.6), WARNING),
    "a clock that is far off": (lambda: clock(31), PROBLEM),
    "tables of this program": (lambda: level_of(database.migrations("current")), OK),
    "tables of a newer program": (lambda: level_of(database.migrations("ahead")), WARNING),
    "tables of an older program": (lambda: level_of(database.migrations("behind")), PROBLEM),
    "no tables": (lambda: level_of(database.migrations("none")), PROBLEM),
    "both years": (lambda: level_of(city.holidays({2026, 2027}, date(2026, 12, 1))[1]), OK),
    "this year missing": (lambda: level_of(city.holidays({2027}, date(2026, 3, 2))[0]), PROBLEM),
    "next year missing in November": (lambda: level_of(city.holidays({2026}, date(2026, 11, 30))[1]), OK),
    "next year missing in December": (lambda: level_of(city.holidays({2026}, date(2026, 12, 1))[1]), WARNING),
    "no diagram": (lambda: level_of(city.diagrams(0)), PROBLEM),
    "a diagram": (lambda: level_of(city.diagrams(1)), OK),
    "a worker": (lambda: level_of(city.workers(numbers()), "worker"), OK),
    "no worker and nothing to do": (lambda: level_of(city.workers(numbers(workers=0)), "worker"), WARNING),
    "no worker and jobs that wait": (
        lambda: level_of(city.workers(numbers(workers=0, worker_age=None, jobs_oldest=61.0)), "worker"), PROBLEM,
    ),
    "a job in time": (lambda: level_of(city.workers(numbers(jobs_oldest=60.0)), "jobs"), OK),
    "a late job": (lambda: level_of(city.workers(numbers(jobs_oldest=61.0)), "jobs"), WARNING),
    "a very late job": (lambda: level_of(city.workers(numbers(jobs_oldest=301.0)), "jobs"), PROBLEM),
    "an incident": (lambda: level_of(city.workers(numbers(incidents=1)), "incidents"), WARNING),
    "a message given up": (
        lambda: level_of(city.workers(numbers(backlogs={"webhooks": Backlog(0, 0.0, 1)})), "outbox"), WARNING,
    ),
    "no secret": (lambda: level_of(city.secret("", is_demo=False)), WARNING),
    "no secret in a demonstration": (lambda: level_of(city.secret("", is_demo=True)), OK),
    "a moved clock": (lambda: level_of(city.shift("+3d", is_demo=False)), PROBLEM),
    "a moved clock in a demonstration": (lambda: level_of(city.shift("+3d", is_demo=True)), OK),
    "secrets for all": (lambda: level_of(machine.permissions(Path("r"), 0o100644, holds_secrets=True)), PROBLEM),
    "secrets for the group": (lambda: level_of(machine.permissions(Path("r"), 0o100640, holds_secrets=True)), OK),
    "rules for all": (lambda: level_of(machine.permissions(Path("r"), 0o100644, holds_secrets=False)), OK),
    "rules that all change": (lambda: level_of(machine.permissions(Path("r"), 0o100666, holds_secrets=False)), PROBLEM),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_finding_is_judged_on_both_sides(case: str) -> None:
    find, level = CASES[case]
    assert find() == level


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("fsync", "off", PROBLEM), ("full_page_writes", "off", PROBLEM), ("synchronous_commit", "off", PROBLEM),
        ("synchronous_commit", "remote_apply", OK), ("server_encoding", "SQL_ASCII", PROBLEM),
        ("TimeZone", "PRC", PROBLEM), ("autovacuum", "off", WARNING), ("server_version_num", "120009", WARNING),
        ("max_connections", "61", WARNING), ("max_connections", "62", OK),
    ],
)  # fmt: skip
def test_settings_of_postgresql_that_break_a_promise_are_found(name: str, value: str, level: str) -> None:
    found = {one.name: one.level for one in database.settings({**WELL, name: value}, is_sqlite=False)}
    assert found.pop(f"database {name}") == level
    assert set(found.values()) == {OK}


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "delete"), ("synchronous", "1"), ("foreign_keys", "0")])
def test_settings_of_sqlite_that_break_a_promise_are_found(name: str, value: str) -> None:
    well = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    found = {one.name: one.level for one in database.settings({**well, name: value}, is_sqlite=True)}
    assert found.pop(f"database {name}") == PROBLEM
    assert set(found.values()) == {OK}


def test_a_living_city_is_looked_at_and_an_empty_database_lacks_its_tables(database_url: str) -> None:
    settings = Settings(database=database_url, secret="s" * 40)
    names = [one.name for one in examine(settings) if one.level == PROBLEM]
    assert "tables" in names
    migrate(database_url)
    found = {one.name: one for one in examine(settings)}
    assert found["tables"].level == OK
    assert found["diagrams"].level == PROBLEM
    assert found["worker"].text == "none has ever looked for jobs"
    assert {one.level for name, one in found.items() if name.startswith("database ")} <= {
        OK, PROBLEM if "postgresql" in database_url else OK,  # the tests' own server does not wait for the disk
    }  # fmt: skip
    assert ("clock" in found) == ("postgresql" in database_url)


def test_a_database_that_is_away_is_the_finding_and_no_stack(tmp_path: Path) -> None:
    found = list(examine(Settings(database="postgresql+psycopg://nobody:hidden@127.0.0.1:9/none")))
    assert found[-1] == database.AWAY
    assert "hidden" not in "\n".join(lines(found))
    assert exit_code(found, strict=False) == 1


def test_files_that_settings_name_are_looked_at(tmp_path: Path) -> None:
    password, notices = tmp_path / "mail", tmp_path / "notices.toml"
    password.write_text("x")
    notices.write_text(f'[mail]\npassword_file = "{password}"\n')
    password.chmod(0o644)
    notices.chmod(0o600)
    found = list(examine(Settings(database=f"sqlite:///{tmp_path}/x.db", notices=str(notices))))
    bad = [one for one in found if one.name == "permissions" and one.level == PROBLEM]
    assert [str(password) in one.text for one in bad] == [True]
    assert (found[-1].name, found[-1].level) == ("settings", PROBLEM)
    assert str(notices) in found[-1].text


def test_the_exit_code_counts_warnings_only_when_asked() -> None:
    well, warned, bad = Finding("a", OK, "x"), Finding("a", WARNING, "x", "y"), Finding("a", PROBLEM, "x", "y")
    assert [exit_code([well], strict=strict) for strict in (False, True)] == [0, 0]
    assert [exit_code([well, warned], strict=strict) for strict in (False, True)] == [0, 3]
    assert [exit_code([well, warned, bad], strict=strict) for strict in (False, True)] == [1, 1]


def test_programs_read_the_findings_as_json(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    rig = CityRig(sqlite_url)
    Heart(rig.app.engine, "w:1", "0041").beat()
    rig.close()
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    given = parser.parse_args(["doctor", "--json"])
    given.run(Settings(database=sqlite_url, secret="s" * 40), given, None)
    found = orjson.loads(capsys.readouterr().out)
    assert {"name": "database", "level": "ok", "text": "answers", "remedy": ""} in found
