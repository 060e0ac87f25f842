"""A city's files are loaded again and again; only what changed in them changes anything."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.processes.rig import CITY, CityRig, Look
from workflows import errors
from workflows.commands.load_city import ChangeItemOwner, LoadCity
from workflows.items import assignment_for, item_for
from workflows.records.clocks import time_limit
from workflows.records.offices import item, item_assignment, officer
from workflows.time_limits import load_time_limits

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[CityRig]:
    rig = CityRig(f"sqlite:///{tmp_path / 'city.db'}")
    yield rig
    rig.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY, tmp_path / "city"))


def load(city: CityRig, folder: Path = CITY) -> dict[str, int]:
    return dict(city.app.engine.execute(LoadCity(folder, "tester")).changed)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def owners(city: CityRig, on: date, area: str = "370402", code: str = "ZR004") -> tuple[str, ...]:
    return city.app.engine.ask(Look(lambda uow: assignment_for(uow, code, area, on))).supervising_units


def move(city: CityRig, *units: str, area: str = "370402", reason: str = "职责调整", code: str = "ZR004") -> None:
    city.app.engine.execute(ChangeItemOwner(code, area, units, date(2026, 4, 1), "zc.fagui", reason))


def test_loading_again_changes_nothing(city: CityRig) -> None:
    assert set(load(city).values()) == {0}
    assert len(city.rows(item)) == 35


def test_an_officer_is_brought_up_to_date_and_keeps_the_password(city: CityRig, folder: Path) -> None:
    before = city.rows(officer, login="ks.jsgc")[0]
    edit(folder, "officers.toml", 'login = "ks.jsgc"\nname = "演示·黄科员"', 'login = "ks.jsgc"\nname = "演示·新科员"')
    assert load(city, folder)["officer"] == 1
    after = city.rows(officer, login="ks.jsgc")[0]
    assert after == {**before, "name": "演示·新科员"}


def test_an_item_that_changed_gets_a_version_and_the_past_keeps_its_own(city: CityRig, folder: Path) -> None:
    edit(folder, "items.toml", 'name = "竣工规划核实"', 'name = "竣工规划条件核实"')
    assert load(city, folder)["item"] == 1
    assert load(city, folder)["item"] == 0

    def version(name: str, on: date) -> int:
        return city.app.engine.ask(Look(lambda uow: item_for(uow, name, on))).version

    assert version("竣工规划核实", date(2026, 3, 1)) == 1
    assert version("竣工规划条件核实", date(2026, 3, 2)) == 2
    assert version("zr009", date(2026, 3, 2)) == 2


def test_owners_that_changed_in_the_file_hold_from_today(city: CityRig, folder: Path) -> None:
    edit(folder, "items.toml", 'supervising = ["NR-CITY-JSGC", "{district}"]', 'supervising = ["NR-CITY-PHJG"]')
    assert load(city, folder)["item"] == 1
    assert owners(city, date(2026, 3, 1)) == ("NR-CITY-JSGC", "NR-SZ")
    assert owners(city, date(2026, 3, 2)) == ("NR-CITY-PHJG",)


def test_loading_never_undoes_what_an_official_decided(city: CityRig) -> None:
    move(city, "NR-CITY-SZGH", area="*")
    city.app.engine.execute(Look(lambda uow: uow.connection.execute(
        update(time_limit).where(time_limit.c.name == "claim").values(valid_to=date(2026, 6, 1))
    )))  # fmt: skip
    assert set(load(city).values()) == {0}
    assert owners(city, date(2026, 4, 1)) == ("NR-CITY-SZGH",)


def test_a_limit_that_changed_gets_a_version(city: CityRig, folder: Path) -> None:
    edit(
        folder,
        "time_limits.toml",
        '[claim]\ntitle = "监管责任认领"\nlength = 2',
        '[claim]\ntitle = "监管责任认领"\nlength = 3',
    )
    assert load(city, folder)["time_limit"] == 1
    assert [row["version"] for row in city.rows(time_limit, name="claim")] == [1, 2]


def test_a_new_owner_holds_from_the_day_and_is_on_record(city: CityRig) -> None:
    move(city, "{district}", "NR-CITY-SZGH")
    assert owners(city, date(2026, 3, 31)) == ("NR-CITY-JSGC", "NR-SZ")
    assert owners(city, date(2026, 4, 1)) == ("NR-SZ", "NR-CITY-SZGH")
    assert owners(city, date(2026, 4, 1), "370481") == ("NR-CITY-JSGC", "NR-TZ")
    kept = city.rows(item_assignment, item_code="ZR004", area="370402")[0]
    assert (kept["changed_by"], kept["reason"]) == ("zc.fagui", "职责调整")


@pytest.mark.parametrize(
    ("units", "changes", "error"),
    [
        ((), {}, errors.FormInvalid),
        (("NR-CITY-SZGH",), {"reason": " "}, errors.FormInvalid),
        (("NO-SUCH",), {}, errors.UnknownUnit),
        (("NR-CITY-SZGH",), {"code": "ZR999"}, errors.UnknownItem),
    ],
)
def test_a_change_of_owner_that_says_nothing_is_refused(
    city: CityRig, units: tuple[str, ...], changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        move(city, *units, **changes)
    assert city.rows(item_assignment, area="370402") == []


def test_every_limit_of_the_city_is_used_somewhere() -> None:
    """A limit nobody uses could be edited by officials without any effect."""
    used = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("bpmn", "workflows", "web")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in {".bpmn", ".dmn", ".form", ".py", ".toml"} and file.name != "time_limits.toml"
    )
    limits = load_time_limits(CITY / "time_limits.toml")
    names = {limit.name for limit in limits.all}
    unused = {
        name
        for name in names
        if not re.search(rf"\b{name}\b", used) and f"{name.rsplit('_', 1)[0]}_{{" not in used  # f"repair_wait_{kind}"
    }
    assert len(names) > 100
    assert unused == set()
