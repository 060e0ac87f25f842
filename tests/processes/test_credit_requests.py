"""Objections and repairs, penalties on the credit platform, and what comes down when (zz2020/2.3, sdxy/38)."""

import pytest

from engine.store.tables import incident
from tests.processes.credit_platform import Platform
from tests.processes.penalty_steps import LEADER, OFFICER, SECOND, decided, served
from tests.processes.rig import CityRig, china
from tests.processes.steps import permit
from workflows import errors
from workflows.credit.requests import RegisterRequest
from workflows.credit.watch import OpenWatch
from workflows.desk.credit import EntryFilter
from workflows.penalties.overturn import RegisterOverturn
from workflows.records.clocks import running_limit
from workflows.records.credit import credit_entry, credit_request
from workflows.records.letters import letter
from workflows.records.penalties import penalty_publication
from workflows.records.publication import public_record, publication

pytestmark = [
    pytest.mark.clause("zz2020/2.3", "sdxy/38", "fgcj2023/repair"),
    pytest.mark.scenarios("credit_objection", "credit_repair"),
]
CLERK, OTHER_CLERK = "sp.jianshe", "sp.chuangkou"
OBJECTION = {
    "applicant": "演示置业有限公司", "applicant_contact": "0632-0000000", "received_on": "2026-03-02",
    "grounds": "许可内容写错了", "evidence_note": None,
}  # fmt: skip
REPAIR = {
    "applicant": "演示置业有限公司", "applicant_contact": "0632-0000000", "received_on": "2026-03-02",
    "is_performed": True, "has_commitment": True, "severity": "general", "grounds": "罚款已缴清，附缴款凭证",
}  # fmt: skip


def entry(city: CityRig, kind: str):
    (found,) = city.rows(credit_entry, kind=kind)
    return found


def asked(city: CityRig, kind: str, login: str, **changes) -> str:
    row = entry(city, "licence" if kind == "objection" and login == CLERK else "penalty")
    given = {**(OBJECTION if kind == "objection" else REPAIR), "received_on": f"{city.clock.now():%Y-%m-%d}", **changes}
    command = RegisterRequest(city.actor(login), kind, row["id"], given, city.app.rulebook)
    number = city.app.engine.execute(command)
    city.run()
    return number


@pytest.fixture
def licensed(city: CityRig) -> CityRig:
    city.platform = Platform(city)  # type: ignore[attr-defined]
    permit(city, XK_FRDB="演示·法人")
    city.platform.exchange()  # type: ignore[attr-defined]
    return city


def test_an_objection_is_upheld_by_a_second_person_and_the_information_comes_down(licensed: CityRig) -> None:
    city = licensed
    asked(city, "objection", CLERK)
    assert city.rows(public_record)[0]["is_disputed"] is True
    with pytest.raises(errors.FormInvalid):
        asked(city, "objection", CLERK)  # one at a time
    city.complete("verify_objection", CLERK, verdict="delete", opinion="涉及商业秘密，不应公示")
    with pytest.raises(errors.SamePerson):
        city.complete("approve_objection", CLERK, decision="approve")
    city.complete("approve_objection", OTHER_CLERK, decision="return", approval_note="请再核对案卷")
    city.complete("verify_objection", CLERK, verdict="delete", opinion="已核对，不应公示")
    city.complete("approve_objection", OTHER_CLERK, decision="approve")
    city.platform.exchange()
    assert (entry(city, "licence")["state"], entry(city, "licence")["ended_how"]) == ("ended", "objection")
    assert city.platform.got()[-1].operation == "d"
    (shown,) = city.rows(public_record)
    assert (shown["hidden_at"] is not None, shown["is_disputed"]) == (True, False)
    (request,) = city.rows(credit_request)
    assert request["state"] == "granted"
    (reply,) = city.rows(letter, kind="credit_objection_reply")
    assert "不应公示，已撤下" in str(reply["data"])
    with pytest.raises(errors.FormInvalid):
        asked(city, "objection", CLERK)  # it is down already
    assert city.rows(incident) == []


def test_information_that_is_right_stays_and_one_person_suffices(licensed: CityRig) -> None:
    asked(licensed, "objection", CLERK)
    licensed.complete("verify_objection", CLERK, verdict="uphold", opinion="与许可证一致")
    assert licensed.tasks("approve_objection") == []
    assert entry(licensed, "licence")["state"] == "accepted"
    assert licensed.rows(public_record)[0]["is_disputed"] is False
    assert licensed.rows(credit_request)[0]["state"] == "refused"


