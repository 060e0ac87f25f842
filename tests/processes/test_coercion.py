"""行政强制措施: approved before or within a day after, thirty days and once thirty more."""

from typing import Any

import pytest

from tests.processes.penalty_steps import LEADER, OFFICER, PAIR, SECOND_LEADER
from tests.processes.rig import CityRig, china, warned
from tests.processes.steps import USCC
from workflows.coercions.store import RequestCoercion
from workflows.errors import FormInvalid, NotAllowed
from workflows.records.clocks import running_limit
from workflows.records.coercions import coercion
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.5", "xzqz/18", "xzqz/19", "xzqz/24", "xzqz/25", "xzqz/28")
ASK = {
    "measure": "seize", "party_name": "演示置业有限公司", "party_code": USCC, "party_kind": "2", "site": "光明路 1 号",
    "item_code": "", "facts": "未经许可施工，正在使用的工具", "basis": "演示条例第一条", "officers": PAIR,
    "is_urgent": False,
    "implemented_at": None, "goods": "挖掘机 1台 完好\n电镐 2把", "presence": None, "witness": None,
    "party_words": None,
}  # fmt: skip
URGENT = {"is_urgent": True, "implemented_at": "2026-03-02T01:00:00+00:00", "presence": "party"}
DONE = {"goods": "挖掘机 1台 完好", "presence": "witness", "witness": "演示·见证人", "party_words": ""}


def ask(city: CityRig, login: str = OFFICER, kind: str = "measure", **changes: Any) -> str:
    command = RequestCoercion(city.actor(login), kind, {**ASK, **changes}, city.app.rulebook)
    return city.app.engine.execute(command)


def row(city: CityRig) -> dict[str, Any]:
    (found,) = city.rows(coercion)
    return dict(found)


def seized(city: CityRig) -> None:
    """Walk until the things are seized at 10 o'clock on the 2nd of March."""
    ask(city)
    city.complete("approve_measure", LEADER, decision="approve")
    city.complete("implement_measure", OFFICER, implemented_at="2026-03-02T02:00:00+00:00", **DONE)


def lifted(city: CityRig) -> None:
    """Walk from the lifting to the end."""
    day = f"{city.clock.now():%Y-%m-%d}"
    city.complete("confirm_return", OFFICER, returned_on=day, returned_to="演示·收件人", return_note="")


def test_a_measure_is_approved_done_and_lifted(city: CityRig) -> None:
    seized(city)
    found = row(city)
    assert found["state"] == "seized"
    assert found["goods"] == [{"name": "挖掘机", "quantity": "1台", "note": "完好"}]
    assert [one["kind"] for one in city.rows(letter)] == ["coercion_decision", "coercion_list"]
    city.complete("handle_seizure", OFFICER, disposal="lift_done", disposal_note="已作出处罚决定")
    lifted(city)
    found = row(city)
    assert (found["state"], found["is_late"], found["result"]["disposal"]) == ("closed", False, "lift_done")
    (act,) = city.rows(supervision_act)
    assert (act["kind"], act["result"], act["source_id"]) == ("coercion", "seize", found["id"])
    assert city.tasks() == []


def test_nothing_is_done_when_the_head_refuses(city: CityRig) -> None:
    ask(city)
    city.complete("approve_measure", LEADER, decision="refuse", measure_note="情节轻微")
    assert (row(city)["state"], city.rows(letter), city.rows(supervision_act)) == ("refused", [], [])


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-03T08:59:59", False), ("2026-03-03T09:00:00", True)])
def test_an_urgent_measure_is_approved_within_twenty_four_hours(city: CityRig, at: str, is_late: bool) -> None:
    ask(city, **URGENT)
    assert city.rows(running_limit)[0]["due_at"] == china("2026-03-03T09:00:00")
    city.at(at)
    city.complete("confirm_urgent", LEADER, decision="approve")
    assert (row(city)["state"], row(city)["is_late"]) == ("seized", is_late)
    assert bool([one for one in city.rows(supervision_order) if one["rung"] == "red"]) is is_late


def test_an_urgent_measure_that_was_wrong_is_lifted_at_once(city: CityRig) -> None:
    ask(city, **URGENT)
    city.complete("confirm_urgent", LEADER, decision="lift", measure_note="不应当采取")
    lifted(city)
    assert row(city)["result"]["disposal"] == "not_needed"
    assert [one["kind"] for one in city.rows(letter)] == ["coercion_lifting"]
    assert len(city.rows(supervision_act)) == 1


