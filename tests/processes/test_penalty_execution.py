"""处罚执行: paid, in instalments, reminded, brought before the court; both sides of each term."""

from typing import Any

import pytest

from tests.processes.penalty_steps import ANSWER, LEADER, OFFICER, case, field_of, noticed, serve_decision, served
from tests.processes.rig import CityRig, both_sides, china, warned
from tests.processes.test_penalty import pay
from tests.processes.test_penalty_overturn import OVERTURN
from workflows.errors import CaseNotFound, FormInvalid
from workflows.penalties.overturn import RegisterOverturn
from workflows.penalties.payments import RecordPayment, StopSurcharge
from workflows.records.clocks import running_limit
from workflows.records.letters import letter
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_instalment, penalty_payment

pytestmark = pytest.mark.clause("xzcf/66", "xzcf/67", "xzcf/72", "xzcf/73", "xzqz/53", "xzqz/54", "xzss/46")
DEFER = {"execution": "defer", "execution_note": "", "deferral_reason": "经营困难"}


def track(city: CityRig, execution: str, note: str = "") -> None:
    city.complete("track_execution", OFFICER, execution=execution, execution_note=note)


def reminded(city: CityRig) -> None:
    """Walk until the reminder is served, on 18 March."""
    served(city)
    city.at("2026-03-18T10:00:00")
    track(city, "overdue")
    city.complete("serve_reminder", OFFICER, reminder_served_on="2026-03-18", reminder_receiver="演示·收件人")


@pytest.mark.parametrize(("at", "is_over"), [("2026-03-17T23:59:59", False), ("2026-03-18T00:00:00", True)])
def test_nobody_is_reminded_before_the_fifteen_days_are_over(city: CityRig, at: str, is_over: bool) -> None:
    served(city)
    assert str(case(city)["pay_by"]) == "2026-03-17"
    city.at(at)
    if is_over:
        track(city, "overdue")
        assert city.elements() == ["serve_reminder"]
        return
    with pytest.raises(FormInvalid) as refused:
        track(city, "overdue")
    assert field_of(refused) == "execution"


def orders(city: CityRig) -> list[tuple[str, str, str]]:
    return [(one["cause_element"], one["rung"], one["state"]) for one in city.rows(supervision_order)]


@pytest.mark.deadline("penalty/execute_warned")
def test_a_fine_nobody_pays_is_urged_and_escalates_until_the_party_is_reminded(city: CityRig) -> None:
    served(city)
    warned(city, "execute", "2026-03-15T00:00:00")
    city.at("2026-03-17T23:59:59")
    assert orders(city) == [("execute", "warned", "open")]
    city.at("2026-03-18T00:00:00")
    assert orders(city) == [("execute", "red", "open")]
    assert city.elements() == ["track_execution"]  # the case goes on
    track(city, "overdue")
    city.run()
    assert orders(city) == [("execute", "red", "closed")]
    (clock,) = city.rows(running_limit, limit_name="fine_payment")
    assert (clock["is_late"], clock["ended_at"]) == (True, city.clock.now())


def test_a_fine_that_is_paid_in_time_ends_the_warning(city: CityRig) -> None:
    served(city)
    city.at("2026-03-17T10:00:00")
    pay(city, 20000, on="2026-03-17")
    track(city, "performed")
    city.at("2026-03-18T00:00:00")
    assert orders(city) == [("execute", "warned", "closed")]
    assert case(city)["execution"]["is_late"] is False


def test_a_penalty_without_a_fine_has_nothing_to_urge(city: CityRig) -> None:
    noticed(city, penalty_types=["other"], fine_yuan=None, penalty_content="限期拆除")
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, decision="penalise", penalty_content="限期拆除", is_published=True)
    serve_decision(city)
    city.at("2026-05-18T10:00:00")
    assert [one for one in orders(city) if one[0] == "execute"] == []
    assert city.elements() == ["track_execution"]


@pytest.mark.parametrize("asked_on", ["2026-03-02T10:00:00", "2026-03-16T10:00:00"])
def test_instalments_move_the_warning_to_the_last_of_them(city: CityRig, asked_on: str) -> None:
    served(city)
    city.at(asked_on)  # before the first warning, and after it
    city.complete("track_execution", OFFICER, **DEFER, instalments="2026-04-01 10000\n2026-05-11 10000")
    city.complete("decide_deferral", LEADER, decision="approve")
    begun = orders(city)
    city.at("2026-05-08T23:59:59")
    assert orders(city) == begun
    city.at("2026-05-11T23:59:59")
    assert orders(city) == [("execute", "warned", "open")]
    city.at("2026-05-12T00:00:00")
    assert orders(city) == [("execute", "red", "open")]


def test_a_fine_that_is_not_paid_is_not_performed(city: CityRig) -> None:
    served(city)
    pay(city, 19999.99)
    with pytest.raises(FormInvalid) as refused:
        track(city, "performed")
    assert field_of(refused) == "execution"
    pay(city, 0.01, voucher="P2")
    track(city, "performed")
    assert case(city)["execution"]["paid_fen"] == 2000000


