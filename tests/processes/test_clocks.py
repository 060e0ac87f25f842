"""Clocks stop, run on and are extended by two persons; timers, due dates and ladders move with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from engine.store.tables import history_event, user_task
from tests.processes.rig import CityRig, china
from tests.processes.steps import CLAIM, permit
from workflows.commands.clocks import ApprovePause, ExtendClock, RefusePause, RequestPause, ResumeClock
from workflows.errors import AlreadyPaused, CaseNotFound, FormInvalid, NotAllowed, SamePerson
from workflows.records.cases import copy, duty
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order, supervision_rung

OFFICER, HEAD = "ks.ytgz", "ks.ytgz.kz"
DUE = "2026-03-05T00:00:00"  # two working days after Monday, 2 March


@pytest.fixture
def city(city: CityRig) -> CityRig:
    """A permit of one unit, without copies, that waits for its claim."""
    permit(city, XK_XKZS="建设项目用地预审与选址意见书")
    return city


def clock(city: CityRig, name: str = "claim") -> dict[str, Any]:
    return dict(city.rows(running_limit, limit_name=name)[0])


def the_id(city: CityRig, name: str = "claim") -> UUID:
    return clock(city, name)["id"]


def order(city: CityRig) -> dict[str, Any]:
    return dict(city.rows(supervision_order, cause_element="claim_duty")[0])


def pause(city: CityRig) -> None:
    city.app.engine.execute(RequestPause(the_id(city), city.actor(OFFICER), "等待专家论证"))
    city.app.engine.execute(ApprovePause(the_id(city), city.actor(HEAD)))


def resume(city: CityRig) -> None:
    city.app.engine.execute(ResumeClock(the_id(city), city.actor(HEAD), "论证完毕", city.app.rulebook))


def extend(
    city: CityRig, more: int, *, approver: str = HEAD, asked_by: str = OFFICER, reason: str = "情况复杂"
) -> None:
    city.app.engine.execute(ExtendClock(the_id(city), city.actor(approver), more, reason, asked_by, city.app.rulebook))


def test_asking_for_a_pause_stops_nothing(city: CityRig) -> None:
    city.app.engine.execute(RequestPause(the_id(city), city.actor(OFFICER), "等待专家论证"))
    assert clock(city)["paused_since"] is None
    city.at(DUE)
    assert order(city)["rung"] == "red"


def test_a_pause_needs_a_reason_and_is_asked_for_once(city: CityRig) -> None:
    with pytest.raises(FormInvalid):
        city.app.engine.execute(RequestPause(the_id(city), city.actor(OFFICER), "  "))
    city.app.engine.execute(RequestPause(the_id(city), city.actor(OFFICER), "等待专家论证"))
    with pytest.raises(AlreadyPaused):
        city.app.engine.execute(RequestPause(the_id(city), city.actor(HEAD), "等待专家论证"))


def test_a_pause_is_approved_by_another_person_with_the_right_role(city: CityRig) -> None:
    city.app.engine.execute(RequestPause(the_id(city), city.actor(HEAD), "等待专家论证"))
    for login, refusal in ((HEAD, SamePerson), (OFFICER, NotAllowed), ("ks.jsgc.kz", CaseNotFound)):
        with pytest.raises(refusal):
            city.app.engine.execute(ApprovePause(the_id(city), city.actor(login)))
    city.app.engine.execute(ApprovePause(the_id(city), city.actor("zc.fagui")))
    assert clock(city)["paused_since"] == city.clock.now()


def test_another_unit_does_not_even_find_the_clock(city: CityRig) -> None:
    with pytest.raises(CaseNotFound):
        city.app.engine.execute(RequestPause(the_id(city), city.actor("ks.jsgc"), "等待专家论证"))


def test_a_refused_pause_leaves_its_trace_and_may_be_asked_for_again(city: CityRig) -> None:
    city.app.engine.execute(RequestPause(the_id(city), city.actor(OFFICER), "等待专家论证"))
    city.app.engine.execute(RefusePause(the_id(city), city.actor(HEAD), "无需论证"))
    assert (clock(city)["pauses"], clock(city)["paused_since"]) == ([], None)
    kept = city.rows(history_event, kind="clock-pause-refused")[0]
    assert (kept["actor"], kept["detail"]["asked"]["requested_by"]) == (HEAD, OFFICER)
    pause(city)
    assert clock(city)["paused_since"] is not None


def test_while_a_clock_stands_still_nothing_warns_and_nothing_is_late(city: CityRig) -> None:
    pause(city)
    city.at("2026-03-20T09:00:00")
    assert city.rows(supervision_order) == []
    city.complete("claim_duty", OFFICER, **CLAIM)
    ended = clock(city)
    assert (ended["is_late"], ended["ended_how"]) == (False, "completed")
    assert datetime.fromisoformat(ended["pauses"][-1]["until"]) == ended["ended_at"]
    assert city.rows(duty)[0]["is_late"] is False


def test_days_that_stood_still_are_not_counted(city: CityRig) -> None:
    city.at("2026-03-03T09:00:00")
    pause(city)
    city.at("2026-03-09T09:00:00")
    resume(city)
    moved = china("2026-03-12T00:00:00")  # Tuesday to Monday stood still: 10 and 11 March count
    assert (clock(city)["due_at"], clock(city)["warn_at"]) == (moved, china("2026-03-11T00:00:00"))
    assert city.rows(user_task, element_id="claim_duty")[0]["due_at"] == moved
    city.at("2026-03-10T23:59:59")
    assert city.rows(supervision_order) == []
    city.at("2026-03-11T00:00:00")
    assert (order(city)["rung"], order(city)["red_at"]) == ("warned", moved)
    city.at("2026-03-11T23:59:59")
    assert order(city)["rung"] == "warned"
    city.at("2026-03-12T00:00:00")
    assert (order(city)["rung"], clock(city)["is_late"]) == ("red", True)
    city.at("2026-03-14T00:00:00")
    assert order(city)["rung"] == "ordered"


def test_a_ladder_that_has_begun_stands_still_too(city: CityRig) -> None:
    city.at("2026-03-04T09:00:00")
    assert order(city)["rung"] == "warned"
    pause(city)
    city.at("2026-03-06T09:00:00")
    assert order(city)["rung"] == "warned"
    resume(city)
    assert order(city)["red_at"] == china("2026-03-10T00:00:00")  # 3 March counted, then Monday, 9 March
    city.at("2026-03-09T23:59:59")
    assert order(city)["rung"] == "warned"
    city.at("2026-03-10T00:00:00")
    assert order(city)["rung"] == "red"
    city.at("2026-03-12T00:00:00")
    assert order(city)["rung"] == "ordered"
    city.at("2026-03-17T00:00:00")
    assert order(city)["rung"] == "leader"
    rungs = [row["rung"] for row in sorted(city.rows(supervision_rung), key=lambda row: row["id"])]
    assert rungs == ["warned", "paused", "resumed", "red", "ordered", "leader"]


def test_a_pause_after_the_limit_delays_the_next_rung_but_forgives_nothing(city: CityRig) -> None:
    city.at("2026-03-05T09:00:00")
    pause(city)
    assert clock(city)["is_late"] is True
    city.at("2026-03-10T09:00:00")
    resume(city)
    assert (clock(city)["due_at"], order(city)["red_at"]) == (china(DUE), china(DUE))
    city.at("2026-03-12T23:59:59")  # 5 to 10 March stood still, 11 and 12 count
    assert order(city)["rung"] == "red"
    city.at("2026-03-13T00:00:00")
    assert order(city)["rung"] == "ordered"
    city.at("2026-03-18T00:00:00")
    assert order(city)["rung"] == "leader"
    city.complete("claim_duty", OFFICER, **CLAIM)
    assert clock(city)["is_late"] is True


def test_what_was_late_before_the_pause_stays_late_even_without_a_ladder(city: CityRig) -> None:
    city.clock.set(china("2026-03-05T09:00:00"))  # no worker has run
    pause(city)
    city.complete("claim_duty", OFFICER, **CLAIM)
    assert (clock(city)["is_late"], city.rows(duty)[0]["is_late"]) == (True, True)


def test_only_a_paused_clock_resumes_and_never_without_a_reason(city: CityRig) -> None:
    with pytest.raises(AlreadyPaused):
        resume(city)
    pause(city)
    with pytest.raises(FormInvalid):
        city.app.engine.execute(ResumeClock(the_id(city), city.actor(HEAD), "", city.app.rulebook))


def test_an_extension_moves_the_due_date_the_warning_and_the_ladder(city: CityRig) -> None:
    city.at("2026-03-04T09:00:00")
    extend(city, 3)
    moved = china("2026-03-10T00:00:00")
    assert (clock(city)["due_at"], order(city)["red_at"]) == (moved, moved)
    city.at("2026-03-09T23:59:59")
    assert (order(city)["rung"], clock(city)["is_late"]) == ("warned", False)
    city.complete("claim_duty", OFFICER, **CLAIM)
    assert (city.rows(duty)[0]["is_late"], clock(city)["is_late"]) == (False, False)


def test_extensions_add_up_and_survive_a_pause(city: CityRig) -> None:
    extend(city, 1)
    extend(city, 1, reason="再次延长")
    assert clock(city)["extension"]["more"] == 2
    assert [grant["reason"] for grant in clock(city)["extension"]["grants"]] == ["情况复杂", "再次延长"]
    city.at("2026-03-03T09:00:00")
    pause(city)
    city.at("2026-03-03T17:00:00")
    resume(city)
    assert clock(city)["due_at"] == china("2026-03-10T00:00:00")  # 4, 5, 6 and 9 March


def test_an_extension_after_the_limit_forgives_nothing(city: CityRig) -> None:
    city.at("2026-03-05T09:00:00")
    extend(city, 5)
    city.complete("claim_duty", OFFICER, **CLAIM)
    assert (clock(city)["is_late"], city.rows(duty)[0]["is_late"]) == (True, True)


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"asked_by": HEAD}, SamePerson),
        ({"approver": OFFICER, "asked_by": HEAD}, NotAllowed),
        ({"approver": "ks.jsgc.kz"}, CaseNotFound),
        ({"asked_by": "nobody"}, FormInvalid),
        ({"more": 0}, FormInvalid),
        ({"more": 61}, FormInvalid),
        ({"reason": ""}, FormInvalid),
    ],
)
def test_an_extension_is_asked_for_by_one_and_approved_by_another(
    city: CityRig, answers: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        extend(city, **{"more": 1, **answers})
    assert clock(city)["due_at"] == china(DUE)


def test_everything_about_a_clock_is_in_the_audit_trail(city: CityRig) -> None:
    pause(city)
    city.later(hours=1)
    resume(city)
    extend(city, 2)
    kinds = [row["kind"] for row in sorted(city.rows(history_event), key=lambda row: row["id"])]
    assert [kind for kind in kinds if kind.startswith("clock-")] == [
        "clock-pause-requested", "clock-paused", "clock-resumed", "clock-extended",
    ]  # fmt: skip
    assert kinds.count("timers-moved") == 3


def test_a_copy_is_told_again_at_the_moved_instant(city: CityRig) -> None:
    permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号")
    city.run()
    mine = next(row for row in city.rows(running_limit, limit_name="copy_acknowledge") if row["unit"] == "CG-SZ")
    city.app.engine.execute(ExtendClock(mine["id"], city.actor("cg.sz.dz"), 2, "人员集训", "cg.sz", city.app.rulebook))
    city.at("2026-03-08T23:59:59")
    assert city.rows(copy, unit="CG-SZ")[0]["renotified"] == 0
    city.at("2026-03-09T00:00:00")
    assert city.rows(copy, unit="CG-SZ")[0]["renotified"] == 1
