"""Rows of every kind, drawn by lot from the values that matter, straight into the tables: nobody has to live them."""

import random
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Boolean, Column, ColumnElement, Date, Float, Integer, Table, Uuid, insert, select, update

from engine.store.tables import UtcDateTime
from tests.processes.rig import CityRig, china
from workflows.desk.asking import Do
from workflows.records.alerts import alert, monitoring_device
from workflows.records.cases import transfer, transfer_milestone
from workflows.records.catalogue import catalogue_batch, catalogue_row
from workflows.records.clocks import running_limit
from workflows.records.complaints import complaint
from workflows.records.credit import credit_entry
from workflows.records.devolved import devolved_file, devolved_review
from workflows.records.inspections import inspection, inspection_record, supervision_act
from workflows.records.key_areas import key_check, key_entry
from workflows.records.libraries import officer_certificate
from workflows.records.offices import item, officer
from workflows.records.orders import supervision_order, supervision_rung
from workflows.records.penalties import penalty_case
from workflows.records.performance import act_audit, audit_round, inaction_finding
from workflows.records.publication import publication
from workflows.records.random_checks import draw_lot, random_target, random_task
from workflows.uow import UnitOfWork

NOW = china("2026-03-11T10:00:00")
DAYS = [china(text) for text in (
    "2025-12-31T23:59:59", "2026-01-01T00:00:00", "2026-02-10T09:00:00", "2026-03-10T12:00:00",
    "2026-03-31T23:59:59", "2026-04-01T00:00:00",
)]  # fmt: skip
MAYBE, FLAG, UNITS = [None, *DAYS], [False, True], ["NR-SZ", "NR-XC"]
ITEMS = ["ZR023", "ZR026", "ZR004", "ZR012"]
NOTHING = object()  # the column is left out, as if nobody had ever written it