def test_a_surcharge_that_is_left_needs_a_reason(city: CityRig) -> None:
    served(city)
    city.at("2026-03-20T10:00:00")
    pay(city, 20000, on="2026-03-20")
    with pytest.raises(FormInvalid) as refused:
        track(city, "performed")
    assert field_of(refused) == "execution_note"
    with pytest.raises(FormInvalid):
        pay(city, 1800.01, kind="surcharge", on="2026-03-20", voucher="P2")
    pay(city, 1800, kind="surcharge", on="2026-03-20", voucher="P2")  # 3 days of 3 % of 20,000
    track(city, "performed")
    assert case(city)["execution"]["surcharge_paid_fen"] == 180000


def test_payments_that_cannot_be_are_refused(city: CityRig) -> None:
    served(city)
    for changes, field in (
        ({"amount": 20000.01}, "amount"), ({"amount": 1.005}, "amount"), ({"on": "2026-03-01"}, "paid_on"),
        ({"on": "2026-03-03"}, "paid_on"), ({"kind": "surcharge", "amount": 1}, "amount"),
    ):  # fmt: skip
        with pytest.raises(FormInvalid) as refused:
            pay(city, **{"amount": 1, **changes})
        assert field_of(refused) == field
    given = {"kind": "fine", "amount": 1, "paid_on": "2026-03-02", "voucher": "P1"}
    foreign = RecordPayment(city.actor("zr.sz"), case(city)["business_key"], given)
    with pytest.raises(CaseNotFound):
        city.app.engine.execute(foreign)
    assert city.rows(penalty_payment) == []


def test_instalments_are_approved_and_run_to_the_last_of_them(city: CityRig) -> None:
    served(city)
    pay(city, 5000)
    city.complete("track_execution", OFFICER, **DEFER, instalments="2026-04-01 5000\n2026-05-11 10000")
    city.complete("decide_deferral", LEADER, decision="approve")
    plan = [(str(one["due_on"]), one["amount_fen"]) for one in city.rows(penalty_instalment)]
    assert plan == [("2026-03-17", 500000), ("2026-04-01", 500000), ("2026-05-11", 1000000)]
    assert city.rows(running_limit, limit_name="fine_payment")[0]["due_at"] == china("2026-05-12T00:00:00")
    city.at("2026-04-02T10:00:00")
    with pytest.raises(FormInvalid):
        pay(city, 150.01, kind="surcharge", on="2026-04-02", voucher="P2")  # one day of 3 % of 5,000
    pay(city, 150, kind="surcharge", on="2026-04-02", voucher="P2")
    pay(city, 15000, on="2026-04-02", voucher="P3")
    track(city, "performed")
    assert case(city)["execution"]["how"] == "当事人自行履行"


@pytest.mark.parametrize(
    "lines", ["2026-04-01 19999", "2026-03-02 20000", "2026-05-01 1\n2026-04-01 19999", "明天 20000", "2026-04-01"]
)
def test_instalments_that_do_not_make_up_the_fine_are_refused(city: CityRig, lines: str) -> None:
    served(city)
    with pytest.raises(FormInvalid) as refused:
        city.complete("track_execution", OFFICER, **DEFER, instalments=lines.ljust(12))
    assert field_of(refused) == "instalments"


def test_a_refused_deferral_leaves_the_term_alone(city: CityRig) -> None:
    served(city)
    city.complete("track_execution", OFFICER, **DEFER, instalments="2026-05-11 20000")
    city.complete("decide_deferral", LEADER, decision="refuse", deferral_note="没有困难")
    assert city.rows(penalty_instalment) == []
    assert city.rows(running_limit, limit_name="fine_payment")[0]["due_at"] == china("2026-03-18T00:00:00")
    assert city.elements() == ["track_execution"]


@pytest.mark.parametrize(("at", "is_over"), [("2026-04-01T23:59:59", False), ("2026-04-02T00:00:00", True)])
def test_the_court_is_asked_ten_working_days_after_the_reminder(city: CityRig, at: str, is_over: bool) -> None:
    reminded(city)
    assert city.rows(running_limit, limit_name="court_reminder")[0]["due_at"] == china("2026-04-02T00:00:00")
    city.at(at)
    if is_over:
        unperformed(city, "2026-04-01")
        assert case(city)["state"] == "court"
        return
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, "2026-03-31")
    assert field_of(refused) == "reminder_result"


def unperformed(city: CityRig, expired: str) -> None:
    city.complete("await_reminder", OFFICER, reminder_result="unperformed", reminder_statement="",
                  remedy_expired_on=expired)  # fmt: skip


def test_the_court_is_not_asked_while_the_remedies_are_open(city: CityRig) -> None:
    reminded(city)
    city.at("2026-04-10T10:00:00")
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, "2026-04-10")
    assert field_of(refused) == "remedy_expired_on"


