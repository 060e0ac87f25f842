"""Cases as the official records have them: what the platform knows fills the fields, what it lacks is named."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.processes.penalty_steps import OFFICER, PAIR, case, closed, served
from tests.processes.rig import CityRig, Look
from tests.processes.steps import USCC
from tests.processes.test_coercion import row as coercion_row
from tests.processes.test_coercion import seized
from tests.processes.test_penalty import pay
from workflows.penalties.official import coercion_record, penalty_record, penalty_values, publicity_record
from workflows.records.coercions import coercion
from workflows.records.penalties import penalty_case
from workflows.standards import Finding, errors_of

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.3/publish-7d")


@pytest.fixture
def city(sqlite_url: str) -> Iterator[CityRig]:
    """A city, on SQLite: the mapping knows no database."""
    rig = CityRig(sqlite_url)
    yield rig
    rig.close()


def recorded(city: CityRig, record: Any, table: Any) -> tuple[dict[str, Any], list[Finding]]:
    rules = city.app.rulebook.city
    return city.app.engine.ask(Look(lambda uow: record(uow, rules, uow.connection.execute(select(table)).one())))  # type: ignore[no-any-return]


def test_a_closed_case_lacks_only_the_item_and_the_inspection_it_did_not_come_from(city: CityRig) -> None:
    served(city)
    pay(city, 20000)
    city.complete("track_execution", OFFICER, execution="performed", execution_note="")
    closed(city)
    values, found = recorded(city, penalty_record, penalty_case)
    assert {one.field for one in errors_of(found)} == {"supervise_item_implement_code", "check_action_code"}
    assert (values["fine_amount"], values["closing_paid_fine"]) == ("20000", "20000")
    assert (values["punish_type"], values["is_hearing"], values["area_number"]) == ("罚款", False, "370402")
    assert (values["administrative_cp_ui_code"], values["administrative_cp_ce_type"]) == (USCC, "001")
    assert values["implement_institution_code"] == "11370400MB0000002W"
    typed = city.app.engine.ask(Look(lambda uow: penalty_values(
        uow, city.app.rulebook.city, uow.connection.execute(select(penalty_case)).one())))  # fmt: skip
    assert typed["fine_amount"] == Decimal(20000)
    assert case(city)["officers"] == PAIR


def test_a_penalty_is_told_to_the_credit_platform_in_ten_thousands(city: CityRig) -> None:
    served(city)
    values, found = recorded(city, publicity_record, penalty_case)
    assert (values["CF_NR_FK"], values["CF_CFLB"], values["CF_XDR_LB"]) == ("2", "罚款", "法人及非法人组织")
    assert errors_of(found) == []
    assert {one.field for one in found} == {"CF_YXQ", "CF_GSJZQ", "CF_FRDB"}


def test_a_seizure_makes_a_record_that_lacks_only_what_the_city_lacks(city: CityRig) -> None:
    seized(city)
    values, found = recorded(city, coercion_record, coercion)
    assert {one.field for one in errors_of(found)} == {"supervise_item_implement_code", "check_action_code"}
    assert (values["coercive_measure_type"], values["force_execution_type"]) == ("扣押", None)
    assert coercion_row(city)["measure"] == "seize"