@pytest.mark.parametrize(("moment", "is_late"), [("2026-03-05T23:59:59", False), ("2026-03-06T00:00:00", True)])
def test_an_objection_has_three_working_days(licensed: CityRig, moment: str, is_late: bool) -> None:
    asked(licensed, "objection", CLERK)
    licensed.at(moment)
    licensed.complete("verify_objection", CLERK, verdict="uphold", opinion="与许可证一致")
    (clock,) = licensed.rows(running_limit, limit_name="credit_objection")
    assert clock["due_at"] == china("2026-03-06T00:00:00")
    assert clock["is_late"] is is_late


def test_another_office_neither_sees_nor_touches_an_entry(licensed: CityRig) -> None:
    desk, key = licensed.app.desk.credit, entry(licensed, "licence")["id"]
    assert desk.entries(licensed.actor("sp.sz"), EntryFilter()) == ()
    with pytest.raises(errors.CaseNotFound):
        desk.view(licensed.actor("sp.sz"), key)
    with pytest.raises(errors.NotAllowed):
        desk.correct(licensed.actor("zc.fagui"), key, {"XK_NR": "别的"}, "试")  # sees all, decides nothing here
    assert desk.view(licensed.actor("zc.fagui"), key).may_correct is False


def test_a_penalty_goes_to_the_platform_the_outlets_and_the_page_and_comes_down_when_overturned(city: CityRig) -> None:
    platform = Platform(city)
    number = decided(city)
    found = entry(city, "penalty")
    assert (found["organ"], found["unit"], found["state"]) == ("NR-CITY", "NR-CITY-JSGC", "queued")
    assert found["expires_on"].isoformat() == "2029-03-03"
    platform.exchange()
    assert city.rows(publication) == []  # not before it is served
    city.complete("serve_decision", OFFICER, service_way="direct", served_on="2026-03-02", served_to="演示·收件人")
    platform.exchange()
    assert entry(city, "penalty")["state"] == "accepted"
    sent = platform.got()[0].values
    assert (sent["CF_NR_FK"], sent["CF_GSJZQ"]) == ("2", "2029-03-02")
    assert city.rows(penalty_publication)[0]["uploaded_at"] is not None
    rows = city.rows(publication, kind="penalty")
    assert {row["outlet"] for row in rows} == set(city.app.rulebook.city.outlets)
    assert {row["state"] for row in rows} == {"delivered"}
    assert all(row["receipt"] for row in rows)
    (shown,) = city.rows(public_record, kind="penalty")
    assert "罚款 20000 元" in str(shown["facts"])
    answers = {"overturn_kind": "revoked", "overturned_on": "2026-03-02", "overturn_document": "演示复议〔2026〕1号"}
    city.app.engine.execute(RegisterOverturn(city.actor(OFFICER), number, answers, city.app.rulebook))
    city.run()
    city.complete("withdraw_publication", OFFICER, withdrawn_from="各渠道", withdrawal_note="决定已被撤销")
    rows = city.rows(publication, kind="penalty")
    assert {row["state"] for row in rows} == {"withdrawing"}
    assert {row["withdraw_due_at"] for row in rows} == {china("2026-03-06T00:00:00")}
    platform.exchange()
    assert {row["state"] for row in city.rows(publication, kind="penalty")} == {"withdrawn"}
    assert entry(city, "penalty")["ended_how"] == "overturned"
    assert [row.operation for row in platform.got()][-4:] == ["d"] * 4
    (shown,) = city.rows(public_record, kind="penalty")
    assert (shown["hidden_at"] is not None, shown["withdrawal_note"]) == (True, "决定已被撤销")
    assert city.rows(incident) == []


def test_a_person_is_masked_wherever_the_public_reads(city: CityRig) -> None:
    permit(
        city, project_no="BJ-9", XK_XDR_LB="自然人", XK_XDR_MC="演示张三", XK_XDR_SHXYM="", XK_XDR_ZJLX="身份证",
        XK_XDR_ZJHM="110101199003070134", XK_WSH="乡字第370402202600009号",
        XK_NR="演示张三建房，证件 110101199003070134",
    )  # fmt: skip
    shown = [one for one in city.rows(public_record) if one["number"] == "乡字第370402202600009号"]
    assert [one["party"] for one in shown] == ["演***"]
    assert "110101199003070134" not in str(city.rows(public_record))
    assert "演示张三" not in str(city.rows(public_record))