@pytest.mark.parametrize(("at", "is_late"), [("2026-12-09T23:59:59", False), ("2026-12-10T00:00:00", True)])
def test_three_months_to_ask_the_court(city: CityRig, at: str, is_late: bool) -> None:
    reminded(city)
    city.at(at)
    unperformed(city, "2026-09-09")
    assert case(city)["execution"]["court_late"] is is_late
    (clock,) = city.rows(running_limit, limit_name="court_application")
    assert (clock["is_late"], clock["ended_at"]) == (is_late, city.clock.now())  # judged by the day the officer gives


@pytest.mark.deadline("penalty/apply_to_court_warned")
def test_the_three_months_to_ask_the_court_are_urged_and_escalate(city: CityRig) -> None:
    reminded(city)
    (clock,) = city.rows(running_limit, limit_name="court_application")
    assert str(clock["anchor_at"].date()) == "2026-09-02"  # six months after service, as the decision says
    warned(city, "apply_to_court", "2026-11-23T00:00:00")
    both_sides(city, "2026-12-03T00:00:00", lambda: ("apply_to_court", "red", "open") in orders(city))
    assert city.elements() == ["await_reminder"]
    unperformed(city, "2026-09-02")
    city.run()
    assert {one[2] for one in orders(city)} == {"closed"}
    assert case(city)["execution"]["court_late"] is True


def test_who_asks_the_court_in_time_is_not_urged_any_more(city: CityRig) -> None:
    reminded(city)
    city.at("2026-12-02T23:59:59")
    unperformed(city, "2026-09-02")
    city.at("2026-12-03T00:00:00")
    assert ("apply_to_court", "warned", "closed") in orders(city)
    assert case(city)["execution"]["court_late"] is False


@pytest.mark.parametrize(("at", "is_late"), [("2027-01-15T23:59:59", False), ("2027-01-16T00:00:00", True)])
def test_the_three_months_begin_when_the_instalments_end(city: CityRig, at: str, is_late: bool) -> None:
    served(city)
    city.complete("track_execution", OFFICER, **DEFER, instalments="2026-04-01 10000\n2026-10-15 10000")
    city.complete("decide_deferral", LEADER, decision="approve")
    city.at("2026-10-16T10:00:00")
    track(city, "overdue")
    city.complete("serve_reminder", OFFICER, reminder_served_on="2026-10-16", reminder_receiver="演示·收件人")
    city.at("2027-01-05T00:00:00")
    assert [one for one in orders(city) if one[0] == "apply_to_court"] == []
    city.at(at)
    assert ("apply_to_court", "red" if is_late else "warned", "open") in orders(city)
    unperformed(city, "2026-09-02")
    assert case(city)["execution"]["court_late"] is is_late


def test_nobody_is_urged_about_a_decision_that_was_annulled(city: CityRig) -> None:
    number = served(city)
    city.at("2026-03-16T10:00:00")
    given = {**OVERTURN, "overturned_on": "2026-03-16"}
    city.app.engine.execute(RegisterOverturn(city.actor(OFFICER), number, given, city.app.rulebook))
    city.at("2026-12-03T00:00:00")
    assert [one for one in orders(city) if one[0] != "withdraw_publication"] == [("execute", "warned", "closed")]


def test_the_court_executes_and_the_case_can_close(city: CityRig) -> None:
    reminded(city)
    city.at("2026-09-10T10:00:00")
    unperformed(city, "2026-09-09")
    city.complete("record_court", OFFICER, court_result="executed", court_document="裁 1", court_note="执行到位")
    row = case(city)
    assert (row["state"], row["execution"]["how"]) == ("executed", "法院强制执行完毕")
    assert {"court_reminder", "court_application"} <= {one["kind"] for one in city.rows(letter)}
    assert city.rows(running_limit, limit_name="fine_payment")[0]["is_late"] is True
    assert city.elements() == ["report_closing"]


def test_who_pays_after_the_reminder_need_not_be_brought_before_the_court(city: CityRig) -> None:
    reminded(city)
    with pytest.raises(FormInvalid):
        city.complete("await_reminder", OFFICER, reminder_result="performed", reminder_statement="")
    pay(city, 20000, on="2026-03-18")
    city.complete("await_reminder", OFFICER, reminder_result="performed", reminder_statement="加处罚款依法减免")
    assert city.elements() == ["report_closing"]


def test_no_surcharge_grows_while_a_court_looks_at_the_decision(city: CityRig) -> None:
    number = served(city)
    city.at("2026-04-17T10:00:00")
    given: dict[str, Any] = {"remedy": "litigation", "from_day": "2026-03-20", "until_day": "2026-04-15"}
    city.app.engine.execute(StopSurcharge(city.actor(OFFICER), number, given))
    backwards = StopSurcharge(city.actor(OFFICER), number, {**given, "until_day": "2026-03-19"})
    with pytest.raises(FormInvalid):
        city.app.engine.execute(backwards)
    with pytest.raises(FormInvalid):
        pay(city, 2400.01, kind="surcharge", on="2026-04-17", voucher="S1")
    pay(city, 2400, kind="surcharge", on="2026-04-17", voucher="S1")  # 18 and 19 March, 16 and 17 April
