"""Every layout by its own data: good records pass, and what is missing, too long or contradictory is named."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.workflows.layout_samples import PERSON, TODAY, contradicting, good, too_long
from workflows import errors
from workflows.standards import Layout, as_row, check_record, errors_of, layout, layout_keys, parsed, plain
from workflows.standards.values import NotOfType

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.3/publish-7d")
ROOT = Path(__file__).resolve().parents[2]
ALL = pytest.mark.parametrize("key", layout_keys())


def of(key: str) -> Layout:
    return layout(key, TODAY)


@ALL
def test_a_good_record_passes_and_is_written_in_the_order_of_the_layout(key: str) -> None:
    used, values = of(key), good(of(key))
    assert check_record(used, values, TODAY) == []
    row = as_row(used, values)
    assert list(row) == [field.code for field in used.fields]
    assert check_record(used, plain(values), TODAY) == []
    assert as_row(used, plain(values)) == row


@ALL
def test_every_field_that_is_missed_is_named_and_rejects_only_when_the_rule_was_read(key: str) -> None:
    used = of(key)
    for field in used.fields:
        found = [one for one in check_record(used, {**good(used), field.code: None}, TODAY) if one.field == field.code]
        missed = [one for one in found if one.message == f"缺少“{field.name}”"]
        assert len(missed) == (field.required == "Y"), field.code
        if missed:
            is_sure = "required" not in field.guessed and field.confidence != "inferred"
            assert (missed[0].level == "error") is is_sure
            assert field.name in missed[0].remedy
            assert missed[0].source


@ALL
def test_every_text_that_is_too_long_is_named_and_the_longest_still_passes(key: str) -> None:
    used = of(key)
    limited = [field for field in used.fields if field.max_length and field.type in ("string", "text", "enum", "array")]
    for field in limited:
        found = [one for one in check_record(used, {**good(used), field.code: too_long(field)}, TODAY)
                 if f"最多 {field.max_length} 个字" in one.message]  # fmt: skip
        assert [one.field for one in found] == [field.code]
        assert (found[0].level == "warning") is ("max" in field.guessed or field.confidence == "inferred")
        longest = {**good(used), field.code: too_long(field)[:-1] if field.type != "array" else None}
        assert not [one for one in check_record(used, longest, TODAY) if "最多" in one.message]


@ALL
def test_every_rule_between_fields_finds_its_contradiction(key: str) -> None:
    used = of(key)
    for rule in used.rules:
        found = [one for one in check_record(used, contradicting(used, rule), TODAY)
                 if (one.message, one.field) == (rule["message"], rule.get("at", rule["field"]))]  # fmt: skip
        assert found, rule
        assert (found[0].level == "warning") is (rule["confidence"] == "inferred")
        assert "请" in found[0].remedy


@ALL
def test_every_field_and_rule_says_where_it_comes_from(key: str) -> None:
    used = of(key)
    assert len({field.code for field in used.fields}) == len(used.fields)
    assert all(field.source and field.confidence in ("high", "medium", "inferred") for field in used.fields)
    assert all(rule["source"] for rule in used.rules)
    assert len({field.column for field in used.fields}) == len(used.fields)


def test_all_layouts_that_are_exchanged_are_known() -> None:
    sizes = {key: len(of(key).fields) for key in layout_keys()}
    assert (sizes["regulation_penalty"], sizes["regulation_coercion"], sizes["regulation_inspection"]) == (47, 28, 29)
    assert (sizes["dual_publicity_licence"], sizes["dual_publicity_penalty"]) == (31, 30)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("supervise_item_implement_code", "ZR004", "格式不对"),
        ("area_number", "37040", "格式不对"),
        ("punish_set_date", "三月二日", "应为日期"),
        ("is_hearing", "否", "应为是或否"),
        ("fine_amount", 20000.0, "应为数"),
        ("administrative_cp_na", "9", "不在代码表内"),
        ("administrative_cp_ui_code", "123", "既不是有效的统一社会信用代码"),
        ("mood", "好", "没有名为 mood 的字段"),
    ],
)
def test_what_is_of_another_kind_or_form_is_named(field: str, value: object, words: str) -> None:
    used = of("regulation_penalty")
    found = errors_of(check_record(used, {**good(used), field: value}, TODAY))
    assert [one.field for one in found] == [field]
    assert words in found[0].message


def test_a_person_is_known_by_an_identity_number_and_has_no_address_of_business() -> None:
    used = of("regulation_inspection")
    person = {**good(used), "administrative_cp_na": "1", "administrative_cp_ui_code": PERSON}
    assert {one.field for one in check_record(used, person, TODAY)} == {"address_registered", "address_operating"}
    person |= {"address_registered": None, "address_operating": None}
    assert check_record(used, person, TODAY) == []
    assert check_record(used, {**person, "check_personnel": ["甲"], "check_personnel_code": ["1"]}, TODAY)[0].field == (
        "check_personnel"
    )


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    values = {**good(of("dual_publicity_licence")), "XK_FR_ZJHM": None}
    last = date(2020, 12, 31)
    needed = (
        (date(2020, 2, 29), []),
        (date(2020, 3, 1), ["XK_FR_ZJHM"]),
        (last, ["XK_FR_ZJHM"]),
        (date(2021, 1, 1), []),
    )
    for day, wanted in needed:
        used = layout("dual_publicity_licence", day)
        assert [one.field for one in check_record(used, values)] == wanted, day


def test_a_layout_is_unknown_before_its_first_day_and_by_another_name() -> None:
    for key, day in (("regulation_penalty", date(2019, 3, 31)), ("nothing", TODAY)):
        with pytest.raises(errors.LayoutUnknown):
            layout(key, day)
    assert layout("regulation_penalty", date(2019, 4, 1)).key == "regulation_penalty"


def test_what_a_person_types_becomes_a_value_of_the_field() -> None:
    used = of("regulation_penalty")
    typed = {"is_hearing": "是", "fine_amount": " 20000.50 ", "punish_set_date": "2026-03-02", "illegal_fact": ""}
    found = {code: parsed(used, used.field(code), text) for code, text in typed.items()}  # type: ignore[arg-type]
    assert found == {
        "is_hearing": True, "fine_amount": Decimal("20000.50"), "punish_set_date": TODAY, "illegal_fact": None,
    }  # fmt: skip
    for code, text in (("is_hearing", "也许"), ("fine_amount", "两万"), ("punish_set_date", "三月二日")):
        with pytest.raises(NotOfType):
            parsed(used, used.field(code), text)  # type: ignore[arg-type]


def test_amounts_are_written_plainly_and_several_persons_with_semicolons() -> None:
    used = of("dual_publicity_penalty")
    assert as_row(used, {**good(used), "CF_NR_FK": Decimal("0.2")})["CF_NR_FK"] == "0.2"
    assert as_row(used, {**good(used), "CF_NR_FK": Decimal("1E+2")})["CF_NR_FK"] == "100"
    over = check_record(used, {**good(used), "CF_NR_FK": Decimal("0.1234567")}, TODAY)
    assert [(one.field, one.level) for one in over] == [("CF_NR_FK", "error")]
    sheet = of("regulation_inspection")
    assert as_row(sheet, {"check_personnel": ["甲", "乙"]})["check_personnel"] == "甲;乙"


KNOWN = [
    "approval_accept", "approval_licence_catalogue", "approval_material", "approval_process", "approval_result",
    "approval_special_procedure", "approval_task_basic", "approval_task_directory", "city_management_case",
    "code_lists", "divisions_zaozhuang", "dual_publicity_licence", "dual_publicity_licence_2015_legacy",
    "dual_publicity_penalty", "exchange_audit_feedback", "hotline_workorder", "regulation_catalogue",
    "regulation_coercion", "regulation_complaint", "regulation_credit", "regulation_double_random",
    "regulation_exchange_envelope", "regulation_inspection", "regulation_item_check_national",
    "regulation_item_punish_national", "regulation_joint_task", "regulation_officer", "regulation_other",
    "regulation_penalty", "regulation_risk_warning",
]  # fmt: skip


def test_every_known_format_is_a_layout_or_the_decision_says_why_not() -> None:
    (decision,) = (ROOT / "docs" / "adr").glob("*-which-known-formats-are-not-exchanged.md")
    rows = [line.split("|")[1:3] for line in decision.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    said = {name.strip(): what for names, what in rows for name in names.split(",")}
    assert set(KNOWN) <= set(said)
    left = {name for name in KNOWN if name not in layout_keys()}
    elsewhere = {"code_lists", "divisions_zaozhuang"}
    assert {name for name in left if "**not mapped**" in said[name]} == left - elsewhere
