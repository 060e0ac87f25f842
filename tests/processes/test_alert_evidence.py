"""What follows from a true alert: evidence only after review, and listed places."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from tests.processes.alert_site import SNAPSHOT
from tests.processes.alerts import (
    DEVICE,
    FIELD,
    FOLLOW,
    HEAD,
    PNG,
    POLICY,
    TRUE,
    WATCH,
    closed,
    confirm,
    device,
    dismiss,
    key_for,
    proved_true,
    row,
    sent,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.alerts.devices import RevokeReview
from workflows.alerts.evidence import require_evidence
from workflows.alerts.follow import keep_statement
from workflows.alerts.housekeeping import OpenHousekeeping
from workflows.desk.asking import Do
from workflows.records.alerts import (
    alert_evidence,
    alert_listing,
    device_review,
    monitoring_device,
)
from workflows.records.cases import transfer
from workflows.records.inspections import evidence_file, inspection, supervision_act
from workflows.records.letters import letter
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_case

pytestmark = [
    pytest.mark.clause("zz2020/2.7", "xzcf/41", "sanyuan/on-site"),
    pytest.mark.scenarios("alert_housekeeping", "listed_supervision"),
]


def test_a_true_alert_becomes_the_case_that_was_decided_on(city: CityRig) -> None:
    key = key_for(city, device(city))
    cases: tuple[tuple[dict[str, str], Any, str], ...] = (
        ({"follow_up": "inspection"}, inspection, "number"),
        ({"follow_up": "penalty"}, penalty_case, "business_key"),
        ({"follow_up": "transfer", "matter": "quarrying"}, transfer, "business_key"),
    )
    for follow, table, column in cases:
        number = proved_true(city, key, snapshot=SNAPSHOT)
        closed(city, **follow)
        found = row(city, number)
        assert found["follow_up_key"] == city.rows(table)[0][column]
        held = city.rows(alert_evidence, alert_id=found["id"])[0]
        assert held["held_by"] == found["follow_up_key"]
        assert (found["state"], found["counts"]) == ("closed", True)
        assert city.rows(supervision_act, source="alert", source_id=found["id"])[0]["result"] == "violation"
        told = city.rows(letter, kind="alert_notice", about=str(found["id"]))[0]
        assert told["data"]["receiver"] == "演示石料有限公司"


def test_the_party_is_told_and_its_answer_taken_down(city: CityRig) -> None:
    number = proved_true(city, key_for(city, device(city)))
    who = city.actor(FIELD)
    with pytest.raises(errors.FormInvalid):
        city.app.engine.execute(Do(lambda uow: keep_statement(uow, who, number, "没有开采")))
    city.complete("decide_follow_up", FIELD, **FOLLOW)
    city.app.engine.execute(Do(lambda uow: keep_statement(uow, who, number, "只是清运")))
    with pytest.raises(errors.NotAllowed):
        city.app.engine.execute(Do(lambda uow: keep_statement(uow, city.actor(WATCH), number, "别人")))
    assert [one["text"] for one in row(city, number)["statements"]] == ["只是清运"]


def test_an_unknown_party_cannot_be_penalised_and_gets_no_letter(city: CityRig) -> None:
    number = sent(city, key_for(city, device(city))).number
    confirm(city, number)
    city.complete("check_site", FIELD, **{**TRUE, "party_name": "不明"})
    with pytest.raises(errors.FormInvalid):
        city.complete("decide_follow_up", FIELD, **{**FOLLOW, "follow_up": "penalty"})
    closed(city, follow_up="transfer", matter="quarrying")
    assert city.rows(letter, kind="alert_notice") == []


def test_a_device_that_was_not_reviewed_or_public_gives_a_lead_and_no_evidence(city: CityRig) -> None:
    faults: dict[str, dict[str, Any]] = {
        "法制审核": {"reviews": ("technical",)}, "技术审核": {"reviews": ("legal",)}, "公布": {"public": False},
    }  # fmt: skip
    for place, (reason, made) in enumerate(faults.items()):
        code = f"CAM-1{place}"
        key = key_for(city, device(city, code=code, **made))
        number = proved_true(city, key, device=code, snapshot=SNAPSHOT)
        closed(city, follow_up="penalty")
        found = row(city, number)
        assert (found["state"], found["counts"]) == ("closed", False)
        assert reason in found["counts_reason"]
        case = city.rows(penalty_case, source_key=number)[0]
        assert city.rows(evidence_file, owner_id=case["id"]) == []
        sha = city.rows(alert_evidence)[0]["sha256"]
        with pytest.raises(errors.EvidenceNotReviewed) as refused:
            city.app.engine.execute(Do(partial(require_evidence, actor=city.actor(FIELD), number=number, sha256=sha)))
        assert reason in refused.value.facts["reason"]


def test_certificates_count_to_their_last_day_and_a_revoked_one_not_at_all(city: CityRig) -> None:
    made = device(city)
    key, review = key_for(city, made), city.rows(device_review, kind="legal")[0]
    ends = update(device_review).where(device_review.c.id == review["id"])
    city.app.engine.execute(
        Do(lambda uow: uow.connection.execute(ends.values(valid_until=city.clock.now().date())))
    )  # fmt: skip
    city.at("2026-03-02T23:59:00")
    assert row(city, sent(city, key).number)["standing"] == {"legal": True, "technical": True, "published": True}
    city.at("2026-03-03T00:00:00")
    assert row(city, sent(city, key).number)["standing"]["legal"] is False
    technical = city.rows(device_review, kind="technical")[0]
    city.app.engine.execute(RevokeReview(city.actor("ks.zf.kz"), made, technical["id"]))
    assert row(city, sent(city, key).number)["standing"]["technical"] is False


def test_the_record_counts_only_when_two_persons_passed_it(city: CityRig) -> None:
    key = key_for(city, device(city))
    number = proved_true(city, key, snapshot=SNAPSHOT)
    sha = city.rows(alert_evidence)[0]["sha256"]
    city.complete("decide_follow_up", FIELD, **{**FOLLOW, "follow_up": "penalty"})
    with pytest.raises(errors.EvidenceNotReviewed):
        city.app.engine.execute(Do(lambda uow: require_evidence(uow, city.actor(FIELD), number, sha)))
    city.complete("review_technical", HEAD, technical_decision="pass", technical_note="清晰")
    assert row(city, number)["counts"] is None
    city.complete("review_legal", POLICY, legal_decision="fail", legal_note="时间不符")
    assert (row(city, number)["counts"], row(city, number)["counts_reason"]) == (False, "记录未通过法制审核，只作线索")
    second = proved_true(city, key, snapshot=SNAPSHOT)
    closed(city, follow_up="penalty")
    assert row(city, second)["counts"] is True
    case = city.rows(penalty_case, source_key=second)[0]
    assert [one["sha256"] for one in city.rows(evidence_file, owner_id=case["id"])] == [sha]
    city.app.engine.execute(Do(lambda uow: require_evidence(uow, city.actor(FIELD), second, sha)))


@pytest.mark.deadline("alert_housekeeping/next_day")
def test_records_are_deleted_after_three_months_on_record_and_kept_with_a_case(city: CityRig) -> None:
    key = key_for(city, device(city))
    dropped, kept = sent(city, key, snapshot=SNAPSHOT).number, proved_true(city, key, snapshot=SNAPSHOT)
    dismiss(city, dropped)
    closed(city, follow_up="penalty")
    city.app.engine.execute(OpenHousekeeping(city.app.rulebook, "tester"))
    city.at("2026-06-02T23:59:00")  # what an outage left undone
    city.at("2026-06-03T00:59:59")
    assert [one["deleted_at"] for one in city.rows(alert_evidence)] == [None, None]
    city.at("2026-06-03T01:00:00")
    gone = city.rows(alert_evidence, alert_id=row(city, dropped)["id"])[0]
    assert gone["deleted_at"] is not None
    assert (gone["deletion"]["bytes"], gone["deletion"]["rule"]) == (len(PNG), "监控记录保存 3 个月")
    held = city.rows(alert_evidence, alert_id=row(city, kept)["id"])[0]
    assert held["deleted_at"] is None
    assert {one["owner_id"] for one in city.rows(evidence_file, owner="alert")} == {row(city, kept)["id"]}
    with pytest.raises(errors.EvidenceNotFound):
        city.app.engine.execute(
            Do(lambda uow: require_evidence(uow, city.actor(FIELD), dropped, gone["sha256"]))
        )  # fmt: skip


def test_three_true_alerts_at_a_place_within_thirty_days_are_listed_once(city: CityRig) -> None:
    key = key_for(city, device(city))
    for day in ("2026-03-02T10:00:00", "2026-03-12T10:00:00"):
        city.at(day)
        proved_true(city, key)
    city.at("2026-04-01T10:00:00")
    proved_true(city, key)
    city.run()
    assert city.rows(alert_listing) == []
    city.later(hours=1)
    proved_true(city, key)
    city.run()
    listing = city.rows(alert_listing)[0]
    assert (len(listing["alerts"]), listing["state"], listing["unit"]) == (3, "listed", "NR-SZ")
    assert city.rows(letter, kind="listing_order")[0]["receiver_unit"] == "NR-SZ"
    more = proved_true(city, key)
    city.run()
    assert len(city.rows(alert_listing)) == 1
    assert more in city.rows(alert_listing)[0]["alerts"]
    assert row(city, more)["listing_number"] == listing["number"]
    assert city.rows(monitoring_device)[0]["code"] == DEVICE["code"]
    assert WATCH


@pytest.mark.clause("sanyuan/listing", "zz2020/3.3")
def test_a_listed_place_is_reported_on_in_time_or_not_and_taken_off_when_cured(city: CityRig) -> None:
    key = key_for(city, device(city))
    for _ in range(3):
        proved_true(city, key)
    city.run()
    answers = {"listing_measures": "演示：封堵便道、加设围栏", "listing_finished_on": "2026-03-02"}
    city.at("2026-03-23T23:59:00")
    assert [one["rung"] for one in city.rows(supervision_order, cause_element="report_listing")] == ["warned"]
    city.complete("report_listing", FIELD, **answers)
    city.complete("check_listing", POLICY, listing_decision="return", listing_check_note="便道未封")
    found = city.rows(alert_listing)[0]
    assert (found["state"], found["is_late"], found["reports"][0]["verdict"]) == ("listed", False, "return")
    city.complete("report_listing", FIELD, **answers)
    city.complete("check_listing", POLICY, listing_decision="close", listing_check_note="已封堵")
    assert city.rows(alert_listing)[0]["state"] == "closed"
    for _ in range(3):
        proved_true(city, key)
    city.run()
    assert [one["state"] for one in city.rows(alert_listing)] == ["closed", "listed"]
    second = city.rows(alert_listing, state="listed")[0]
    city.at("2026-04-15T00:00:00")
    city.complete("report_listing", FIELD, **answers)
    assert second["due_at"] <= city.clock.now()
    assert city.rows(alert_listing, state="reported")[0]["is_late"] is True
