"""非现场监管预警: taken once, dismissed with one click, checked within two hours, evidence only after review."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from engine.store.tables import process_instance
from tests.processes.alert_site import SNAPSHOT
from tests.processes.alerts import (
    FIELD,
    HEAD,
    POLICY,
    TRUE,
    UNTRUE,
    WATCH,
    closed,
    confirm,
    device,
    dismiss,
    key_for,
    proved_true,
    report,
    row,
    sent,
    signed,
)
from tests.processes.rig import CityRig, both_sides
from workflows import errors
from workflows.alerts.devices import SetDeviceState
from workflows.alerts.housekeeping import OpenHousekeeping
from workflows.alerts.intake import TakeAlert
from workflows.alerts.keys import IssueKey, RevokeKey
from workflows.alerts.triage import UndoDismissal
from workflows.records.alerts import (
    alert,
    alert_event,
    alert_evidence,
    hot_zone,
    webhook_nonce,
)
from workflows.records.clocks import running_limit
from workflows.records.inspections import evidence_file
from workflows.records.letters import letter, notification
from workflows.records.orders import supervision_order

pytestmark = [
    pytest.mark.clause("zz2020/2.7", "xzcf/41", "sanyuan/on-site"),
    pytest.mark.scenarios("alert_housekeeping", "listed_supervision"),
]


def late(city: CityRig) -> list[dict[str, Any]]:
    """Return the messages that tell the field unit's head of a check that is overdue."""
    return [dict(one) for one in city.rows(notification, login=HEAD, kind="red")]


def test_an_alert_is_taken_once_however_often_it_is_sent(city: CityRig) -> None:
    key = key_for(city, device(city))
    given = report(city, source_key="S-1", snapshot=SNAPSHOT)
    body = orjson.dumps(given)

    def send(**changes: Any) -> Any:
        return city.app.engine.execute(TakeAlert(signed(city, key, body, **changes), given, city.app.rulebook))

    first = send(nonce="n" * 16)
    assert (first.was_known, first.number) == (False, "YJ2026-00001")
    with pytest.raises(errors.ReportReplayed):
        send(nonce="n" * 16)
    again = send(nonce="m" * 16)
    assert (again.was_known, again.alert_id) == (True, first.alert_id)
    other = {**given, "note": "另一条"}
    with pytest.raises(errors.AlertKeyReused):
        city.app.engine.execute(TakeAlert(signed(city, key, body), other, city.app.rulebook))
    assert len(city.rows(alert)) == len(city.rows(alert_evidence)) == 1
    assert row(city, first.number)["state"] == "new"
    assert city.tasks() == []