class Papers:
    """Writes rows; what is not drawn is filled with something of the column's type."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._lot = random.Random(20260311)
        self._first: dict[Column[Any], Any] = {}

    def draw(self, table: Table, count: int, **values: Sequence[Any]) -> list[dict[str, Any]]:
        """Write so many rows, each with one of the values of every column."""
        return [self.write(table, **{name: self._lot.choice(of) for name, of in values.items()}) for _ in range(count)]

    def write(self, table: Table, **given: Any) -> dict[str, Any]:
        """Write one row."""
        row = {name: value for name, value in given.items() if value is not NOTHING}
        for column in table.columns:
            if column.name not in given and (not column.nullable or column.name == "instance_id"):
                row[column.name] = self._filler(column)
        self._uow.connection.execute(insert(table), row)
        return row

    def _filler(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            if key.column not in self._first:
                self._first[key.column] = self.first(key.column)
            return self._first[key.column]
        for kind, value in ((Uuid, uuid4()), (UtcDateTime, NOW), (Date, NOW.date()), (JSON, []), (Boolean, False),
                            (Integer, 1), (Float, 0.5)):  # fmt: skip
            if isinstance(column.type, kind):
                return value
        return uuid4().hex

    def change(self, table: Table, which: ColumnElement[bool], **values: Any) -> None:
        """Write over rows that are there."""
        assert self._uow.connection.execute(update(table).where(which).values(**values)).rowcount

    def first(self, column: Column[Any]) -> Any:
        """Return the value of a column in some row."""
        return self._uow.connection.scalar(select(column).order_by(column).limit(1))

    def clocks(self, rows: Sequence[dict[str, Any]], limit_name: str) -> None:
        """Give two in three of the rows a clock: ended or not, over or not."""
        for row in rows:
            if self._lot.random() < 0.66:
                self.draw(running_limit, 1, instance_id=[row["instance_id"]], limit_name=[limit_name], unit=UNITS,
                          anchor_at=DAYS, due_at=[*DAYS, NOW], warn_at=DAYS, ended_at=MAYBE, is_late=FLAG)  # fmt: skip


def draw(city: CityRig) -> None:
    """Fill the tables behind the indicators."""

    def run(uow: UnitOfWork) -> None:
        papers = Papers(uow)
        for part in (_catalogue, _inspections, _random_checks, _complaints_and_alerts, _between_offices, _judged):
            part(papers)

    city.app.engine.execute(Do(run))


def _catalogue(papers: Papers) -> None:
    """Make two items differ from the others, and leave one holder of a certificate without an account."""
    papers.change(item, item.c.code == "ZR023", checks=["现场核对"], status="已确认")
    papers.change(item, item.c.code == "ZR026", checks=[], measure="")
    papers.change(officer, officer.c.login == papers.first(officer_certificate.c.login), is_active=False)


def _inspections(papers: Papers) -> None:
    places = [NOTHING, None, {}, {"lat": 34.8, "lon": 117.3}]
    made = papers.draw(inspection, 60, kind=["daily", "random", "special", "joint", "file_review"], opened_at=DAYS,
                       unit=UNITS, party_code=["", "A", "B", "C"], joint_units=[[], [], ["NR-XC"]])  # fmt: skip
    records = papers.draw(inspection_record, 50, inspection_id=[row["id"] for row in made], location=places,
                          evidence=[[], [], [{"sha256": "x"}]])  # fmt: skip
    sources = [row["inspection_id"] for row in records]
    acts = [papers.draw(supervision_act, 1, source_id=[source], kind=[kind], item_code=ITEMS, unit=UNITS,
                        happened_at=DAYS, officers=[[], [{"login": "x"}], [{"login": "x"}]])[0]
            for source in dict.fromkeys(sources) for kind in ("inspection", "penalty")]  # fmt: skip
    rounds = papers.draw(audit_round, 1)
    for place, act in enumerate(acts[:30]):
        papers.draw(act_audit, 1, round_id=[rounds[0]["id"]], act_id=[act["id"]], place=[place], is_false=FLAG,
                    audited_at=MAYBE)  # fmt: skip


def _random_checks(papers: Papers) -> None:
    tasks = papers.draw(random_task, 40, started_at=DAYS, inspected_at=MAYBE, unit=UNITS)
    papers.clocks(tasks, "random_publish")
    for task in tasks:
        lot = papers.write(draw_lot, task_id=task["id"])
        for place in range(2):
            papers.draw(random_target, 1, lot_id=[lot["id"]], task_id=[task["id"]], place=[place],
                        state=["drawn", "done", "dropped", "superseded"])  # fmt: skip
        papers.draw(publication, 1, about=[task["id"], uuid4()], kind=["random_result", "penalty"], is_late=FLAG)


def _complaints_and_alerts(papers: Papers) -> None:
    first = papers.draw(complaint, 1)
    made = papers.draw(
        complaint, 120, received_at=DAYS, unit=[None, *UNITS], merged_into=[None, None, first[0]["id"]],
        replied_at=MAYBE, is_late=FLAG, satisfied=[None, "satisfied", "unsatisfied", "unreachable"],
        reopen_count=[0, 1, 2], item_code=["", *ITEMS, "ZR001"],
    )  # fmt: skip
    papers.clocks(made, "complaint_handle")
    device = papers.write(monitoring_device)
    seen = papers.draw(
        alert, 80, device_id=[device["id"]], received_at=DAYS, unit=UNITS, state=["new", "on_site", "closed"],
        verdict=[None, "true", "false"], dismissal=[None, "false"], checked_at=MAYBE, is_late=[None, *FLAG],
    )  # fmt: skip
    papers.clocks(seen, "alert_on_site")


def _between_offices(papers: Papers) -> None:
    sent = papers.draw(transfer, 80, sent_at=MAYBE, accepted_at=[None, *DAYS[:4]], closed_at=[None, *DAYS[3:]],
                       receiver_unit=[None, "CG-SZ"])  # fmt: skip
    papers.draw(transfer_milestone, 60, transfer_id=[row["id"] for row in sent],
                kind=["accepted", "filed", "not_filed", "decided", "executed", "closed"])  # fmt: skip
    papers.draw(credit_entry, 100, decided_at=DAYS, due_at=[*DAYS, NOW], sent_at=MAYBE, accepted_at=MAYBE,
                faults=[0, 1], is_backfill=FLAG, state=["queued", "sent", "accepted", "exempt"])  # fmt: skip


def _judged(papers: Papers) -> None:
    batches = papers.draw(catalogue_batch, 6, created_at=DAYS, unit=UNITS)
    for place in range(40):
        papers.draw(catalogue_row, 1, batch_id=[row["id"] for row in batches], place=[place],
                    outcome=["new", "changed", "refused"])  # fmt: skip
    entry = papers.write(key_entry)
    for number in range(40):
        papers.draw(key_check, 1, entry_id=[None, entry["id"]], cycle=[f"{number}"], unit=UNITS, ends_at=DAYS,
                    checked_at=MAYBE, missed_at=MAYBE)  # fmt: skip
    review = papers.write(devolved_review)
    papers.draw(devolved_file, 40, review_id=[review["id"]], scored_at=MAYBE, score=[89, 90, 100], is_serious=FLAG,
                is_mismatch=FLAG)  # fmt: skip
    papers.draw(penalty_case, 40, decided_at=MAYBE, outcome=[None, "penalised"], unit=UNITS,
                overturn=[NOTHING, None, {"overturn_kind": "revoked"}])  # fmt: skip
    orders = papers.draw(supervision_order, 10, unit=UNITS)
    papers.clocks(orders, "order_reply")
    papers.draw(supervision_rung, 30, order_id=[row["id"] for row in orders], at=DAYS,
                rung=["warned", "red", "criticised"])  # fmt: skip
    papers.draw(inaction_finding, 40, decided_at=MAYBE, state=["explaining", "confirmed", "appealed", "upheld",
                "revoked"], unit=UNITS)  # fmt: skip
