"""The official records of penalties and coercion: valid, missing, over-long, contradictory."""

from datetime import date
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
from workflows.penalties.official import (
    coercion_values,
    contradictions,
    penalty_values,
    publicity_record,
)
from workflows.penalties.official_rules import FIELDS, check
from workflows.records.coercions import coercion
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.3/publish-7d")
ITEM = {"supervise_item_implement_code": "12345678901234"}


@pytest.fixture
def city(sqlite_url: str) -> Any:
    """A city, on SQLite: the mapping knows no database."""
    rig = CityRig(sqlite_url)
    yield rig
    rig.close()


def messages(record: str, values: dict[str, Any]) -> list[str]:
    return [f"{one.field}: {one.message}" for one in check(record, values)]


@pytest.fixture(scope="module")
def penalty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A closed case as the national record has it, with the item's national code and the inspection's number."""
    city = CityRig(f"sqlite:///{tmp_path_factory.mktemp('official')}/city.db")
    served(city)
    pay(city, 20000)
    city.complete("track_execution", OFFICER, execution="performed", execution_note="")
    closed(city)
    values = city.app.engine.ask(Look(lambda uow: penalty_values(uow, _row(uow, penalty_case))))
    city.close()
    return {**values, **ITEM, "check_action_code": "JC2026-00001"}


def _row(uow: Any, table: Any) -> Any:
    return uow.connection.execute(select(table)).one()


def test_a_closed_case_makes_a_valid_record(penalty: dict[str, Any]) -> None:
    assert messages("penalty", penalty) == []
    assert contradictions(penalty) == []
    assert (penalty["fine_amount"], penalty["closing_paid_fine"]) == (Decimal("20000"), Decimal("20000"))
    assert (penalty["punish_type"], penalty["is_hearing"], penalty["area_number"]) == ("罚款", False, "370402")
    assert penalty["administrative_cp_ui_code"] == USCC


def test_the_fields_are_those_of_the_standard() -> None:
    assert len(FIELDS["penalty"]) == 47
    assert len(FIELDS["coercion"]) == 28
    assert FIELDS["penalty"]["supervise_item_implement_code"]["max"] == 14


@pytest.mark.parametrize("field", [name for name, rule in FIELDS["penalty"].items() if rule["required"] == "Y"])
def test_each_required_field_is_missed(penalty: dict[str, Any], field: str) -> None:
    found = check("penalty", {**penalty, field: None})
    assert [one.field for one in found] == [field]
    assert FIELDS["penalty"][field]["title"] in found[0].message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"supervise_object": "长" * 201}, "最多 200 个字，现有 201 个"),
        ({"legal_review_opinion": "长" * 101}, "最多 100 个字"),
        ({"supervise_item_implement_code": "ZR004"}, "格式不对"),
        ({"area_number": "37040"}, "格式不对"),
        ({"punish_set_date": "2026-03-02"}, "类型不对"),
        ({"is_hearing": "否"}, "类型不对"),
        ({"fine_amount": 20000.0}, "类型不对"),
    ],
)
def test_what_is_too_long_or_of_another_kind_is_named(
    penalty: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    found = check("penalty", {**penalty, **changes})
    assert [one.field for one in found] == list(changes)
    assert words in found[0].message


def test_the_longest_texts_are_still_good(penalty: dict[str, Any]) -> None:
    assert check("penalty", {**penalty, "supervise_object": "长" * 200, "legal_review_opinion": "长" * 100}) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"punish_set_date": date(2026, 3, 1)}, "punish_set_date"),
        ({"closing_date": date(2026, 3, 1)}, "closing_date"),
        ({"fine_amount": None, "closing_paid_fine": None}, "fine_amount"),
        ({"punish_type": "警告"}, "punish_type"),
        ({"legal_review": True, "legal_review_date": None}, "legal_review_date"),
        ({"closing_no_penalty": True}, "closing_no_penalty"),
    ],
)
def test_fields_that_contradict_each_other_are_named(
    penalty: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    assert field in [one.field for one in contradictions({**penalty, **changes})]


def test_a_field_the_standard_does_not_have_is_refused(penalty: dict[str, Any]) -> None:
    assert messages("penalty", {**penalty, "mood": "好"}) == ["mood: 没有名为 mood 的字段"]


def test_a_penalty_is_told_to_the_credit_platform_in_ten_thousands(city: CityRig) -> None:
    served(city)
    values, found = city.app.engine.ask(Look(lambda uow: publicity_record(uow, _row(uow, penalty_case))))
    assert (values["CF_NR_FK"], values["CF_CFLB"], values["CF_XDR_LB"]) == ("2", "罚款", "法人及非法人组织")
    assert {one.field for one in found} == {"CF_YXQ", "CF_GSJZQ", "CF_CFJGDM", "CF_SJLYDM"}
    assert case(city)["officers"] == PAIR


def test_a_seizure_makes_a_record_that_lacks_only_what_the_city_lacks(city: CityRig) -> None:
    seized(city)
    values = city.app.engine.ask(Look(lambda uow: coercion_values(uow, _row(uow, coercion))))
    assert {one.field for one in check("coercion", values)} == {"supervise_item_implement_code", "check_action_code"}
    assert (values["coercive_measure_type"], values["force_execution_type"]) == ("扣押", None)
    assert check("coercion", {**values, **ITEM, "check_action_code": "JC1", "force_result": "长" * 51})[0].field == (
        "force_result"
    )
    assert coercion_row(city)["measure"] == "seize"
