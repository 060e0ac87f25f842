"""A city moves to another database, and comes back from a backup, without losing or changing a row."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command

from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, plan
from workflows import cli, errors
from workflows.migrate import config_for
from workflows.operations import copying
from workflows.operations.copying import backup, copy_city, restore, summaries
from workflows.records.inspections import evidence_file
from workflows.records.letters import letter

OpenCity = Callable[[str], CityRig]


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Another, empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    address, name = database_url.replace("postgresql+psycopg", "postgresql"), f"copy_{uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield database_url[: database_url.rindex("/") + 1] + name
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def living(database_url: str) -> Iterator[CityRig]:
    """A city in the middle of its work."""
    rig = CityRig(database_url)
    command.stamp(config_for(database_url), "head")
    rig.submit()
    rig.run()
    rig.complete("claim_duty", CITY, **CLAIM)
    yield rig
    rig.close()


def go_on(url: str) -> None:
    """The next step of the case is done in the copied city."""
    rig = CityRig(url)
    rig.complete("plan_supervision", CITY, **plan("2026-03-03"))
    rig.run()
    assert rig.tasks("give_feedback")
    rig.close()


def test_a_living_city_moves_between_databases_and_goes_on(
    living: CityRig, database_url: str, empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = summaries(database_url)
    lite = f"sqlite:///{tmp_path / 'between.db'}"
    assert cli.run(lambda *_: None, ["migrate-database", database_url, lite]) == 0
    assert "the same on both sides" in capsys.readouterr().out
    assert copy_city(lite, empty, stops_writers=True) == before
    assert summaries(empty) == before
    assert cli.run(lambda *_: None, ["migrate-database", database_url, empty]) == 1
    assert "copy-refused" in capsys.readouterr().err
    assert sum(one.rows for one in before) > 500
    go_on(empty)


def test_a_backup_is_one_moment_although_everybody_goes_on_working_and_comes_back_whole(
    living: CityRig, database_url: str, empty: str, tmp_path: Path
) -> None:
    file, stop = tmp_path / "backup.db", threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set() and number < 40:
            number += 1
            living.submit(project_no=f"BK-{number}", XK_WSH=f"建字第3704022026{number:05}号")

    worker = threading.Thread(target=work)
    worker.start()
    kept = backup(database_url, file)
    stop.set()
    worker.join()
    assert summaries(f"sqlite:///{file}") == kept
    assert restore(file, empty) == kept
    rig = CityRig(empty)
    letters = {row["id"] for row in rig.rows(letter)}
    assert letters <= {row["id"] for row in living.rows(letter)}
    rig.close()
    go_on(empty)


def test_nothing_is_overwritten_and_a_difference_keeps_nothing(
    living: CityRig, database_url: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "taken.db"
    file.write_bytes(b"mine")
    with pytest.raises(errors.CopyRefused):
        backup(database_url, file)
    assert file.read_bytes() == b"mine"
    with pytest.raises(errors.CopyRefused):
        copy_city(database_url, database_url, stops_writers=False)
    with pytest.raises(errors.CopyRefused):
        restore(tmp_path / "nowhere.db", empty)
    whole = copying.summary_of

    def careless(connection: Any, table: Any) -> Any:
        found = whole(connection, table)
        return found if table is not evidence_file else copying.TableCopy(table.name, found.rows + 1, found.digest)

    monkeypatch.setattr(copying, "summary_of", careless)
    with pytest.raises(errors.CopyRefused, match="evidence_file"):
        copy_city(database_url, empty, stops_writers=True)
    monkeypatch.undo()
    assert sum(one.rows for one in summaries(empty)) == 0