@pytest.mark.parametrize(("at", "is_late"), [("2026-04-01T23:59:59", False), ("2026-04-02T00:00:00", True)])
def test_both_sides_of_the_thirty_days(city: CityRig, at: str, is_late: bool) -> None:
    seized(city)
    assert row(city)["ends_at"] == china("2026-04-02T00:00:00")
    city.at(at)
    city.complete("handle_seizure", OFFICER, disposal="lift_expired", disposal_note="期限届满")
    assert row(city)["is_late"] is is_late


def test_the_term_is_extended_once_by_thirty_days_in_writing(city: CityRig) -> None:
    seized(city)
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    city.complete("approve_extension", LEADER, decision="approve", extension_note="案情复杂")
    assert row(city)["ends_at"] == china(
        "2026-05-02T00:00:00"
    )  # 1 May is a holiday: the longest term ends all the same
    assert "coercion_extension" in [one["kind"] for one in city.rows(letter)]
    with pytest.raises(FormInvalid):
        city.complete("handle_extended", OFFICER, disposal="extend", disposal_note="再延长")
    city.complete("handle_extended", OFFICER, disposal="confiscate", disposal_note="依法没收")
    lifted(city)
    assert row(city)["is_late"] is False


def test_a_refused_extension_leaves_the_first_term_running(city: CityRig) -> None:
    seized(city)
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    city.complete("approve_extension", LEADER, decision="refuse", extension_note="可以按期查清")
    assert row(city)["ends_at"] == china("2026-04-02T00:00:00")
    assert city.elements() == ["handle_seizure"]


def test_a_term_that_is_over_cannot_be_extended(city: CityRig) -> None:
    seized(city)
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    city.at("2026-04-02T00:00:00")
    with pytest.raises(FormInvalid) as refused:
        city.complete("approve_extension", LEADER, decision="approve", extension_note="案情复杂")
    assert refused.value.facts["errors"][0]["field"] == "decision"


@pytest.mark.deadline("coercion/extension_warned")
def test_an_extension_nobody_decides_is_urged_before_the_thirty_days_are_over(city: CityRig) -> None:
    seized(city)
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    (clock,) = [one for one in city.rows(running_limit) if one["ended_at"] is None]
    assert (clock["element_id"], clock["due_at"]) == ("approve_extension", china("2026-04-02T00:00:00"))
    warned(city, "approve_extension", "2026-03-28T00:00:00")
    city.complete("approve_extension", LEADER, decision="refuse", extension_note="可以按期查清")
    city.run()
    states = {one["cause_element"]: one["state"] for one in city.rows(supervision_order)}
    assert states == {"approve_extension": "closed", "handle_seizure": "open"}


def test_a_term_that_is_refused_to_be_extended_is_watched_again(city: CityRig) -> None:
    seized(city)
    city.at("2026-03-30T09:00:00")
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    city.run()
    city.complete("approve_extension", LEADER, decision="refuse", extension_note="可以按期查清")
    city.at("2026-04-02T00:00:00")
    (watched,) = city.rows(supervision_order, cause_element="handle_seizure", state="open")
    assert watched["rung"] == "red"


def test_refusals(city: CityRig) -> None:
    with pytest.raises(FormInvalid) as refused:
        ask(city, officers=[OFFICER])
    assert refused.value.facts["errors"][0]["field"] == "officers"
    with pytest.raises(FormInvalid):
        ask(city, officers=[OFFICER, "sp.jianshe"])
    with pytest.raises(FormInvalid):
        ask(city, **{**URGENT, "implemented_at": "2026-03-02T02:00:01+00:00"})
    with pytest.raises(NotAllowed):
        ask(city, login="sp.jianshe")
    assert city.rows(coercion) == []
    ask(city)
    city.complete("approve_measure", SECOND_LEADER, decision="approve")
    with pytest.raises(FormInvalid) as refused:
        city.complete("implement_measure", OFFICER, implemented_at="2026-03-02T01:59:00+00:00", **DONE)
    assert refused.value.facts["errors"][0]["field"] == "implemented_at"


def test_where_the_only_head_carries_it_out_the_office_above_approves(city: CityRig) -> None:
    ask(city, login="zr.sz", officers=["zr.sz", "zr.sz.jz"])
    with pytest.raises(AssertionError, match="has no approve_measure"):
        city.complete("approve_measure", "zr.sz.jz", decision="approve")
    city.complete("approve_measure", LEADER, decision="approve")
    assert row(city)["state"] == "approved"
