"""What only machines needed is forgotten after its term, and nothing before it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from engine.store.tables import command_receipt
from tests.processes.rig import CityRig
from workflows.housekeeping import KEPT, PACE, Housekeeper
from workflows.records.lists import notice_delivery
from workflows.records.offices import login_session
from workflows.records.task_acts import undo_ticket
from workflows.records.webhooks import webhook_delivery, webhook_subscription


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    rig = CityRig(database_url)
    yield rig
    rig.close()


def put(city: CityRig, table: Any, *rows: dict[str, Any]) -> None:
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(insert(table), list(rows))


def fill(city: CityRig) -> None:
    """Write a row of each kind that ends now, and two that must stay whatever their age."""
    now, someone = city.clock.now(), uuid4()
    put(city, command_receipt, {"actor": "x", "key": "k", "fingerprint": "f", "result": {}, "created_at": now})
    put(city, undo_ticket, {"id": uuid4(), "login": "x", "acts": [], "created_at": now})
    put(city, login_session, {
        "id": "s" * 64, "login": "sp.jianshe", "created_at": now, "last_seen_at": now, "expires_at": now, "ip": "",
        "device": "",
    })  # fmt: skip
    notice = {"login": "x", "channel": "mail", "address": "a", "subject": "s", "text": "t", "is_urgent": False,
              "due_at": now, "attempts": 1, "created_at": now, "sent_at": now}  # fmt: skip
    put(city, notice_delivery, {"id": uuid4(), "key": "a", "state": "sent", **notice},
        {"id": uuid4(), "key": "b", "state": "failed", **notice})  # fmt: skip
    put(city, webhook_subscription, {
        "id": someone, "name": "n", "url": "u", "secret": "s", "kinds": [], "is_active": True, "created_by": "x",
        "created_at": now, "changed_by": "x", "changed_at": now,
    })  # fmt: skip
    sent = {"subscription_id": someone, "kind": "k", "instance_id": uuid4(), "business_key": "b", "step": 1, "body": {},
            "attempts": 1, "fence": 1, "due_at": now, "created_at": now, "delivered_at": now}  # fmt: skip
    put(city, webhook_delivery, {"id": uuid4(), "place": 1, "status": "delivered", **sent},
        {"id": uuid4(), "place": 2, "status": "parked", **sent})  # fmt: skip


def left(city: CityRig) -> dict[str, int]:
    return {kept.table.name: len(city.rows(kept.table)) for kept in KEPT}


def test_each_kind_is_forgotten_at_its_term_and_what_failed_stays(city: CityRig) -> None:
    fill(city)
    seconds = [0.0]
    keeper = Housekeeper(city.app.engine, lambda: seconds[0])
    began = city.clock.now()
    whole = left(city)
    for days in sorted({kept.days for kept in KEPT}):
        names = [kept.table.name for kept in KEPT if kept.days == days]
        for seconds_later, gone in ((0, 0), (1, 1)):
            seconds[0] += PACE
            city.clock.set(began + timedelta(days=days, seconds=seconds_later))
            keeper.work()
            assert [left(city)[name] for name in names] == [whole[name] - gone for name in names], f"{days} days"
    assert left(city)["notice_delivery"] == left(city)["webhook_delivery"] == 1


def test_many_rows_go_in_several_transactions_and_only_once_an_hour(city: CityRig) -> None:
    old = city.clock.now() - timedelta(days=31)
    row = {"actor": "x", "fingerprint": "f", "result": {}, "created_at": old}
    put(city, command_receipt, *({**row, "key": str(number)} for number in range(1201)))
    seconds = [PACE]
    keeper = Housekeeper(city.app.engine, lambda: seconds[0])
    assert keeper.work() == 1201
    put(city, command_receipt, {**row, "key": "late"})
    seconds[0] += PACE - 1
    assert keeper.work() == 0
    seconds[0] += 1
    assert keeper.work() == 1


def test_every_worker_keeps_house(city: CityRig) -> None:
    worker = city.app.worker()
    assert any(getattr(chore, "__self__", None).__class__ is Housekeeper for chore in worker._chores)
