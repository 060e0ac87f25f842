"""行政处罚: from the lead to the archived file."""

import pytest

from tests.processes.penalty_steps import OFFICER, case, closed, served
from tests.processes.rig import CityRig
from workflows.penalties.payments import RecordPayment
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter

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
    assert city.tasks() == []
