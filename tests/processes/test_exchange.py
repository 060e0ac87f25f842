"""互联网+监管: told from the work itself, through a front-end database, with rejections, corrections and history."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, insert, select

from tests.processes.inspections import HEAD as INSPECTION_HEAD
from tests.processes.inspections import OTHER_HEAD, assigned, record, submit
from tests.processes.key_areas import mine_of, rated, signal
from tests.processes.penalty_steps import (
    ANSWER,
    DECIDE,
    FIVE,
    LEADER,
    OFFICER,
    PAIR,
    REPORT,
    closed,
    lead,
    serve_decision,
    serve_notice,
)
from tests.processes.rig import CityRig, china
from tests.processes.steps import USCC
from tests.processes.test_penalty import pay
from workflows import errors
from workflows.acts import record_act
from workflows.adapters.front_end import FrontEndDatabase, feedback_table, table_of
from workflows.delivery import CorrectRecord, Courier, Route
from workflows.exchange.collect import DATASETS, AskBackfill, Sweep
from workflows.records.delivery import outbound_record
from workflows.records.exchange import exchange_backfill
from workflows.records.inspections import supervision_act
from workflows.records.libraries import inspection_object, officer_certificate
from workflows.records.offices import item
from workflows.standards import layout
from workflows.uow import UnitOfWork

pytestmark = pytest.mark.clause("zz2020/2.2")


class Hub:
    """The other side of the front-end database: takes what is new, complains about some of it."""

    def __init__(self, path: Path) -> None:
        self.adapter = FrontEndDatabase(f"sqlite:///{path}", create=True)
        self._pool = create_engine(f"sqlite:///{path}")

    def rows(self, key: str) -> list[Mapping[str, Any]]:
        table = table_of(layout(key, date(2026, 3, 2)))
        with self._pool.connect() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(table.c.cd_batch)).mappings()]

    def reject(self, row: Mapping[str, Any], at: datetime, remark: str, kind: str = "E01") -> None:
        values = {
            "cd_time": at.replace(tzinfo=None), "err_type": kind, "remark": remark, "row_guid": str(uuid4()),
            "table_cd_batch": row["cd_batch"], "table_cd_source": "370400", "table_cd_time": at.replace(tzinfo=None),
            "table_name": "行政检查", "table_row_guid": row["row_guid"], "table_sql_name": "up_supervise_check",
            "table_update_time": at.replace(tzinfo=None),
        }  # fmt: skip
        with self._pool.begin() as connection:
            connection.execute(insert(feedback_table()), values)

    def close(self) -> None:
        self.adapter.close()
        self._pool.dispose()


def inspected(city: CityRig) -> str:
    """Inspect with two officers and nothing found; answers the number."""
    done = assigned(city, party_code=USCC)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, decision="confirm")
    return done.number


def told(city: CityRig, **same: Any) -> list[Mapping[str, Any]]:
    rows = city.rows(outbound_record, channel="exchange", **same)
    return sorted(rows, key=lambda row: (row["dataset"], row["source_id"], row["version"]))


def test_what_the_city_does_is_told_once_and_every_record_ends_in_a_consistent_state(
    city: CityRig, tmp_path: Path
) -> None:
    hub = Hub(tmp_path / "front.db")
    courier = Courier(city.app.engine, {"exchange": Route(hub.adapter, "370400", presume_hours=24)})
    number = inspected(city)
    punished(city, number)
    assert visited(city) == 2
    mine = mine_of(city)
    rated(city, mine, "B")
    signal(city, mine)
    city.app.collector.work()
    counts = Counter(row["dataset"] for row in told(city))
    assert counts == {
        "inspection": 2, "penalty": 1, "other_act": 1, "object": len(city.rows(inspection_object)),
        "catalogue": len({row["code"] for row in city.rows(item)}),
        "officer": len(city.rows(officer_certificate)), "credit": counts["credit"], "risk_warning": 1,
    }  # fmt: skip
    assert counts["credit"] >= 1
    held = {(row["dataset"], one["field"]) for row in told(city, status="held") for one in row["findings"]
            if one["level"] == "error"}  # fmt: skip
    assert held == {("other_act", "check_action_code"), ("other_act", "administrative_cp_ce_type"),
                    ("other_act", "administrative_cp_ui_code")}  # fmt: skip
    assert all(row["dataset"] == "other_act" for row in told(city, status="held"))
    right = {"check_action_code": number, "administrative_cp_ce_type": "001", "administrative_cp_ui_code": USCC}
    (wrong,) = told(city, status="held")
    city.app.engine.execute(CorrectRecord(city.actor(INSPECTION_HEAD), wrong["id"], right, "补全"))
    acts = {str(row["id"]): row for row in city.rows(supervision_act)}
    for row in [*told(city, dataset="inspection"), *told(city, dataset="penalty")]:
        assert acts[row["source_id"]]["business_key"] == row["business_key"]
    assert city.app.collector.work() == 0  # nothing is told twice
    assert Counter(row["dataset"] for row in told(city) if row["version"] == 1) == counts

    courier.work()
    checked, visit = sorted(hub.rows("regulation_inspection"), key=lambda row: row["check_action_code"] != number)
    assert visit["check_action_code"].startswith("XC-1-")
    assert checked["check_action_code"] == number
    assert checked["supervise_item_implement_code"].startswith("0115")
    assert (checked["cd_operation"], checked["is_backfill"], len(checked["cd_batch"])) == ("i", "否", 13)
    (penalty,) = hub.rows("regulation_penalty")
    assert penalty["check_action_code"] == number
    assert {row["status"] for row in told(city)} == {"sent", "superseded"}

    hub.reject(checked, china("2026-03-02T11:00:00"), "监管对象名称与登记不符")
    courier.work()
    (wrong,) = told(city, status="rejected")
    assert wrong["dataset"] == "inspection"
    corrected = CorrectRecord(city.actor(INSPECTION_HEAD), wrong["id"], {"supervise_object": "演示置业公司"}, "按登记")
    city.app.engine.execute(corrected)
    courier.work()
    first, second = (row for row in hub.rows("regulation_inspection") if row["check_action_code"] == number)
    assert (second["row_guid"], second["cd_operation"]) == (first["row_guid"], "u")
    assert second["supervise_object"] == "演示置业公司"
    hub.reject(first, china("2026-03-02T11:05:00"), "迟到的退回")  # about the version that was replaced
    courier.work()
    key = wrong["source_id"]
    assert [row["status"] for row in told(city, dataset="inspection", source_id=key)] == ["superseded", "sent"]

    paid_and_closed(city)
    city.later(hours=25)
    courier.work()
    city.app.collector.work()
    courier.work()
    last = told(city, dataset="penalty")[-1]
    assert (last["operation"], last["payload"]["closing_paid_fine"]) == ("u", "20000")
    assert [row["cd_operation"] for row in hub.rows("regulation_penalty")] == ["i", "u"]
    city.later(hours=25)
    courier.work()
    newest = {(row["dataset"], row["source_id"]): row["status"] for row in told(city)}
    assert set(newest.values()) == {"accepted"}
    assert {row["status"] for row in told(city)} == {"accepted", "superseded"}
    hub.close()


@dataclass(frozen=True)
class Visit:
    """A visit on patrol by two officers, and an act of another kind whose party has no number."""

    def run(self, uow: UnitOfWork) -> int:
        pair = [{"login": name, "name": name, "certificate_no": ""} for name in ("演示甲", "演示乙")]
        same: dict[str, Any] = {
            "item_code": "ZR004", "unit": "CG-SZ", "area": "370402", "source": "patrol", "source_id": uow.new_id(),
            "business_key": "XC-1", "happened_at": uow.now, "officers": pair, "result": "no_problem",
        }  # fmt: skip
        record_act(uow, kind="inspection", party_name="演示置业有限公司", party_code=USCC, **same)
        record_act(uow, kind="other", party_name="演示个人", party_code="", **same)
        return 2


def visited(city: CityRig) -> int:
    return city.app.engine.execute(Visit())


def punished(city: CityRig, number: str) -> None:
    """Penalise what an inspection found."""
    lead(city, source="inspection", source_key=number, item_code="ZR004")
    city.complete("check_filing", OFFICER, **FIVE)
    city.complete("approve_filing", LEADER, decision="approve", officers=PAIR)
    city.complete("investigate", OFFICER, **REPORT)
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, **DECIDE)


def paid_and_closed(city: CityRig) -> None:
    serve_decision(city)
    pay(city, 20000)
    city.complete("track_execution", OFFICER, execution="performed", execution_note="")
    closed(city)


def test_history_is_brought_in_when_somebody_asks_marked_as_such_and_once(city: CityRig) -> None:
    inspected(city)
    city.at("2026-05-06T10:00:00")
    city.app.collector.work()
    assert told(city, dataset="inspection") == []
    actor = city.actor("zc.fagui")
    today = date(2026, 5, 6)
    for wrong, field in (
        ({"last_day": date(2026, 5, 7)}, "last_day"), ({"first_day": today, "last_day": date(2026, 1, 1)}, "last_day"),
        ({"reason": " "}, "reason"), ({"dataset": "nothing"}, "dataset"),
    ):  # fmt: skip
        given: dict[str, Any] = {
            "dataset": "inspection", "first_day": date(2026, 3, 2), "last_day": today, "reason": "补录", **wrong,
        }  # fmt: skip
        with pytest.raises(errors.FormInvalid) as refused:
            city.app.engine.execute(AskBackfill(actor, **given))
        assert [one["field"] for one in refused.value.facts["errors"]] == [field]
    for first, last, added in ((date(2026, 3, 3), today, 0), (date(2026, 3, 2), date(2026, 3, 2), 1),
                               (date(2026, 3, 1), today, 0)):  # fmt: skip
        city.app.engine.execute(AskBackfill(actor, "inspection", first, last, "补录三月份检查"))
        city.app.collector.work()
        done = max(city.rows(exchange_backfill), key=lambda row: (row["asked_at"], str(row["id"])))
        assert (done["state"], done["added"]) == ("done", added)
    (row,) = told(city, dataset="inspection")
    assert (row["is_backfill"], row["status"]) == (True, "queued")


def test_every_day_is_looked_at_once_page_by_page(city: CityRig) -> None:
    city.app.collector.work()
    seen = 0
    city.later(hours=24)
    while city.app.engine.execute(Sweep("catalogue", city.app.rulebook, limit=7)):
        seen += 1
    assert seen == len(told(city, dataset="catalogue")) // 7
    assert city.app.engine.execute(Sweep("catalogue", city.app.rulebook, limit=7)) is False


def test_every_dataset_has_a_layout_of_its_own_day_and_a_table() -> None:
    for one in DATASETS.values():
        assert table_of(layout(one.layout, date(2026, 3, 2))).primary_key.columns.keys() == ["row_guid", "cd_batch"]
