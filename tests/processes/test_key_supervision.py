"""Key supervision: weighed by rule, approved by another person, covered in each cycle, left with evidence."""

import pytest

from tests.processes.inspections import record, submit
from tests.processes.key_areas import (
    LEADER,
    OTHER_POLICY,
    POLICY,
    PROPOSE,
    UNIT_HEAD,
    UNIT_OFFICER,
    by_hand,
    delist,
    entry,
    inspected,
    mine_of,
    newest_inspection,
    plan,
    rated,
    signal,
    standing,
    survey_unit,
)
from tests.processes.rig import CityRig, both_sides
from tests.processes.steps import permit
from workflows import errors
from workflows.records.clocks import running_limit
from workflows.records.key_areas import key_check, key_entry, key_signal
from workflows.records.letters import letter
from workflows.records.libraries import inspection_object, object_change
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.4", "sdyhyshj/43")


class TestEntering:
    def test_a_key_item_makes_every_object_of_it_a_candidate(self, city: CityRig) -> None:
        done = signal(city, mine_of(city), "alert")
        assert done.review is not None
        assert city.elements() == ["propose_entry"]
        assert entry(city, done.review)["signals"]["is_key_item"]

    @pytest.mark.parametrize(
        ("kind", "count", "is_candidate"),
        [
            ("complaint", 2, False), ("complaint", 3, True), ("alert", 2, False), ("alert", 3, True),
            ("violation", 1, False), ("violation", 2, True), ("hazard", 2, False), ("hazard", 3, True),
        ],
    )  # fmt: skip
    def test_the_rule_counts_signals_of_a_kind(self, city: CityRig, kind: str, count: int, is_candidate: bool) -> None:
        done = signal(city, survey_unit(city), kind, count)
        assert (done.review is not None) == is_candidate
        assert city.elements() == (["propose_entry"] if is_candidate else [])

    def test_signals_add_up_over_a_year_and_older_ones_do_not(self, city: CityRig) -> None:
        firm = survey_unit(city)
        signal(city, firm, "complaint", 2, happened_at="2025-03-01T00:00:00+08:00")
        assert signal(city, firm, "complaint", 2).review is None
        assert signal(city, firm, "complaint", 1).review is not None

    @pytest.mark.parametrize(("kind", "value", "is_candidate"), [
        ("credit", "C", False), ("credit", "D", True), ("risk", "medium", False), ("risk", "high", True),
    ])  # fmt: skip
    def test_credit_d_and_high_risk_make_a_candidate(
        self, city: CityRig, kind: str, value: str, is_candidate: bool
    ) -> None:
        firm = survey_unit(city)
        rated(city, firm, value, kind)
        assert (signal(city, firm, "complaint", 1).review is not None) == is_candidate

    def test_a_permit_under_a_key_item_is_weighed_as_it_arrives(self, city: CityRig) -> None:
        permit(city, XK_XKZS="采矿权新立、延续、变更、注销", project_name="演示新矿")
        (found,) = city.rows(key_entry)
        assert (found["trigger"], found["item_code"]) == ("item", "ZR023")
        permit(city, project_no="BJ-9", XK_WSH="建字第9号")
        assert len(city.rows(key_entry)) == 1

    def test_an_object_is_weighed_once_at_a_time(self, city: CityRig) -> None:
        assert signal(city, mine_of(city), "alert").review
        assert signal(city, mine_of(city), "alert").review is None
        assert by_hand(city, mine_of(city)) is None
        assert len(city.rows(key_signal)) == 2

    def test_the_same_signal_is_kept_once(self, city: CityRig) -> None:
        first = signal(city, survey_unit(city), source_key="T-1")
        again = signal(city, survey_unit(city), source_key="T-1")
        assert again.was_known
        assert again.signal_id == first.signal_id
        assert len(city.rows(key_signal)) == 1

    @pytest.mark.parametrize("wrong", [{"kind": "gossip"}, {"count": -1}, {"source": " "}])
    def test_a_signal_names_its_source_kind_and_count(self, city: CityRig, wrong: dict[str, object]) -> None:
        with pytest.raises(errors.FormInvalid):
            signal(city, survey_unit(city), **wrong)  # type: ignore[arg-type]

    def test_the_unit_may_drop_a_candidate_and_old_signals_do_not_bring_it_back(self, city: CityRig) -> None:
        firm = survey_unit(city)
        done = signal(city, firm, "complaint", 3)
        city.complete("propose_entry", "ks.ch", decision="drop", entry_reason="投诉不属实")
        assert city.elements() == []
        assert entry(city, str(done.review))["state"] == "dropped"
        city.later(hours=1)
        assert signal(city, firm, "complaint", 1).review is None
        assert signal(city, firm, "complaint", 2).review is not None

    def test_a_proposal_is_approved_by_another_person_and_enters_the_library(self, city: CityRig) -> None:
        number = str(signal(city, mine_of(city), "alert").review)
        city.complete("propose_entry", UNIT_OFFICER, **PROPOSE)
        city.complete("approve_entry", POLICY, decision="approve", approval_note="")
        found = entry(city, number)
        assert (found["state"], found["decided_by"], found["entry_reason"]) == ("standing", POLICY, "边坡不稳")
        assert city.rows(inspection_object, id=found["object_id"])[0]["is_key"]
        assert len(city.rows(object_change, object_id=found["object_id"], kind="key")) == 1
        assert city.elements() == ["plan_check"]

    def test_what_a_person_proposes_goes_to_the_approval_at_once_but_not_to_the_same_person(
        self, city: CityRig
    ) -> None:
        number = str(by_hand(city, survey_unit(city), POLICY))
        with pytest.raises(errors.SamePerson):
            city.complete("approve_entry", POLICY, decision="approve", approval_note="")
        city.complete("approve_entry", OTHER_POLICY, decision="refuse", approval_note="范围从严")
        assert entry(city, number)["state"] == "refused"
        assert not city.rows(inspection_object, id=survey_unit(city)["id"])[0]["is_key"]
        assert city.elements() == []


