"""The copy walked in memory, as far as the diagram goes."""

import pytest

from engine.spiff.model import StartTrigger
from tests.processes.walk import NOW, Walk


@pytest.fixture
def copied() -> Walk:
    """A permit copied to two offices."""
    copies = [{"copy_id": f"C{n}", "unit": f"UM-{n}", "unit_name": "城管", "sent_at": NOW.isoformat()} for n in (1, 2)]
    walk = Walk("urban_copy", {"send_copies": lambda variables: {"copies": copies}})
    payload = {"item_name": "许可", "party_name": "某公司", "item_code": "X", "area": "370402"}
    return walk.start(payload, StartTrigger("copies_requested", "message", "copies_requested"))


def test_copies_are_acknowledged_one_by_one(copied):
    copied.complete("acknowledge_copy", {"decision": "acknowledged"})
    assert copied.open == ["acknowledge_copy"]
    copied.complete("acknowledge_copy", {"decision": "reserved", "remark": "不在本辖区"})
    assert copied.rest.status == "completed"
    assert [result["remark"] for result in copied.rest.variables["copy_results"]] == [None, "不在本辖区"]


def test_an_unsigned_copy_is_sent_again_and_then_goes_up_the_ladder(copied):
    copied.fire("renotified")
    copied.fire("copy_overdue")
    assert copied.open == ["acknowledge_copy", "acknowledge_copy"]
    assert copied.recorded[-1] == "renotify"
    assert copied.thrown[-1].payload["key"] == "K1/acknowledge_copy/C1"
