"""行政处罚: from the lead to the archived file."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from tests.processes.penalty_steps import (
    FIVE,
    LEAD,
    LEADER,
    OFFICER,
    REPORT,
    case,
    closed,
    decided,
    field_of,
    filed,
    lead,
    serve_decision,
    served,
)
from tests.processes.rig import CityRig, Look, china
from workflows.commands.clocks import ExtendClock
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Do
from workflows.desk.worklist import WorklistFilter
from workflows.errors import FormInvalid, SamePerson
from workflows.penalties.leads import RegisterPenaltyLead
from workflows.penalties.payments import RecordPayment
from workflows.penalties.people import deciders
from workflows.records.clocks import running_limit
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter, notification
from workflows.records.offices import officer
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_publication

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.5", "zz2020/2.8", "xzcf/54", "xzcf/60")


def pay(city: CityRig, amount: float, *, kind: str = "fine", on: str = "2026-03-02", voucher: str = "P1") -> None:
    answers = {"kind": kind, "amount": amount, "paid_on": on, "voucher": voucher}
    city.app.engine.execute(RecordPayment(city.actor(OFFICER), case(city)["business_key"], answers))


def test_a_case_runs_from_the_lead_to_the_archive(city: CityRig) -> None:
    number = served(city)
    pay(city, 20000)
    city.complete("track_execution", OFFICER, execution="performed", execution_note="")
    closed(city)
    row = case(city)
    assert (row["state"], row["outcome"], row["business_key"]) == ("closed", "penalise", number)
    kinds = [one["kind"] for one in city.rows(letter)]
    assert sorted(kinds) == [
        "case_closing", "inquiry_report", "penalty_decision", "penalty_filing", "penalty_notice", "service_receipt",
    ]  # fmt: skip
    (act,) = city.rows(supervision_act)
    assert (act["kind"], act["source_id"], act["result"]) == ("penalty", row["id"], "penalise")
    assert [one["login"] for one in act["officers"]] == row["officers"]
    (published,) = city.rows(penalty_publication)
    assert (published["is_published"], published["credit_due_at"]) == (True, china("2026-03-12T00:00:00"))
    assert city.tasks() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"has_party": "no"}, "没有明确的当事人"),
        ({"has_fact": "no"}, "没有违法事实或者初步证据"),
        ({"has_liability": "no"}, "依法不应当给予处罚"),
        ({"has_jurisdiction": "no"}, "本机关没有管辖权，应当移送"),
        ({"violation_ended_on": "2024-03-01"}, "违法行为在法定期限内未被发现，已超过处罚时效"),
    ],
)
def test_a_lead_that_lacks_one_of_five_requirements_is_not_filed(
    city: CityRig, changes: dict[str, str], reason: str
) -> None:
    lead(city)
    city.complete("check_filing", OFFICER, **{**FIVE, **changes})
    row = case(city)
    assert (row["state"], row["filing"]["reason"], row["filed_at"]) == ("not_filed", reason, None)
    assert city.rows(letter) == city.rows(supervision_act) == city.tasks() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"violation_ended_on": "2024-03-02"},
        {"violation_ended_on": "2021-03-02", "is_life_safety": True},
        {"is_ended": "continuing", "violation_ended_on": None},
    ],
)
def test_two_years_five_for_life_and_safety_and_none_while_it_goes_on(city: CityRig, changes: dict[str, str]) -> None:
    lead(city)
    city.complete("check_filing", OFFICER, **{**FIVE, **changes})
    assert city.elements() == ["approve_filing"]


def test_five_years_are_over_one_day_later(city: CityRig) -> None:
    lead(city)
    city.complete("check_filing", OFFICER, **{**FIVE, "violation_ended_on": "2021-03-01", "is_life_safety": True})
    assert case(city)["state"] == "not_filed"


def test_the_head_returns_refuses_or_approves_with_two_certified_officers(city: CityRig) -> None:
    lead(city)
    city.complete("check_filing", OFFICER, **FIVE)
    city.complete("approve_filing", LEADER, decision="return", approval_note="补充照片")
    city.complete("check_filing", OFFICER, **FIVE)
    for officers in ([OFFICER], [OFFICER, OFFICER]):
        with pytest.raises(FormInvalid) as refused:
            city.complete("approve_filing", LEADER, decision="approve", officers=officers)
        assert field_of(refused) == "officers"
    with pytest.raises(FormInvalid):
        city.complete("approve_filing", LEADER, decision="approve", officers=[OFFICER, "sp.jianshe"])
    assert case(city)["filed_at"] is None
    city.complete("approve_filing", LEADER, decision="refuse", approval_note="情节显著轻微")
    assert (case(city)["state"], case(city)["filing"]["reason"]) == ("not_filed", "情节显著轻微")


def test_a_borrowed_officer_has_the_tasks_of_the_case_and_the_case_itself(city: CityRig) -> None:
    number = lead(city)
    city.complete("check_filing", OFFICER, **FIVE)
    city.complete("approve_filing", LEADER, decision="approve", officers=[OFFICER, "ks.ytgz"])
    borrowed, stranger = city.actor("ks.ytgz"), city.actor("ks.szgh")
    (task,) = city.app.desk.worklist.page(borrowed, WorklistFilter()).rows
    assert (task.business_key, task.element_id, task.why) == (number, "investigate", "本人承办")
    assert city.rows(notification, login="ks.ytgz", kind="task")
    assert [one.row["business_key"] for one in city.app.desk.penalties.cases(borrowed)] == [number]
    assert city.app.desk.penalties.cases(stranger) == ()
    assert city.app.desk.worklist.page(stranger, WorklistFilter()).rows == ()
    answers = city.app.forms.get("penalty_inquiry", "investigate").validate(REPORT, {})
    city.app.engine.execute(CompleteUserTask(task.task_id, borrowed, answers, city.app.rulebook))
    assert case(city)["inquiry"]["by"] == "ks.ytgz"


def test_an_office_of_two_investigates_and_the_office_above_decides(city: CityRig) -> None:
    given = {**LEAD, "found_on": "2026-03-02"}
    city.app.engine.execute(RegisterPenaltyLead(city.actor("zr.sz"), given, city.app.rulebook))
    city.complete("check_filing", "zr.sz", **FIVE)
    assert city.tasks("approve_filing")[0].candidate_groups[0] == "NR-CITY-LD/leader"
    city.complete("approve_filing", LEADER, decision="approve", officers=["zr.sz", "zr.sz.jz"])
    assert case(city)["officers"] == ["zr.sz", "zr.sz.jz"]


def test_a_squad_of_two_is_decided_for_by_the_squad_of_the_city_and_one_of_three_by_itself(city: CityRig) -> None:
    def deciding(uow: Any) -> tuple[str, str]:
        return deciders(uow, city.app.rulebook.city, "CG-SZ")

    assert city.app.engine.ask(Look(deciding)) == ("CG-CITY", "CG-CITY")
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(
        update(officer).where(officer.c.login == "cg.shi").values(unit="CG-SZ")
    )))  # fmt: skip
    assert city.app.engine.ask(Look(deciding)) == ("CG-SZ", "CG-SZ")


@pytest.mark.parametrize(("at", "is_late"), [("2026-06-01T23:59:59", False), ("2026-06-02T00:00:00", True)])
def test_both_sides_of_the_ninety_days(city: CityRig, at: str, is_late: bool) -> None:
    filed(city)
    clock = city.rows(running_limit, limit_name="penalty_decision")[0]
    assert clock["due_at"] == china("2026-06-02T00:00:00")  # the ninetieth day is Sunday, 31 May
    city.complete("investigate", OFFICER, **{**REPORT, "proposal": "no_penalty"})
    city.at(at)
    assert {one["rung"] for one in city.rows(supervision_order, cause_element="inquire")} == (
        {"red"} if is_late else {"warned"}
    )
    city.complete("decide_case", LEADER, decision="no_penalty", decision_reason="轻微并及时改正")
    assert city.rows(running_limit, limit_name="penalty_decision")[0]["is_late"] is is_late
    assert case(city)["decision"]["is_late"] is is_late
    city.run()
    assert {one["state"] for one in city.rows(supervision_order, cause_element="inquire")} == {"closed"}


def test_the_ninety_days_are_extended_by_two_persons_with_a_reason(city: CityRig) -> None:
    filed(city)
    clock = city.rows(running_limit, limit_name="penalty_decision")[0]
    grant = ExtendClock(clock["id"], city.actor(LEADER), 30, "案情复杂", OFFICER, city.app.rulebook)
    city.app.engine.execute(grant)
    assert city.rows(running_limit, limit_name="penalty_decision")[0]["due_at"] == china("2026-07-01T00:00:00")
    city.at("2026-06-15T10:00:00")
    assert city.rows(supervision_order) == []
    own = ExtendClock(clock["id"], city.actor(LEADER), 30, "案情复杂", LEADER, city.app.rulebook)
    with pytest.raises(SamePerson):
        city.app.engine.execute(own)


def test_no_penalty_is_decided_served_and_closed_without_execution(city: CityRig) -> None:
    filed(city)
    city.complete("investigate", OFFICER, **{**REPORT, "proposal": "no_penalty"})
    city.complete("decide_case", LEADER, decision="no_penalty", decision_reason="轻微并及时改正，没有造成后果")
    serve_decision(city)
    closed(city)
    row = case(city)
    assert (row["state"], row["outcome"], row["fine_fen"]) == ("closed", "no_penalty", None)
    assert "no_penalty_decision" in [one["kind"] for one in city.rows(letter)]
    assert city.rows(penalty_publication) == []


def test_a_case_without_a_violation_is_dismissed_and_closed(city: CityRig) -> None:
    filed(city)
    city.complete("investigate", OFFICER, **{**REPORT, "proposal": "dismiss"})
    city.complete("decide_case", LEADER, decision="dismiss", decision_reason="违法事实不能成立")
    closed(city)
    assert (case(city)["state"], case(city)["served_on"]) == ("closed", None)


@pytest.mark.parametrize(("at", "is_late"), [("2026-10-12T23:59:59", False), ("2026-10-13T00:00:00", True)])
def test_a_decision_is_served_in_seven_working_days_over_the_national_day(
    city_at: Callable[[str], CityRig], at: str, is_late: bool
) -> None:
    city = city_at("2026-09-25T10:00:00")
    decided(city)
    assert city.rows(running_limit, limit_name="decision_service")[0]["due_at"] == china("2026-10-13T00:00:00")
    city.clock.set(china(at))
    serve_decision(city)
    assert city.rows(running_limit, limit_name="decision_service")[0]["is_late"] is is_late


def test_a_decision_is_not_served_before_it_was_made(city: CityRig) -> None:
    decided(city)
    with pytest.raises(FormInvalid) as refused:
        city.complete("serve_decision", OFFICER, service_way="direct", served_on="2026-03-01", served_to="演示·收件人")
    assert field_of(refused) == "served_on"
