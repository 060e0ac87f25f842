"""Search and coverage answer the same on both databases."""

from datetime import date

import pytest
from sqlalchemy import ColumnElement, true

from tests.processes.key_areas import inspected, mine_of, plan, rated, standing, survey_unit
from tests.processes.rig import SAMPLE, CityRig, Look
from tests.processes.steps import permit
from workflows.key_areas import coverage
from workflows.libraries.search import ObjectFilter, search_objects
from workflows.records.libraries import inspection_object

TODAY, ANY = date(2026, 3, 2), true()


@pytest.mark.clause("zz2020/2.3", "zz2020/2.4")
def test_objects_are_found_by_rating_and_the_coverage_counts_by_unit(city: CityRig) -> None:
    rated(city, survey_unit(city), "D")
    rated(city, mine_of(city), "high", "risk")
    standing(city)
    standing(city, 1)
    plan(city, "2026-03-02")
    inspected(city)

    def found(**wanted: object) -> list[str]:
        page = city.app.engine.ask(
            Look(lambda uow: search_objects(uow, ObjectFilter(TODAY, **wanted), true()))  # type: ignore[arg-type]
        )
        return [row["name"] for row in page.rows]

    assert found(credit="D") == [survey_unit(city)["name"]]
    assert found(risk="high", item="ZR023") == [mine_of(city)["name"]]
    assert len(found(key=True)) == 2
    assert len(found(kind="mine", limit=5)) == 5
    (unit,) = city.app.engine.ask(Look(lambda uow: coverage.coverage(uow, "2026-01/2026-06", None)))
    assert (unit.unit, unit.due, unit.checked, unit.missed, unit.percent) == ("NR-XC", 2, 1, 0, 50)
    lines = city.app.engine.ask(Look(lambda uow: coverage.checks(uow, "2026-01/2026-06", None, "open")))
    assert len(lines) == 1
    assert city.app.engine.ask(Look(lambda uow: coverage.campaigns(uow, ("NR-XC",)))) == []


@pytest.mark.clause("zz2020/2.3")
def test_the_number_of_a_project_is_looked_up_alone_and_only_where_one_may_see_it(city: CityRig) -> None:
    permit(city)
    number = SAMPLE["project_no"]

    def found(text: str, seen: ColumnElement[bool] = ANY) -> set[str | None]:
        page = city.app.engine.ask(Look(lambda uow: search_objects(uow, ObjectFilter(TODAY, q=text), seen)))
        return {row["project_no"] for row in page.rows}

    assert found(number) == {number}
    assert found(number, inspection_object.c.area != SAMPLE["area"]) == set()
    assert found(number[:-1]) == set()
    assert number in found("演示住宅")
