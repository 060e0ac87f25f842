"""The drill: the data of a city is gone; it comes back from the backup, proves its history, and goes on working."""

import shutil
from pathlib import Path

import psycopg
import pytest

from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, plan
from workflows import cli
from workflows.audit.keys import make_key


def lose(database_url: str) -> None:
    """Remove the directory the data is in, or the database with all that is in it; what is there then is empty."""
    if database_url.startswith("sqlite"):
        folder = Path(database_url.removeprefix("sqlite:///")).parent
        shutil.rmtree(folder)
        folder.mkdir()
        return
    server, name = database_url.replace("postgresql+psycopg", "postgresql").rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]


def test_a_city_whose_data_is_gone_comes_back_proves_its_history_and_goes_on(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    safe = tmp_path_factory.mktemp("elsewhere")  # another machine: the backup, the key, the signed roots
    public, keys = make_key(safe / "key"), {"audit_key": str(safe / "key"), "audit_anchor": str(safe / "roots")}

    def xianjie(*arguments: str) -> tuple[int, str]:
        code = cli.run(lambda *_: None, arguments)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    def signed(rig: CityRig) -> None:
        rig.app.sealer.seal()
        assert rig.app.sealer.sign() is not None

    monkeypatch.setenv("XIANJIE_DATABASE", database_url)
    monkeypatch.setenv("XIANJIE_SECRET", "s" * 40)
    monkeypatch.setenv("XIANJIE_AUDIT_KEY", keys["audit_key"])
    city = CityRig(database_url, **keys)
    city.submit()
    city.run()
    city.complete("claim_duty", CITY, **CLAIM)
    signed(city)
    assert xianjie("backup", str(safe / "backup.db"))[0] == 0
    city.submit(project_no="BJ-2", XK_WSH="建字第370402202600002号")  # after the backup: this is lost, and that is told
    signed(city)
    city.close()

    lose(database_url)
    code, told = xianjie("restore", str(safe / "backup.db"))
    assert (code, "the same on both sides" in told, "1 signed roots, whole" in told) == (0, True, True), told
    city = CityRig(database_url, **keys)
    city.complete("plan_supervision", CITY, **plan("2026-03-03"))
    city.run()
    assert city.tasks("give_feedback")
    shutil.copytree(safe / "roots", safe / "kept")
    code, told = xianjie("export-audit", str(safe / "audit.jsonl.gz"))
    assert code == 0, told
    city.close()
    check = ("verify-audit", str(safe / "audit.jsonl.gz"), "--key", public)
    code, told = xianjie(*check, "--root", str(safe / "kept" / "root-000001.json"))
    assert (code, "2 signed roots" in told) == (0, True), told
    code, told = xianjie(*check, "--root", str(safe / "kept" / "root-000002.json"))
    assert (code, "kept outside" in told) == (1, True), told