class TestCovering:
    @pytest.mark.deadline("key_supervision/check_day")
    def test_each_object_gets_its_inspection_on_the_planned_day(self, city: CityRig) -> None:
        number = standing(city)
        (check,) = city.rows(key_check)
        assert check["cycle"] == "2026-01/2026-06"
        plan(city, "2026-03-09")
        city.at("2026-03-08T23:59:00")
        assert city.elements() == []
        city.at("2026-03-09T00:00:00")
        assert city.elements() == ["assign_inspectors"]
        inspected(city)
        (check,) = city.rows(key_check)
        assert check["result"] == "no_problem"
        assert check["checked_at"] is not None
        assert check["missed_at"] is None
        assert entry(city, number)["state"] == "standing"
        assert [row["ended_how"] for row in city.rows(running_limit, limit_name="key_cycle")] == ["completed"]

    def test_a_day_after_the_cycle_is_refused(self, city: CityRig) -> None:
        standing(city)
        with pytest.raises(errors.FormInvalid) as refused:
            plan(city, "2026-07-01")
        assert "2026-06-30" in str(refused.value.facts)

    def test_a_withdrawn_inspection_covers_nothing(self, city: CityRig) -> None:
        standing(city)
        plan(city, "2026-03-02")
        city.complete("assign_inspectors", UNIT_HEAD, decision="withdraw", assign_note="重复")
        city.run()
        assert city.elements() == ["plan_check"]
        assert city.rows(key_check)[0]["checked_at"] is None

    @pytest.mark.deadline("key_supervision/next_cycle")
    def test_the_next_cycle_begins_the_day_after_and_wants_a_check_of_its_own(self, city: CityRig) -> None:
        standing(city)
        plan(city, "2026-03-02")
        inspected(city)
        city.at("2026-06-30T23:59:00")
        assert city.elements() == []
        city.at("2026-07-01T00:00:00")
        assert city.elements() == ["plan_check"]
        assert sorted(row["cycle"] for row in city.rows(key_check)) == ["2026-01/2026-06", "2026-07/2026-12"]

    def test_an_object_that_enters_late_is_first_checked_in_the_next_cycle(self, city: CityRig) -> None:
        city.at("2026-05-31T12:00:00")
        standing(city)
        assert [row["cycle"] for row in city.rows(key_check)] == ["2026-01/2026-06"]
        city.at("2026-06-01T12:00:00")
        standing(city, 1)
        assert sorted(row["cycle"] for row in city.rows(key_check)) == ["2026-01/2026-06", "2026-07/2026-12"]

    @pytest.mark.deadline("key_supervision/cycle_warned", "key_supervision/cycle_ended")
    def test_the_ladder_begins_before_the_cycle_ends_and_the_list_when_it_has_ended(self, city: CityRig) -> None:
        number = standing(city)
        both_sides(city, "2026-06-01T00:00:00", lambda: city.rows(supervision_order))
        city.run()
        (order,) = city.rows(supervision_order)
        assert (order["cause_business_key"], order["unit"], order["rung"]) == (number, "NR-XC", "warned")
        city.at("2026-06-30T23:59:59")
        assert city.rows(key_check)[0]["missed_at"] is None
        city.at("2026-07-01T00:00:00")
        assert city.rows(key_check)[0]["missed_at"] is not None
        assert city.rows(supervision_order)[0]["rung"] == "red"
        assert city.rows(running_limit, limit_name="key_cycle")[0]["is_late"]

    def test_a_late_check_stays_on_the_list_and_releases_the_ladder(self, city: CityRig) -> None:
        standing(city)
        city.at("2026-06-01T00:00:00")
        city.run()
        city.at("2026-07-02T09:00:00")
        plan(city, "2026-07-02")
        inspected(city)
        city.run()
        first = next(row for row in city.rows(key_check) if row["cycle"] == "2026-01/2026-06")
        assert first["checked_at"] is not None
        assert first["missed_at"] is not None
        clock = next(row for row in city.rows(running_limit, limit_name="key_cycle") if row["ended_at"])
        assert clock["is_late"]
        assert city.rows(supervision_order)[0]["state"] != "open"
        assert "plan_check" in city.elements()

    def test_a_check_in_time_releases_the_ladder_that_had_begun(self, city: CityRig) -> None:
        standing(city)
        plan(city, "2026-06-10")
        city.at("2026-06-10T09:00:00")
        assert len(city.rows(supervision_order)) == 1
        inspected(city)
        city.run()
        assert city.rows(supervision_order)[0]["state"] != "open"
        city.at("2026-07-01T00:00:00")
        assert [row["missed_at"] for row in city.rows(key_check, cycle="2026-01/2026-06")] == [None]


