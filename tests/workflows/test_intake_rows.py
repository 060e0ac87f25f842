"""Rows are checked by the official rules; every message names the field and the remedy."""

from datetime import UTC, datetime

import pytest

from workflows.identifiers import PLACEHOLDER_USCC, credit_code_check_character
from workflows.intake.reading import Decision, Message, read_decision

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
TYPES = {"40": "granted", "41": "refused", "准予": "granted"}
USCC = "91370400MA3C0DEM0" + credit_code_check_character("91370400MA3C0DEM0")
VILLAGE = "N2370402MA3C0DEM0" + credit_code_check_character("N2370402MA3C0DEM0")
GOOD = {
    "XK_XDR_MC": "演示置业有限公司", "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": USCC, "XK_FRDB": "演示·甲",
    "XK_XKWS": "建设工程规划许可决定书", "XK_WSH": "建字第370402202600001号", "XK_XKLB": "普通",
    "XK_XKZS": "建设工程规划许可证（建筑类）", "XK_XKBH": "建字第370402202600001号", "XK_NR": "演示住宅小区",
    "XK_JDRQ": "2026-03-02", "XK_YXQZ": "2026-03-02", "XK_YXQZI": "2099/12/31", "XK_XKJG": "枣庄市行政审批服务局",
    "XK_XKJGDM": USCC, "XK_ZT": "1", "XK_LYDW": "枣庄市行政审批服务局", "XK_LYDWDM": USCC, "project_no": "BJ-1",
}  # fmt: skip
PERSON = {"XK_XDR_LB": "自然人", "XK_XDR_SHXYM": "", "XK_FRDB": "", "XK_XDR_ZJLX": "身份证"}


def read(layout: str = "dual_publicity_licence", **changes: str) -> tuple[Decision | None, list[Message]]:
    return read_decision({**GOOD, **changes}, layout, TYPES, NOW)


def faults(**changes: str) -> list[tuple[str, str, str]]:
    return [(message.field, message.code, message.level) for message in read(**changes)[1]]


def test_a_complete_row_has_no_faults() -> None:
    decision, messages = read()
    assert messages == []
    assert decision is not None
    assert (decision.result, decision.identity_kind, decision.project_no) == ("granted", "uscc", "BJ-1")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"XK_XDR_MC": ""}, ("XK_XDR_MC", "required", "error")),
        ({"XK_XDR_SHXYM": ""}, ("XK_XDR_SHXYM", "required", "error")),
        ({"XK_XDR_SHXYM": USCC[:-1] + "0"}, ("XK_XDR_SHXYM", "uscc-checksum", "error")),
        ({"XK_XDR_SHXYM": "123"}, ("XK_XDR_SHXYM", "uscc-format", "error")),
        ({"XK_XDR_SHXYM": PLACEHOLDER_USCC}, ("XK_XDR_SHXYM", "uscc-placeholder", "error")),
        ({"XK_XDR_LB": "公司"}, ("XK_XDR_LB", "category", "error")),
        ({"XK_FRDB": ""}, ("XK_FRDB", "required", "error")),
        ({"XK_XKLB": "其他"}, ("XK_XKLB", "licence-kind", "error")),
        ({"XK_XKLB": "一般"}, ("XK_XKLB", "licence-kind", "error")),
        ({"XK_XKLB": ""}, ("XK_XKLB", "required", "error")),
        ({"XK_JDRQ": "2026-03-04"}, ("XK_JDRQ", "date-future", "error")),
        ({"XK_JDRQ": "三月二日"}, ("XK_JDRQ", "date-format", "error")),
        ({"XK_YXQZI": "2026-03-01"}, ("XK_YXQZI", "date-order", "error")),
        ({"XK_YXQZ": "2025-01-01", "XK_YXQZI": "2026-01-01"}, ("XK_YXQZI", "date-expired", "warning")),
        ({"XK_WSH": "<script>"}, ("XK_WSH", "document-format", "error")),
        ({"XK_NR": ""}, ("XK_NR", "required", "error")),
        ({"XK_LYDW": ""}, ("XK_LYDW", "required", "warning")),
        ({"XK_XKJGDM": "1"}, ("XK_XKJGDM", "uscc-checksum", "warning")),
        ({"project_no": "B" * 51}, ("project_no", "too-long", "error")),
        ({"project_code": "2026-1"}, ("project_code", "project-code", "warning")),
        ({"XK_XDR_ZJHM": "370402198001010010"}, ("XK_XDR_ZJHM", "party-mixed", "warning")),
        ({"result_type": "99"}, ("result_type", "result-unknown", "error")),
    ],
)
def test_each_rule_names_its_field(changes: dict[str, str], fault: tuple[str, str, str]) -> None:
    assert fault in faults(**changes)


def test_errors_refuse_and_warnings_do_not() -> None:
    assert read(XK_NR="")[0] is None
    assert read(XK_LYDW="")[0] is not None


def test_a_village_collective_has_a_code_that_begins_with_a_letter() -> None:
    decision, messages = read(XK_XDR_SHXYM=VILLAGE)
    assert messages == []
    assert decision is not None
    assert decision.identity_number == VILLAGE


def test_wide_characters_and_spaces_in_codes_are_no_fault() -> None:
    decision, _ = read(XK_XDR_SHXYM=" ".join(chr(ord(character) + 0xFEE0) for character in USCC))
    assert decision is not None
    assert decision.identity_number == USCC