def test_a_report_must_be_signed_in_time_and_with_a_key_in_use(city: CityRig) -> None:
    made = device(city)
    key, given = key_for(city, made), report(city)
    body = orjson.dumps(given)

    def send(one: Any, what: bytes = body) -> Any:
        return city.app.engine.execute(TakeAlert(one, given, city.app.rulebook))

    good = signed(city, key, body)

    wrong = [
        replace(good, key=""), replace(good, signature=""), replace(good, nonce="short"),
        replace(good, key="unknown"), replace(good, timestamp="yesterday"), replace(good, body=body + b" "),
        replace(good, path="/api/v1/other"), replace(good, signature="sha256=" + "0" * 64),
        signed(city, key, body, at=city.clock.now() - timedelta(seconds=301)),
        signed(city, key, body, at=city.clock.now() + timedelta(seconds=301)),
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(errors.SignatureRefused) as refused:
            send(one)
        assert refused.value.facts["reason"]
    assert city.rows(webhook_nonce) == city.rows(alert) == []
    assert send(signed(city, key, body, at=city.clock.now() - timedelta(seconds=300))).number == "YJ2026-00001"


def test_a_new_key_takes_over_within_a_day_and_a_revoked_one_at_once(city: CityRig) -> None:
    made = device(city)
    old = key_for(city, made)
    new = key_for(city, made)
    city.later(hours=23, minutes=59)
    sent(city, old)
    city.later(minutes=1)
    with pytest.raises(errors.SignatureRefused):
        sent(city, old)
    sent(city, new)
    city.app.engine.execute(RevokeKey(city.actor("ks.zf.kz"), made, new.key_id))
    with pytest.raises(errors.SignatureRefused):
        sent(city, new)
    assert len(city.rows(alert)) == 2


def test_a_key_speaks_for_its_device_and_a_vendors_key_for_the_vendors(city: CityRig) -> None:
    one = device(city)
    device(city, code="CAM-02")
    device(city, code="CAM-09", vendor="演示另一厂家")
    with pytest.raises(errors.DeviceUnknown):
        sent(city, key_for(city, one), device="CAM-02")
    with pytest.raises(errors.NotAllowed):
        city.app.engine.execute(IssueKey(city.actor("ks.zf.kz"), one, for_vendor=True))
    wide = city.app.engine.execute(IssueKey(city.actor(POLICY), one, for_vendor=True))
    sent(city, wide, device="CAM-02")
    for code in ("CAM-09", "CAM-77"):
        with pytest.raises(errors.DeviceUnknown):
            sent(city, wide, device=code)
    city.app.engine.execute(SetDeviceState(city.actor("ks.zf.kz"), one, "suspended"))
    with pytest.raises(errors.DeviceNotActive):
        sent(city, wide)


def test_a_report_that_makes_no_sense_names_the_field(city: CityRig) -> None:
    key = key_for(city, device(city))
    faults: dict[str, dict[str, Any]] = {
        "class": {"class_code": "ufo"}, "lat": {"lat": 34.8}, "snapshot": {"snapshot": "!!"},
        "happened_at": {"happened_at": city.clock.now() + timedelta(minutes=6)},
    }  # fmt: skip
    for field, changes in faults.items():
        with pytest.raises(errors.FormInvalid) as refused:
            sent(city, key, **changes)
        assert [one["field"] for one in refused.value.facts["errors"]] == [field]
    assert city.rows(alert) == city.rows(evidence_file) == []


@pytest.mark.deadline("site_alert/undo_over")
def test_noise_is_dismissed_and_taken_back_for_ten_minutes(city: CityRig) -> None:
    key = key_for(city, device(city))
    number = sent(city, key).number
    dismiss(city, number, "lawful")
    assert (row(city, number)["state"], row(city, number)["dismissal"]) == ("dismissed", "lawful")
    with pytest.raises(errors.AlertDecided):
        confirm(city, number)
    city.later(minutes=9, seconds=59)
    city.app.engine.execute(UndoDismissal(city.actor(WATCH), number))
    assert (row(city, number)["state"], row(city, number)["dismissal"]) == ("new", None)
    dismiss(city, number)
    both_sides(city, "2026-03-02T10:19:59", lambda: city.rows(process_instance, status="completed"))
    with pytest.raises(errors.UndoTooLate):
        city.app.engine.execute(UndoDismissal(city.actor(WATCH), number))
    assert row(city, number)["state"] == "dismissed"
    assert [one["kind"] for one in city.rows(alert_event)] == ["received", "dismissed", "undone", "dismissed"]


def test_only_the_watching_unit_decides_and_strangers_see_nothing(city: CityRig) -> None:
    number = sent(city, key_for(city, device(city))).number
    with pytest.raises(errors.NotAllowed):
        dismiss(city, number, login=FIELD)
    for stranger in ("ks.jsgc", "zr.xc"):
        with pytest.raises(errors.CaseNotFound):
            dismiss(city, number, login=stranger)
    with pytest.raises(errors.NotAllowed):
        confirm(city, number, login="ju.lingdao")
    with pytest.raises(errors.FormInvalid):
        confirm(city, number, unit="NR-XC")
    assert row(city, number)["state"] == "new"


def test_history_advises_and_never_decides(city: CityRig) -> None:
    key = key_for(city, device(city))
    noisy = [sent(city, key, class_code="stone_truck").number for _ in range(5)]
    for number in noisy:
        dismiss(city, number)
    for _ in range(5):
        proved_true(city, key)
        closed(city)
    doubtful = sent(city, key, class_code="stone_truck", confidence=0.39)
    assert doubtful.advice == "doubtful"
    assert sent(city, key, class_code="stone_truck", confidence=0.4).advice == "look"
    assert city.app.engine.execute(OpenHousekeeping(city.app.rulebook, "tester"))
    city.run()
    zones = {one["class_code"]: (one["seen"], one["found_true"]) for one in city.rows(hot_zone)}
    assert zones == {"stone_truck": (5, 0), "quarrying": (5, 5)}
    noise = sent(city, key, class_code="stone_truck")
    assert (noise.advice, row(city, noise.number)["state"]) == ("noise", "new")
    assert sent(city, key).advice == "hot"
    city.later(hours=1)
    assert sent(city, key).advice == "look"
    assert not city.app.engine.execute(OpenHousekeeping(city.app.rulebook, "tester"))


@pytest.mark.parametrize("begin", ["2026-03-02T10:00:00", "2026-03-06T23:30:00"], ids=["office-hours", "friday-night"])
def test_the_check_is_in_time_for_two_hours_by_day_and_by_night(city_at: Any, begin: str) -> None:
    city = city_at(begin)
    key = key_for(city, device(city))
    first, second = sent(city, key).number, sent(city, key).number
    confirm(city, first)
    confirm(city, second)
    due = {one["due_at"] for one in city.rows(running_limit, element_id="check_site")}
    assert due == {city.clock.now() + timedelta(hours=2)}
    city.later(minutes=59, seconds=59)
    assert city.rows(supervision_order) == []
    city.later(seconds=1)
    assert {one["rung"] for one in city.rows(supervision_order)} == {"warned"}
    city.later(minutes=59, seconds=59)
    assert late(city) == []
    city.complete("check_site", FIELD, **UNTRUE)
    assert (row(city, first)["is_late"], row(city, first)["state"]) == (False, "untrue")
    city.later(seconds=1)
    assert [one["business_key"] for one in late(city)] == [second]
    city.complete("check_site", FIELD, **TRUE)
    assert row(city, second)["is_late"] is True
    city.run()
    assert {(one["cause_business_key"], one["state"]) for one in city.rows(supervision_order)} == {
        (first, "closed"), (second, "closed")
    }  # fmt: skip


def test_another_unit_of_the_area_can_be_sent_and_the_task_is_theirs_alone(city: CityRig) -> None:
    number = sent(city, key_for(city, device(city))).number
    confirm(city, number, unit="CG-SZ", note="看东侧便道")
    task = city.tasks("check_site")[0]
    assert city.actor("cg.sz").groups & set(task.candidate_groups)
    assert not city.actor(FIELD).groups & set(task.candidate_groups)
    assert (row(city, number)["unit"], row(city, number)["decision_note"]) == ("CG-SZ", "看东侧便道")


def test_what_is_untrue_is_closed_and_needs_no_party(city: CityRig) -> None:
    number = sent(city, key_for(city, device(city))).number
    confirm(city, number)
    with pytest.raises(errors.FormInvalid):
        city.complete("check_site", FIELD, **{**TRUE, "party_name": ""})
    city.complete("check_site", FIELD, **{**UNTRUE, "verdict": "duplicate"})
    assert (row(city, number)["state"], row(city, number)["verdict"]) == ("untrue", "duplicate")
    assert city.tasks() == city.rows(letter, kind="alert_notice") == []