@pytest.mark.parametrize(("day", "outcome"), [("2026-06-02", "too_early"), ("2026-06-03", "review")])
def test_a_penalty_can_be_repaired_after_three_months_of_publicity(city: CityRig, day: str, outcome: str) -> None:
    platform = Platform(city)
    served(city, is_published=True)
    platform.exchange()
    city.at(f"{day}T09:00:00")
    asked(city, "repair", OFFICER)
    if outcome == "too_early":
        assert city.tasks("review_repair") == []
        (reply,) = city.rows(letter, kind="credit_repair_reply")
        assert "2026-06-03 起可以再次申请" in str(reply["data"])
        return
    city.complete("review_repair", SECOND, verdict="grant", opinion="罚款已缴清")
    with pytest.raises(errors.SamePerson):
        city.complete("approve_repair", SECOND, decision="approve")
    city.complete("approve_repair", LEADER, decision="approve")
    platform.exchange()
    assert entry(city, "penalty")["ended_how"] == "repaired"
    (shown,) = city.rows(public_record, kind="penalty")
    assert (shown["hidden_at"] is not None, shown["withdrawal_note"]) == (True, None)
    assert {row["state"] for row in city.rows(publication, kind="penalty")} == {"withdrawn"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"is_performed": False}, "没有履行完毕"), ({"has_commitment": False}, "没有公开作出信用承诺")],
)
def test_without_performance_or_commitment_there_is_no_repair(city: CityRig, changes, reason: str) -> None:
    served(city)
    asked(city, "repair", OFFICER, **changes)
    (reply,) = city.rows(letter, kind="credit_repair_reply")
    assert reason in str(reply["data"])
    assert city.rows(credit_request)[0]["state"] == "refused"


@pytest.mark.deadline("credit_watch/next_day")
def test_what_is_published_long_enough_comes_down_by_itself(city: CityRig) -> None:
    platform = Platform(city)
    served(city)
    platform.exchange()
    city.at("2029-03-02T23:59:59")
    city.app.engine.execute(OpenWatch(city.app.rulebook, "tester"))
    city.run()
    assert entry(city, "penalty")["state"] == "accepted"
    city.at("2029-03-03T00:00:00")
    assert entry(city, "penalty")["ended_how"] == "expired"


def test_an_outlet_that_refuses_is_asked_again_for_the_content_and_for_the_withdrawal(city: CityRig) -> None:
    platform = Platform(city)
    number = served(city)
    document = entry(city, "penalty")["document_no"]
    platform.refuse[document] = "附件缺失"
    platform.exchange()
    rows = city.rows(publication, kind="penalty")
    assert {(row["state"], row["message"]) for row in rows} == {("failed", "附件缺失")}
    desk, actor = city.app.desk.publication, city.actor(OFFICER)
    with pytest.raises(errors.CaseNotFound):
        desk.resend(city.actor("ks.kq"), rows[0]["id"])
    for row in rows:
        desk.resend(actor, row["id"])
    platform.refuse.clear()
    platform.exchange()
    assert {row["state"] for row in city.rows(publication, kind="penalty")} == {"delivered"}
    with pytest.raises(errors.RecordClosed):
        desk.resend(actor, rows[0]["id"])
    answers = {"overturn_kind": "revoked", "overturned_on": "2026-03-02", "overturn_document": "演示复议〔2026〕1号"}
    city.app.engine.execute(RegisterOverturn(actor, number, answers, city.app.rulebook))
    city.run()
    city.complete("withdraw_publication", OFFICER, withdrawn_from="各渠道", withdrawal_note="决定已被撤销")
    platform.refuse[document] = "暂不受理"
    platform.exchange()
    (first, *_) = [row for row in city.rows(publication, kind="penalty") if row["state"] == "failed"]
    desk.resend(actor, first["id"])
    platform.refuse.clear()
    platform.exchange()
    assert city.rows(publication, id=first["id"])[0]["state"] == "withdrawn"


def test_a_platform_that_refuses_to_take_something_down_is_asked_again_the_next_day(licensed: CityRig) -> None:
    city = licensed
    city.app.engine.execute(OpenWatch(city.app.rulebook, "tester"))
    asked(city, "objection", CLERK)
    city.complete("verify_objection", CLERK, verdict="delete", opinion="不应公示")
    city.complete("approve_objection", OTHER_CLERK, decision="approve")
    city.platform.refuse["建字第370402202600001号"] = "暂不受理"
    city.platform.exchange()
    city.platform.refuse.clear()
    city.at("2026-03-03T00:00:00")
    city.platform.exchange()
    assert [row.operation for row in city.platform.got()] == ["i", "d", "d"]
    assert "已重新报送" in entry(city, "licence")["message"]
    city.at("2026-03-04T00:00:00")
    city.platform.exchange()
    assert len(city.platform.got()) == 3