class TestDelisting:
    def test_it_waits_for_the_check_of_the_cycle(self, city: CityRig) -> None:
        number = standing(city)
        with pytest.raises(errors.DelistingTooEarly):
            delist(city, number)
        assert entry(city, number)["delisting"] == []

    def covered(self, city: CityRig, result: str = "no_problem") -> str:
        """Bring an object of no key item into the library, and check it."""
        firm = {**survey_unit(city)}
        number = str(by_hand(city, firm, OTHER_POLICY))
        city.complete("approve_entry", POLICY, decision="approve", approval_note="")
        city.complete("plan_check", "ks.ch", check_on="2026-03-02", plan_note="")
        city.run()
        city.complete("assign_inspectors", "ks.ch.kz", decision="assign", inspectors=["ks.ch", "ks.ch.kz"])
        submit(city, record(city, newest_inspection(city), result), "ks.ch")
        city.complete("review_record", LEADER, decision="confirm")
        city.run()
        return number

    def test_evidence_and_approval_by_another_person_take_it_out(self, city: CityRig) -> None:
        number = self.covered(city)
        delist(city, number, POLICY)
        with pytest.raises(errors.SamePerson):
            city.complete("approve_delisting", POLICY, decision="approve", approval_note="证据齐全")
        city.complete("approve_delisting", OTHER_POLICY, decision="approve", approval_note="证据齐全")
        found = entry(city, number)
        assert found["state"] == "delisted"
        assert found["delisting"][0]["decision"] == "approve"
        assert not city.rows(inspection_object, id=found["object_id"])[0]["is_key"]
        (sent,) = city.rows(letter, kind="delisting")
        assert sent["number"] == found["delisting_number"]
        assert city.elements() == []

    def test_a_refused_request_leaves_it_in_and_may_be_made_again(self, city: CityRig) -> None:
        number = self.covered(city)
        delist(city, number, "ks.ch.kz")
        city.complete("approve_delisting", POLICY, decision="refuse", approval_note="缺验收意见")
        assert entry(city, number)["state"] == "standing"
        assert entry(city, number)["delisting"][0]["note"] == "缺验收意见"
        delist(city, number, "ks.ch.kz")
        city.complete("approve_delisting", POLICY, decision="approve", approval_note="已补齐")
        assert entry(city, number)["state"] == "delisted"

    def test_the_rule_refuses_an_object_of_a_key_item_without_asking_anybody(self, city: CityRig) -> None:
        number = standing(city)
        plan(city, "2026-03-02")
        inspected(city)
        delist(city, number)
        (asked,) = entry(city, number)["delisting"]
        assert (asked["decision"], asked["decided_by"]) == ("refuse", "system")
        assert "重点监管事项" in asked["note"]
        assert city.elements() == []

    def test_a_mine_that_is_closed_may_leave(self, city: CityRig) -> None:
        number = standing(city)
        plan(city, "2026-03-02")
        inspected(city, "closed")
        delist(city, number)
        city.complete("approve_delisting", POLICY, decision="approve", approval_note="已关闭")
        assert entry(city, number)["state"] == "delisted"

    def test_credit_d_keeps_it_in(self, city: CityRig) -> None:
        number = self.covered(city)
        rated(city, survey_unit(city), "D")
        delist(city, number, "ks.ch.kz")
        assert entry(city, number)["delisting"][0]["decision"] == "refuse"

    def test_a_delisted_object_may_be_weighed_again(self, city: CityRig) -> None:
        number = self.covered(city)
        delist(city, number, "ks.ch.kz")
        city.complete("approve_delisting", POLICY, decision="approve", approval_note="已核对")
        city.later(hours=1)
        assert signal(city, survey_unit(city), "complaint", 3).review is not None
        assert len(city.rows(key_entry)) == 2
