"""A courier is killed while it sends and while it reads receipts: nothing is lost, nothing is taken twice."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.store.tables import metadata
from tests.faults import couriers
from tests.processes.rig import Look
from tests.workflows.layout_samples import good
from workflows.delivery import Resend, queue_record
from workflows.policy import SYSTEM
from workflows.records.delivery import delivery_receipt, outbound_batch, outbound_record
from workflows.records.offices import unit
from workflows.standards import layout
from workflows.uow import UnitOfWork, local_day_of

pytestmark = pytest.mark.faults
PATIENCE = 60.0
RECORDS = 10
SPAWN: Any = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.couriers"])


class Fill:
    """Queue records of one dataset."""

    def run(self, uow: UnitOfWork) -> None:
        office = {
            "code": "A", "name": "演示局", "short_name": "演示局", "kind": "other", "level": "city", "area": "370400",
            "valid_from": local_day_of(uow.now),
        }  # fmt: skip
        uow.connection.execute(insert(unit), office)
        values = good(layout("regulation_other", local_day_of(uow.now)))
        for n in range(RECORDS):
            queue_record(
                uow, channel="exchange", dataset="other_act", source="test", source_id=f"{n:03d}", organ="A",
                values={**values, "action_code": f"{n:03d}"}, layout="regulation_other", happened_at=uow.now,
            )  # fmt: skip


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Any]:
    """The engine of the one who looks on; ten records wait."""
    made, _ = couriers.courier_of(database_url, tmp_path, timedelta())
    metadata.create_all(made.database.pool)
    made.execute(Fill())
    yield made
    made.database.close()


def rows(engine: Any, table: Any) -> list[Any]:
    return list(engine.ask(Look(lambda uow: uow.connection.execute(select(table)).all())))


def test_couriers_that_die_lose_nothing_and_the_receiver_takes_nothing_twice(
    engine: Any, database_url: str, tmp_path: Path
) -> None:
    deaths = (
        3,
        9,
        couriers.AFTER_SENDING,
        15,
        19,
        couriers.AFTER_SENDING,
        25,
        33,
        41,
        60,
    )  # forming … reading receipts
    for number, moment in enumerate((*deaths, 0)):
        late = timedelta(minutes=6 * number)  # the leases of the dead have ended
        life = SPAWN.Process(target=couriers.life, args=(database_url, str(tmp_path), late, moment), daemon=True)
        life.start()
        life.join(PATIENCE)
        assert life.exitcode == (-signal.SIGKILL if moment else 0)
        states = Counter(row.status for row in rows(engine, outbound_record))
        assert sum(states.values()) == RECORDS  # nothing is lost at any moment
    look_on(engine, tmp_path, RECORDS)

    rejected = [row.id for row in rows(engine, outbound_record) if row.status == "rejected"]
    assert rejected
    for record_id in rejected:
        engine.execute(Resend(SYSTEM, record_id))
    for number, moment in enumerate((12, 24, 0), len(deaths) + 1):
        late = timedelta(minutes=6 * number)
        life = SPAWN.Process(target=couriers.life, args=(database_url, str(tmp_path), late, moment), daemon=True)
        life.start()
        life.join(PATIENCE)
    look_on(engine, tmp_path, RECORDS + len(rejected))
    newest = {row.source_id: row.status for row in sorted(rows(engine, outbound_record), key=lambda row: row.version)}
    assert Counter(newest.values()) == {"accepted": RECORDS}


def look_on(engine: Any, folder: Path, sent: int) -> None:
    """Every record has reached the receiver once under its key, and every receipt was read once."""
    stored = {row.idempotency_key: row for row in rows(engine, outbound_record)}
    seen = couriers.calls(folder / "calls")
    batches = {row.number: row for row in rows(engine, outbound_batch)}
    assert {row.status for row in batches.values()} == {"sent"}
    assert len(seen) > len(batches)  # somebody did die between sending and noting it
    keys: dict[str, str] = {}
    for number, batch in seen:  # a batch that was sent again was the same
        assert {keys.setdefault(key, number) for key in batch} == {number}
        assert len(batch) == batches[number].size
    assert keys.keys() == stored.keys()
    with couriers.Receiver(folder)._engine().connect() as connection:
        taken = connection.exec_driver_sql("SELECT row_guid, cd_batch FROM up_supervise_other").all()
    assert len(taken) == len(set(taken)) == sent == len(stored)
    receipts = rows(engine, delivery_receipt)
    assert len(receipts) == len({row.receipt_key for row in receipts}) == sent
    assert {row.status for row in stored.values()} <= {"accepted", "rejected", "superseded"}
