"""What goes out: queued once, batched, sent in order, answered, corrected and sent again."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from tests.processes.rig import CityRig
from tests.workflows.layout_samples import good
from workflows import errors
from workflows.adapters.files import Files
from workflows.delivery import (
    Batch,
    CorrectRecord,
    Courier,
    DissolveBatch,
    Feedback,
    OutboundRow,
    RecordFeedback,
    Resend,
    RetryBatch,
    Route,
    Sent,
    queue_record,
)
from workflows.delivery.protocol import DeliveryFailed
from workflows.records.delivery import delivery_receipt, outbound_batch, outbound_record
from workflows.standards import layout
from workflows.uow import UnitOfWork, local_day_of

pytestmark = pytest.mark.clause("zz2020/2.2")


@dataclass(frozen=True)
class Queue:
    """Queue a record of a credit rating: its layout has no field that must be filled."""

    changes: dict[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        values = good(layout("regulation_other", local_day_of(uow.now)))
        given: dict[str, Any] = {
            "channel": "exchange", "dataset": "other", "source": "supervision_act", "source_id": "1",
            "layout": "regulation_other", "organ": "NR-CITY", "happened_at": uow.now, "title": "演示行为",
            "values": values,
        }  # fmt: skip
        changes = dict(self.changes)
        given["values"] = values | changes.pop("values", {})
        return queue_record(uow, **{**given, **changes})


@dataclass
class Receiver:
    """A receiver that can be down, and that remembers what it was sent."""

    name: str = "test"
    is_down: bool = False
    got: list[tuple[Batch, Sequence[OutboundRow]]] = field(default_factory=list)
    says: list[Feedback] = field(default_factory=list)

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        if self.is_down:
            raise DeliveryFailed("无法连接")
        self.got.append((batch, records))
        return Sent(f"R{len(self.got)}")

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        return self.says

    def judge(self, at: datetime, verdict: str, **more: str) -> None:
        batch, rows = self.got[-1]
        self.says = [
            Feedback(f"{batch.number}/{row.row_guid}/{verdict}", row.row_guid, batch.number, verdict, at, **more)
            for row in rows
        ]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def courier(city: CityRig, receiver: Receiver) -> Courier:
    return Courier(city.app.engine, {"exchange": Route(receiver, "370400")})


@pytest.fixture
def queue(city: CityRig) -> Callable[..., UUID]:
    return lambda **changes: city.app.engine.execute(Queue(changes))


def states(city: CityRig) -> list[tuple[str, str]]:
    rows = sorted(city.rows(outbound_record), key=lambda row: (row["source_id"], row["version"]))
    return [(row["operation"], row["status"]) for row in rows]


def test_a_record_goes_out_once_comes_back_and_goes_out_again_as_an_update(
    city: CityRig, courier: Courier, receiver: Receiver, queue: Callable[..., UUID]
) -> None:
    first = queue()
    assert queue() == first
    assert states(city) == [("i", "queued")]
    assert courier.work() == 1
    assert courier.work() == 0
    (batch, rows) = receiver.got[0]
    assert (batch.number, [row.operation for row in rows], len(receiver.got)) == ("2026030200001", ["i"], 1)
    assert rows[0].envelope(batch)["cd_id"] == "NR-CITY" + rows[0].row_guid
    assert states(city) == [("i", "sent")]

    receiver.judge(city.clock.now(), "rejected", code="E01", message="监管对象不存在", field="supervise_object")
    assert courier.work() == 1
    assert courier.work() == 0  # the same receipt is read again and changes nothing
    (row,) = city.rows(outbound_record)
    assert row["findings"][-1]["message"] == "监管对象不存在"
    assert row["findings"][-1]["source"] == "接收方反馈 E01"

    actor = city.actor("zc.fagui")
    with pytest.raises(errors.FormInvalid) as refused:
        city.app.engine.execute(CorrectRecord(actor, first, {"end_date": "明天"}, ""))
    assert [one["field"] for one in refused.value.facts["errors"]] == ["reason", "end_date"]
    second = city.app.engine.execute(CorrectRecord(actor, first, {"supervise_object": "演示对象"}, "名称写错"))
    assert states(city) == [("i", "superseded"), ("u", "queued")]
    assert queue() == second  # the source says the same as before: the correction stays
    with pytest.raises(errors.RecordClosed):
        city.app.engine.execute(Resend(actor, first))
    city.later(minutes=1)
    courier.work()
    assert receiver.got[1][1][0].values["supervise_object"] == "演示对象"
    assert receiver.got[1][1][0].row_guid == rows[0].row_guid
    assert receiver.got[1][1][0].key != rows[0].key
    receiver.judge(city.clock.now(), "accepted")
    courier.work()
    assert states(city) == [("i", "superseded"), ("u", "accepted")]
    assert len(city.rows(delivery_receipt)) == 2

    queue(values={"supervise_object": "演示对象二"})  # the source was corrected: the correction has lapsed
    courier.work()
    assert receiver.got[2][1][0].values["supervise_object"] == "演示对象二"
    queue(operation="d")
    courier.work()
    assert [row.operation for row in receiver.got[3][1]] == ["d"]
    queue()
    assert states(city)[-2:] == [("d", "superseded"), ("i", "queued")]


def test_a_record_with_errors_is_held_until_it_is_right_and_one_with_doubts_goes_out(
    city: CityRig, courier: Courier, receiver: Receiver, queue: Callable[..., UUID]
) -> None:
    held = queue(values={"action_code": None})
    queue(source_id="2", values={"end_date": None})
    courier.work()
    assert states(city) == [("i", "held"), ("i", "sent")]
    (row,) = city.rows(outbound_record, id=held)
    assert (row["findings"][0]["field"], row["findings"][0]["level"]) == ("action_code", "error")
    queue()
    assert states(city) == [("i", "superseded"), ("i", "queued"), ("i", "sent")]
    queue(operation="d")  # the receiver never heard of it
    assert states(city)[1] == ("i", "withdrawn")
    assert courier.work() == 0
    assert len(receiver.got) == 1


def test_a_receiver_that_is_down_gets_the_same_batch_later_and_nothing_overtakes_it(
    city: CityRig, courier: Courier, receiver: Receiver, queue: Callable[..., UUID]
) -> None:
    queue()
    receiver.is_down = True
    assert courier.work() == 0
    queue(values={"supervise_object": "演示对象"})
    queue(source_id="2")
    assert courier.work() == 0
    (batch,) = city.rows(outbound_batch)
    assert (batch["status"], batch["last_error"], batch["attempts"]) == ("failed", "无法连接", 1)
    receiver.is_down = False
    city.app.engine.execute(RetryBatch(city.actor("zc.fagui"), batch["id"]))
    assert courier.work() == 2
    assert [(one.number, [row.operation for row in rows]) for one, rows in receiver.got] == [
        ("2026030200001", ["i"]), ("2026030200002", ["u", "i"]),
    ]  # fmt: skip
    assert states(city) == [("i", "superseded"), ("u", "sent"), ("i", "sent")]
    with pytest.raises(errors.RecordClosed):
        city.app.engine.execute(RetryBatch(city.actor("zc.fagui"), batch["id"]))


def test_a_batch_that_never_gets_through_is_dissolved_and_its_records_wait_again(
    city: CityRig, courier: Courier, receiver: Receiver, queue: Callable[..., UUID]
) -> None:
    queue()
    receiver.is_down = True
    courier.work()
    (batch,) = city.rows(outbound_batch)
    city.app.engine.execute(DissolveBatch(city.actor("zc.fagui"), batch["id"]))
    assert states(city) == [("i", "queued")]
    receiver.is_down = False
    courier.work()
    assert receiver.got[0][0].number == "2026030200002"


def test_receipts_that_come_late_twice_or_for_nothing_leave_a_consistent_state(
    city: CityRig, receiver: Receiver, queue: Callable[..., UUID]
) -> None:
    courier = Courier(city.app.engine, {"exchange": Route(receiver, "370400", presume_hours=24)})
    queue()
    courier.work()
    city.later(hours=23, minutes=59)
    courier.work()
    assert states(city) == [("i", "sent")]
    city.later(minutes=1)
    courier.work()
    assert states(city) == [("i", "accepted")]  # nobody complained
    (row,) = city.rows(outbound_record)
    assert row["is_presumed"]
    receiver.judge(city.clock.now(), "rejected", code="E02")
    stray = Feedback("stray", "no such record", "", "accepted", city.clock.now() + timedelta(minutes=1))
    receiver.says = [*receiver.says, stray, *receiver.says]
    courier.work()
    assert states(city) == [("i", "rejected")]
    assert city.app.engine.execute(RecordFeedback("exchange", receiver.says)) == 0
    assert {row["is_applied"] for row in city.rows(delivery_receipt, receipt_key="stray")} == {False}
    city.app.engine.execute(Resend(city.actor("zc.fagui"), row["id"]))
    assert states(city) == [("i", "superseded"), ("u", "queued")]


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "xml"])
def test_a_batch_becomes_a_file_and_the_feedback_file_is_read_back(sqlite_url: str, tmp_path: Path, form: str) -> None:
    city = CityRig(sqlite_url)
    city.app.engine.execute(Queue({"values": {"item_source": '=1+1"<演示>,'}}))
    courier = Courier(city.app.engine, {"exchange": Route(Files(tmp_path / "out", form), "370400")})
    courier.work()
    (path,) = (tmp_path / "out").glob("*")
    assert path.name == f"exchange-other-2026030200001.{form}"
    content = read_back(path)
    assert '=1+1"<演示>,' in content
    assert "2026030200001" in content
    (row,) = city.rows(outbound_record)
    folder = tmp_path / "out" / "feedback"
    folder.mkdir()
    (folder / "1.csv").write_text(
        f"table_row_guid,table_cd_batch,err_type,remark,cd_time\n{row['row_guid']},2026030200001,E9,字段不符,"
        "2026-03-02 11:00:00\n",
        encoding="utf-8",
    )
    courier.work()
    assert states(city) == [("i", "rejected")]
    city.close()


def read_back(path: Path) -> str:
    """Return all texts of a file, read by what reads such files."""
    if path.suffix == ".json":
        return "\n".join(str(one) for row in json.loads(path.read_bytes())["records"] for one in row.values())
    if path.suffix == ".xml":
        return "\n".join(one.text or "" for one in ElementTree.parse(path).iter())
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return "\n".join(cell for line in csv.reader(file) for cell in line)
    cells = [cell for line in load_workbook(path).active.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    return "\n".join(str(cell.value) for cell in cells)
