"""每日对账: both sides' counts, once a day, and differences that only an explanation or agreement closes."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from tests.processes.rig import CityRig, china
from tests.processes.steps import CITY, CLAIM, DISTRICT, permit, returned, sent_transfer
from workflows.commands.clocks import ApprovePause, RequestPause
from workflows.desk.asking import Do
from workflows.errors import FormInvalid
from workflows.reconciliation.daily import OpenReconciliation, count_days, lines_of
from workflows.reconciliation.entries import Entry, begin_of
from workflows.records.clocks import running_limit
from workflows.records.delivery import outbound_record
from workflows.records.letters import receipt
from workflows.records.orders import supervision_order
from workflows.records.reconciliation import (
    reconciliation_day,
    reconciliation_difference,
    reconciliation_entry,
    reconciliation_line,
)

pytestmark = [pytest.mark.clause("zz2020/3.1", "zz2020/2.1"), pytest.mark.scenarios("reconciliation_day")]
POLICY = "zc.fagui"
SECTION = "NR-CITY-JSGC"
WHY = {"decision": "explained", "reason_code": "offline", "explanation": "已当面交接，系统补录中"}
FLOWS = ("received", "returned", "withdrawn", "in_transit", "paused", "explained", "unexplained")


@pytest.fixture
def counted(city: CityRig) -> CityRig:
    """One permit of Monday, counted every night; nobody has answered yet."""
    permit(city)
    city.app.engine.execute(OpenReconciliation("tester"))
    city.run()
    return city


def line(city: CityRig, day: str, receiver: str, kind: str = "handoff") -> dict[str, Any]:
    found = city.rows(reconciliation_line, day=date.fromisoformat(day), kind=kind, receiver=receiver)
    assert len(found) == 1, found
    return dict(found[0])


def difference(city: CityRig, receiver: str = SECTION, **same: Any) -> Mapping[str, Any]:
    found = city.rows(reconciliation_difference, receiver=receiver, **same)
    assert len(found) == 1, found
    return found[0]


def days(city: CityRig) -> list[str]:
    return sorted(f"{row['day']}" for row in city.rows(reconciliation_day))


@pytest.mark.deadline("reconciliation_day/day_over")
def test_what_is_sent_is_on_its_way_until_the_end_of_its_limit(counted: CityRig) -> None:
    counted.at("2026-03-03T00:00:00")
    sent = line(counted, "2026-03-02", SECTION)
    assert (sent["opening"], sent["sent"], sent["in_transit"], sent["unexplained"]) == (0, 1, 1, 0)
    decided = line(counted, "2026-03-02", "NR-CITY", "decision")
    assert (decided["sent"], decided["received"]) == (1, 1)
    counted.at("2026-03-04T23:59:59")
    assert counted.rows(reconciliation_difference) == []
    assert line(counted, "2026-03-03", SECTION)["opening"] == 1
    counted.at("2026-03-05T00:00:00")
    late = line(counted, "2026-03-04", SECTION)
    assert (late["in_transit"], late["unexplained"], late["causes"]) == (0, 1, {"overdue": 1})
    assert line(counted, "2026-03-04", "CG-SZ", "copy")["unexplained"] == 0
    found = difference(counted)
    assert (found["state"], found["owner"], found["cause"]) == ("open", SECTION, "overdue")
    assert [row["key"] for row in counted.rows(reconciliation_entry, difference_id=found["id"])] == ["BJ-1"]


def test_each_line_settles_everything_it_brought_forward_or_sent(counted: CityRig) -> None:
    counted.complete("claim_duty", CITY, **CLAIM)
    counted.complete("claim_duty", DISTRICT, **returned("outside_remit"))
    sent_transfer(counted)
    counted.at("2026-03-09T08:00:00")
    rows = counted.rows(reconciliation_line)
    assert {row["kind"] for row in rows} >= {"decision", "handoff", "copy", "transfer"}
    for row in rows:
        assert row["opening"] + row["sent"] == sum(row[name] for name in FLOWS), row
    assert line(counted, "2026-03-02", SECTION)["received"] == 1
    assert line(counted, "2026-03-02", "NR-SZ")["returned"] == 1
    for row in rows:
        before = [one for one in rows if one["day"].toordinal() == row["day"].toordinal() - 1
                  and all(one[name] == row[name] for name in ("kind", "sender", "receiver"))]  # fmt: skip
        still = sum(before[0][name] for name in FLOWS[3:]) if before else 0
        assert row["opening"] == still, row


def test_a_paused_clock_explains_what_is_not_received(counted: CityRig) -> None:
    clock = next(row for row in counted.rows(running_limit) if row["unit"] == SECTION)
    counted.app.engine.execute(RequestPause(clock["id"], counted.actor(CITY), "等待补充材料"))
    counted.app.engine.execute(ApprovePause(clock["id"], counted.actor("ks.jsgc.kz")))
    counted.at("2026-03-09T08:00:00")
    assert line(counted, "2026-03-08", SECTION)["paused"] == 1
    assert counted.rows(reconciliation_difference, receiver=SECTION) == []


def test_every_day_is_counted_once_also_after_an_outage(counted: CityRig) -> None:
    counted.at("2026-03-03T00:00:00")
    counted.run()
    assert days(counted) == ["2026-03-01", "2026-03-02"]
    counted.at("2026-03-09T11:00:00")
    assert days(counted) == [f"2026-03-0{day}" for day in range(1, 9)]
    late = [row["day"].day for row in counted.rows(reconciliation_day) if row["is_catch_up"]]
    assert sorted(late) == [3, 4, 5, 6, 7]
    assert not counted.app.engine.execute(OpenReconciliation("tester"))
    today = date(2026, 3, 9)
    again = Do(lambda uow: count_days(uow, counted.app.rulebook, today, today))
    assert counted.app.engine.execute(again) == []


def test_a_difference_closes_when_both_sides_agree_again(counted: CityRig) -> None:
    counted.at("2026-03-05T00:00:00")
    counted.complete("claim_duty", CITY, **CLAIM)
    counted.at("2026-03-05T23:59:59")
    assert difference(counted)["state"] == "open"
    counted.at("2026-03-06T00:00:00")
    found = difference(counted)
    assert (found["state"], found["closed_at"]) == ("agreed", china("2026-03-06T00:00:00"))
    assert [row["settled_on"].isoformat() for row in counted.rows(reconciliation_entry, difference_id=found["id"])] == [
        "2026-03-05"
    ]
    assert difference(counted, "NR-SZ")["state"] == "open"
    assert not [task for task in counted.tasks("explain_difference") if task.business_key == found["number"]]


def test_an_explanation_closes_a_difference_once_another_person_accepts_it(counted: CityRig) -> None:
    counted.at("2026-03-05T00:00:00")
    counted.complete("explain_difference", CITY, **WHY)
    counted.complete("confirm_explanation", POLICY, decision="return", confirm_note="请写明交接时间")
    assert difference(counted)["state"] == "open"
    assert sorted(row["key"].rpartition("/")[2] for row in counted.rows(running_limit, unit=SECTION)
                  if row["element_id"] == "explain_difference") == ["1", "2"]  # fmt: skip
    counted.complete("explain_difference", CITY, **WHY)
    counted.complete("confirm_explanation", POLICY, decision="accept")
    found = difference(counted)
    assert (found["state"], found["explanation"]["reason"]) == ("explained", "offline")
    counted.at("2026-03-06T00:00:00")
    known = line(counted, "2026-03-05", SECTION)
    assert (known["explained"], known["unexplained"]) == (1, 0)
    assert len(counted.rows(reconciliation_difference, receiver=SECTION)) == 1
    permit(counted, project_no="BJ-2", XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号")
    counted.at("2026-03-11T00:00:00")
    assert len(counted.rows(reconciliation_difference, receiver=SECTION, state="open")) == 1


@pytest.mark.deadline("reconciliation/recheck_due")
def test_what_was_made_good_waits_for_agreement_and_is_asked_again_in_time(counted: CityRig) -> None:
    counted.at("2026-03-05T09:00:00")
    counted.complete("explain_difference", CITY, decision="corrected", explanation="已在系统中认领")
    mine = difference(counted)["number"]
    counted.at("2026-03-09T23:59:59")
    assert mine not in {task.business_key for task in counted.tasks("explain_difference")}
    counted.at("2026-03-10T00:00:00")
    assert mine in {task.business_key for task in counted.tasks("explain_difference")}


def test_nobody_accepts_an_explanation_of_their_own(counted: CityRig) -> None:
    """A claim without a receipt is nobody's fault but the books': the policy section has to look."""
    counted.complete("claim_duty", CITY, **CLAIM)
    gone = Do(lambda uow: uow.connection.execute(receipt.delete()).rowcount)
    assert counted.app.engine.execute(gone) == 1
    counted.at("2026-03-03T00:00:00")
    found = difference(counted, cause="no_receipt")
    assert found["owner"] == counted.app.rulebook.city.policy_unit
    counted.complete("explain_difference", POLICY, **WHY)
    with pytest.raises(FormInvalid):
        counted.complete("confirm_explanation", POLICY, decision="accept")
    counted.at("2026-03-04T00:00:00")
    assert difference(counted, cause="no_receipt")["state"] == "open"


@pytest.mark.parametrize(("at", "rung"), [("2026-03-09T23:59:59", "warned"), ("2026-03-10T00:00:00", "red")])
def test_both_sides_of_the_three_days_for_an_explanation(counted: CityRig, at: str, rung: str) -> None:
    counted.at("2026-03-05T00:00:00")
    clock = next(row for row in counted.rows(running_limit, unit=SECTION) if row["element_id"] == "explain_difference")
    assert clock["due_at"] == china("2026-03-10T00:00:00")
    counted.at(at)
    found = counted.rows(supervision_order, cause_element="explain_difference", unit=SECTION)
    assert [row["rung"] for row in found] == [rung]


def test_an_entry_is_overdue_from_the_instant_its_limit_ends() -> None:
    begin, cut = begin_of(date(2026, 3, 4)), begin_of(date(2026, 3, 5))
    entry = Entry("copy", "1", "BJ-1", "演示", "A", "B", begin, due_at=cut)
    assert (entry.outcome(cut), entry.causes(cut)) == ("overdue", ("overdue",))
    later = Entry("copy", "1", "BJ-1", "演示", "A", "B", begin, due_at=cut.replace(microsecond=1))
    assert (later.outcome(cut), later.causes(cut)) == ("in_transit", ())
    answered = Entry("copy", "1", "BJ-1", "演示", "A", "B", begin, due_at=cut, ended=("received", cut))
    assert answered.outcome(cut) == "overdue"
    assert lines_of([entry], begin, cut, frozenset({("1", "overdue")}))[0]["explained"] == 1


def test_uploads_not_accepted_in_time_or_sent_back_are_differences_of_the_organ(city: CityRig) -> None:
    def queued(number: int, status: str, due: date | None) -> dict[str, Any]:
        settled = china("2026-03-02T12:00:00") if status in ("accepted", "rejected") else None
        return {
            "id": UUID(int=number), "channel": "credit", "dataset": "licence", "layout": "x", "organ": "AP-CITY",
            "source": "approval", "source_id": f"{number}", "business_key": "", "title": "演示",
            "row_guid": f"{number}", "version": 1, "operation": "i", "payload": {}, "payload_sha256": "0" * 64,
            "status": status,
            "findings": [], "idempotency_key": f"{number}", "is_backfill": False, "due_on": due,
            "happened_at": china("2026-03-02T09:00:00"), "queued_at": china("2026-03-02T09:00:00"),
            "settled_at": settled, "is_presumed": False,
        }  # fmt: skip

    rows = [queued(1, "accepted", None), queued(2, "sent", date(2026, 3, 3)), queued(3, "sent", None),
            queued(4, "rejected", None)]  # fmt: skip
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(insert(outbound_record), rows).rowcount))
    city.app.engine.execute(OpenReconciliation("tester"))
    city.at("2026-03-03T00:00:00")
    first = line(city, "2026-03-02", "credit", "upload")
    assert (first["sent"], first["received"], first["in_transit"], first["causes"]) == (4, 1, 2, {"rejected": 1})
    assert difference(city, "credit")["owner"] == "AP-CITY"
    city.at("2026-03-04T00:00:00")
    assert line(city, "2026-03-03", "credit", "upload")["causes"] == {"rejected": 1, "overdue": 1}
    mend = update(outbound_record).where(outbound_record.c.id == UUID(int=2))
    later = mend.values(status="accepted", settled_at=china("2026-03-04T08:00:00"))
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(later).rowcount))
    city.at("2026-03-05T00:00:00")
    assert difference(city, "credit", cause="overdue")["state"] == "agreed"
    city.at("2026-03-12T00:00:00")
    assert line(city, "2026-03-11", "credit", "upload")["causes"] == {"rejected": 1, "overdue": 1}
