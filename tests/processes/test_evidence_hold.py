"""证据先行登记保存: approved, held, decided on in seven working days."""

import pytest

from tests.processes.penalty_steps import LEADER, OFFICER, filed
from tests.processes.rig import CityRig, china
from workflows.penalties.holds import RequestHold
from workflows.records.clocks import running_limit
from workflows.records.letters import letter
from workflows.records.penalties import evidence_hold

pytestmark = pytest.mark.clause("xzcf/56")


HOLD = {"things": "电脑 1台\n账册 3本", "hold_place": "仓库", "hold_reason": "可能灭失"}


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-11T23:59:59", False), ("2026-03-12T00:00:00", True)])
def test_held_evidence_is_decided_on_in_seven_working_days(city: CityRig, at: str, is_late: bool) -> None:
    number = filed(city)
    city.app.engine.execute(RequestHold(city.actor(OFFICER), number, HOLD, city.app.rulebook))
    city.complete("approve_hold", LEADER, decision="approve")
    assert city.rows(running_limit, limit_name="evidence_hold")[0]["due_at"] == china("2026-03-12T00:00:00")
    city.at(at)
    city.complete("decide_hold", OFFICER, hold_decision="release", hold_result="已返还")
    (row,) = city.rows(evidence_hold)
    assert (row["state"], row["things"]) == ("decided", ["电脑 1台", "账册 3本"])
    assert city.rows(running_limit, limit_name="evidence_hold")[0]["is_late"] is is_late


def test_a_hold_that_is_refused_leaves_the_things_alone(city: CityRig) -> None:
    number = filed(city)
    city.app.engine.execute(RequestHold(city.actor(OFFICER), number, HOLD, city.app.rulebook))
    city.complete("approve_hold", LEADER, decision="refuse", hold_note="没有必要")
    (row,) = city.rows(evidence_hold)
    assert (row["state"], row["held_at"], city.rows(letter, kind="evidence_hold")) == ("refused", None, [])
