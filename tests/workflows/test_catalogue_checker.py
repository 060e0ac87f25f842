"""The checker finds each fault that is put in, says when and where, and finds nothing in the shipped catalogue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.processes.rig import CityRig, Look
from workflows import cli
from workflows.catalogue.checker import RULES, Finding, check
from workflows.catalogue.facts import Facts, read_facts
from workflows.commands.load_city import ChangeItemOwner
from workflows.items import assignment_for
from workflows.records.offices import item_assignment

pytestmark = pytest.mark.clause("zz2020/1.2", "zz2020/2.2")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The shipped catalogue with everything it names."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('checker') / 'city.db'}")
    found = rig.app.engine.ask(Look(lambda uow: read_facts(uow, rig.app.clauses, rig.app.rulebook)))
    rig.close()
    return found


def item(facts: Facts, code: str = "ZR004", **values: Any) -> Facts:
    return replace(facts, items=[{**row, **values} if row["code"] == code else row for row in facts.items])


def owner(facts: Facts, code: str = "ZR004", **values: Any) -> Facts:
    return replace(facts, owners=[{**row, **values} if row["item_code"] == code else row for row in facts.owners])


def with_owner(facts: Facts, **values: Any) -> Facts:
    row = next(row for row in facts.owners if row["item_code"] == "ZR004")
    return replace(facts, owners=[*facts.owners, {**row, **values}])


def with_version(facts: Facts, **values: Any) -> Facts:
    row = next(row for row in facts.items if row["code"] == "ZR004")
    return replace(facts, items=[*facts.items, {**row, "version": 2, **values}])


def with_unit(facts: Facts, code: str, **values: Any) -> Facts:
    return replace(facts, units={**facts.units, code: {**facts.units[code], **values}})


def found(facts: Facts) -> tuple[Finding, ...]:
    return check(facts, FIRST, LAST)


def test_the_shipped_catalogue_has_no_fault_on_any_day(facts: Facts) -> None:
    assert len({row["code"] for row in facts.items}) == 35
    assert check(facts, date(2019, 1, 1), date(2027, 12, 31)) == ()


MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
SEEDS: list[tuple[str, Callable[[Facts], Facts], date, date]] = [
    ("owner-gap", lambda f: owner(f, valid_to=MAY), MAY, LAST),
    ("owner-gap", lambda f: with_owner(owner(f, valid_to=MAY), valid_from=JUNE, valid_to=None), MAY, date(2026, 5, 31)),
    ("owner-gap", lambda f: owner(f, supervising_units=[]), FIRST, LAST),
    ("owner-overlap", lambda f: with_owner(f, valid_from=MAY, valid_to=JUNE), MAY, date(2026, 5, 31)),
    ("owner-unknown", lambda f: owner(f, supervising_units=["NO-SUCH"]), FIRST, LAST),
    ("owner-unknown", lambda f: with_unit(f, "NR-CITY-JSGC", valid_to=MAY), MAY, LAST),
    ("owner-twice", lambda f: owner(f, supervising_units=["NR-CITY-JSGC", "NR-CITY-JSGC"]), FIRST, LAST),
    ("area-unknown", lambda f: with_owner(f, area="999999"), FIRST, LAST),
    ("approving-missing", lambda f: owner(f, approving_unit=None), FIRST, LAST),
    ("approving-unknown", lambda f: owner(f, approving_unit="AP-NONE"), FIRST, LAST),
    ("approving-unknown", lambda f: owner(f, approving_unit="CG-CITY"), FIRST, LAST),
    ("approving-unknown", lambda f: with_unit(owner(f, approving_unit="AP-SZ"), "AP-SZ", valid_to=MAY), MAY, LAST),
    ("process-unknown", lambda f: item(f, process="no_such_diagram"), FIRST, LAST),
    ("process-unfit", lambda f: item(f, process="inspection"), FIRST, LAST),
    ("check-missing", lambda f: item(f, checks=[]), FIRST, LAST),
    ("check-double", lambda f: item(f, checks=[{"code": "ZR001-01"}]), FIRST, LAST),
    ("check-double", lambda f: item(f, checks=[{"code": "X"}, {"code": "X"}]), FIRST, LAST),
    ("limit-unknown", lambda f: item(f, limits={"no_such_limit": 3}), FIRST, LAST),
    ("receiver-unknown", lambda f: item(f, copy_receivers=["{no_kind}"]), FIRST, LAST),
    ("receiver-unknown", lambda f: item(f, copy_receivers=["CG-NONE"]), FIRST, LAST),
    ("copy-differs", lambda f: item(f, copy_receivers=["{town}"]), FIRST, LAST),
    ("copy-differs", lambda f: item(f, copy_receivers=["{urban_management}", "{town}", "{water}"]), FIRST, LAST),
    ("copy-differs", lambda f: replace(f, copied_to=lambda *_asked: frozenset({"town"})), FIRST, LAST),
    ("clause-unknown", lambda f: item(f, clauses=["no/such"]), FIRST, LAST),
    ("part-missing", lambda f: item(f, handling=""), FIRST, LAST),
    ("part-missing", lambda f: item(f, modes=[]), FIRST, LAST),
    ("key-mode", lambda f: item(f, is_key=True), FIRST, LAST),
    ("version-gap", lambda f: with_version(item(f, valid_to=MAY), valid_from=JUNE, valid_to=None), MAY,
     date(2026, 5, 31)),
    ("version-overlap", lambda f: with_version(f, valid_from=MAY), MAY, LAST),
    ("name-double", lambda f: item(f, aliases=["竣工规划核实"]), FIRST, LAST),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "seed", "first", "last"), SEEDS, ids=[f"{n}-{row[0]}" for n, row in enumerate(SEEDS)])
def test_each_fault_is_found_on_its_days_with_a_remedy(
    facts: Facts, rule: str, seed: Callable[[Facts], Facts], first: date, last: date
) -> None:
    mine = [one for one in found(seed(facts)) if one.rule == rule and one.item_code == "ZR004"]
    assert [(one.first_day, one.last_day) for one in mine] == [(first, last)]
    assert (mine[0].title, mine[0].remedy) == RULES[rule]
    assert mine[0].item_name == "建设工程规划许可证（建筑类）"


def test_every_rule_is_seeded() -> None:
    assert {rule for rule, *_ in SEEDS} == set(RULES)


def test_a_fault_of_one_district_is_told_of_that_district_alone(facts: Facts) -> None:
    seeded = with_owner(facts, area="370402", supervising_units=["NO-SUCH"], valid_from=MAY)
    assert [(one.rule, one.areas, one.first_day) for one in found(seeded)] == [("owner-unknown", ("370402",), MAY)]


def test_the_citys_bureau_stands_in_for_a_district_without_one_but_nobody_for_both(facts: Facts) -> None:
    without = with_unit(facts, "NR-SZ", valid_to=MAY)
    assert [one for one in found(without) if one.item_code == "ZR004"] == []
    neither = with_unit(without, "NR-CITY", valid_to=MAY)
    mine = [one for one in found(neither) if one.item_code == "ZR004"]
    assert {(one.rule, one.areas, one.first_day) for one in mine} == {("owner-unknown", ("370400", "370402"), MAY)}


def test_a_rule_of_a_district_goes_before_the_general_one(facts: Facts) -> None:
    assert found(with_owner(facts, area="370402", supervising_units=["NR-SZ"])) == ()
    twice = with_owner(with_owner(facts, area="370402"), area="370402", valid_from=MAY)
    assert [(one.rule, one.areas) for one in found(twice)] == [("owner-overlap", ("370402",))]


def test_a_check_item_needs_no_approving_unit(facts: Facts) -> None:
    assert found(owner(item(facts, type="检查", process="inspection"), approving_unit=None)) == ()


def test_the_table_of_copies_is_compared_kind_by_kind_in_every_district(facts: Facts) -> None:
    (told,) = found(item(facts, copy_receivers=["{town}"]))
    assert (told.rule, told.detail) == (
        "copy-differs",
        "规则表：城管（综合行政执法）部门、镇政府（街道）；清单：镇政府（街道）",
    )
    assert told.areas == tuple(area for area in facts.areas if area != facts.city_area)
    city = next(code for code, unit in facts.units.items() if unit["kind"] == "urban_management")
    assert [one.rule for one in found(item(facts, copy_receivers=[city, "{town}"]))] == []
    assert found(item(facts, copy_receivers=[], type="检查", process="inspection")) == ()


def test_days_outside_the_range_are_not_told(facts: Facts) -> None:
    seeded = with_owner(owner(facts, valid_to=MAY), valid_from=JUNE, valid_to=None)
    assert check(seeded, FIRST, date(2026, 4, 30)) == ()
    assert check(seeded, JUNE, LAST) == ()
    assert [one.first_day for one in check(seeded, MAY, MAY)] == [MAY]


@given(begin=st.integers(0, 300), length=st.integers(1, 60))
def test_exactly_the_days_without_an_owner_are_told(facts: Facts, begin: int, length: int) -> None:
    first = FIRST + timedelta(days=begin)
    following = first + timedelta(days=length)
    seeded = with_owner(owner(facts, valid_to=first), valid_from=following, valid_to=None)
    told = [(one.rule, one.first_day, one.last_day) for one in check(seeded, FIRST, FIRST + timedelta(days=400))]
    assert told == [("owner-gap", first, following - timedelta(days=1))]


def test_what_the_checker_calls_an_owner_is_who_gets_the_duty(tmp_path: Path) -> None:
    rig = CityRig(f"sqlite:///{tmp_path / 'city.db'}")
    rig.app.engine.execute(
        ChangeItemOwner("ZR004", "370402", ("NR-SZ",), date(2026, 4, 1), "zc.fagui", "试点")
    )  # fmt: skip
    facts = rig.app.engine.ask(Look(lambda uow: read_facts(uow, rig.app.clauses, rig.app.rulebook)))
    for day in (date(2026, 3, 31), date(2026, 4, 1)):
        for area in ("370402", "370481"):
            held = facts.owners_in("ZR004", area, day)
            given = rig.app.engine.ask(Look(lambda uow, a=area, d=day: assignment_for(uow, "ZR004", a, d)))
            assert len(held) == 1
            assert held[0]["supervising_units"][0].replace("{district}", "NR-SZ") in given.supervising_units
    rig.close()


def test_the_command_line_tells_findings_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    monkeypatch.setenv("XIANJIE_DATABASE", url)
    rig = CityRig(url)
    span = ["--first", "2026-01-01", "--last", "2026-12-31"]

    def serve(*_args: object) -> None:
        raise AssertionError

    assert cli.run(serve, ["check-catalogue", *span]) == 0
    assert "no gap" in capsys.readouterr().out
    rig.app.engine.execute(Look(lambda uow: uow.connection.execute(
        update(item_assignment).where(item_assignment.c.item_code == "ZR008").values(valid_to=date(2026, 6, 1))
    )))  # fmt: skip
    assert cli.run(serve, ["check-catalogue", *span]) == 1
    told = capsys.readouterr().out
    assert "ZR008" in told
    assert "2026-06-01–2026-12-31" in told
    assert "指定监管主体" in told
    rig.close()