def test_a_trader_without_code_needs_the_registration_number() -> None:
    trader = {"XK_XDR_LB": "个体工商户", "XK_XDR_SHXYM": PLACEHOLDER_USCC}
    assert faults(**trader) == [("XK_XDR_GSZC", "required", "error")]
    decision, messages = read(**trader, XK_XDR_GSZC="370402600000001")
    assert messages == []
    assert decision is not None
    assert (decision.identity_kind, decision.identity_number) == ("registration", "370402600000001")


def test_a_person_is_checked_as_a_person() -> None:
    assert faults(**PERSON, XK_XDR_ZJHM="11010519491231002X") == []
    assert faults(**PERSON, XK_XDR_ZJHM="110105194912310021") == [("XK_XDR_ZJHM", "id-checksum", "error")]
    assert faults(**{**PERSON, "XK_XDR_ZJLX": "学生证"}, XK_XDR_ZJHM="1") == [("XK_XDR_ZJLX", "id-kind", "error")]
    assert faults(**{**PERSON, "XK_XDR_ZJLX": "其他-士兵证"}, XK_XDR_ZJHM="1") == []
    assert faults(**{**PERSON, "XK_FRDB": "演示·甲"}, XK_XDR_ZJHM="11010519491231002X") == [
        ("XK_XDR_LB", "party-mixed", "warning")
    ]


def test_the_licence_number_stands_in_for_a_missing_document_number() -> None:
    decision, messages = read(XK_WSH="")
    assert messages == []
    assert decision is not None
    assert decision.document_no == GOOD["XK_XKBH"]


def test_variant_a_says_the_same_in_other_columns() -> None:
    row = {key: value for key, value in GOOD.items() if key != "XK_XDR_LB"}
    decision, messages = read_decision(
        {**row, "XK_XDR_TYPE": "02", "XK_FR_SFZH": "11010519491231002X"}, "dual_publicity_licence", TYPES, NOW
    )
    assert messages == []
    assert decision is not None
    assert decision.party_category == "法人及非法人组织"


def test_the_layout_of_2015_is_read_into_the_same_decision() -> None:
    legacy = {
        "XK_WSH": "建字第370402201500001号", "XK_XMMC": "演示住宅小区", "XK_SPLB": "普通", "XK_NR": "建筑类",
        "XK_XDR": "演示·乙", "XK_XDR_SFZ": "11010519491231002X", "XK_JDRQ": "2015/12/01", "XK_JZQ": "2099/12/31",
        "XK_XZJG": "枣庄市行政审批服务局", "DFBM": "370402", "task_name": "建设工程规划许可证（建筑类）",
    }  # fmt: skip
    decision, messages = read_decision(legacy, "dual_publicity_licence_2015", TYPES, NOW)
    assert messages == []
    assert decision is not None
    assert (decision.party_name, decision.party_category, decision.area, decision.project_name) == (
        "演示·乙", "自然人", "370402", "演示住宅小区",
    )  # fmt: skip


RESULT = {
    "project_no": "B1", "result_date": "2026-03-02 09:30:00", "result_type": "40", "task_name": "竣工规划核实",
    "applyer_name": "演示置业有限公司", "applyer_type": "02", "applyer_page_code": USCC,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "result"),
    [({}, "granted"), ({"result_type": "41"}, "refused"), ({"cd_operation": "d"}, "withdrawn")],
)
def test_result_codes_of_the_approval_platform_are_understood(changes: dict[str, str], result: str) -> None:
    decision, messages = read_decision({**RESULT, **changes}, "approval_result", TYPES, NOW)
    assert messages == []
    assert decision is not None
    assert decision.result == result


def test_a_result_without_its_code_is_refused() -> None:
    decision, messages = read_decision({**RESULT, "result_type": ""}, "approval_result", TYPES, NOW)
    assert decision is None
    assert [message.field for message in messages] == ["result_type"]


def test_an_acceptance_without_result_is_read_as_an_acceptance() -> None:
    row = {**RESULT, "result_date": "", "result_type": "", "accept_date": "2026-03-01"}
    decision, messages = read_decision(row, "approval_result", TYPES, NOW)
    assert messages == []
    assert decision is not None
    assert decision.is_accept


def test_a_decision_of_today_is_never_in_the_future() -> None:
    decision, messages = read(XK_JDRQ="2026-03-03")
    assert messages == []
    assert decision is not None
    assert decision.decided_at == NOW


def test_a_licence_holds_until_its_last_day_is_over() -> None:
    assert faults(XK_YXQZ="2026-03-01", XK_YXQZI="2026-03-03") == []
    assert faults(XK_YXQZ="2026-03-01", XK_YXQZI="2026-03-02") == [("XK_YXQZI", "date-expired", "warning")]


def test_instants_of_other_zones_mean_their_day_here() -> None:
    decision, _ = read(XK_JDRQ="2026-02-28T16:00:00Z", XK_YXQZ="2026-02-28T16:00:00Z", XK_YXQZI="2027-12-30T16:00:00Z")
    assert decision is not None
    assert (str(decision.valid_from), str(decision.valid_to)) == ("2026-03-01", "2027-12-31")
    assert decision.decided_at == datetime(2026, 3, 1, 9, tzinfo=UTC)  # a day without an hour: five o'clock
