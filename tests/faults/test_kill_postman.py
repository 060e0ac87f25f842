"""A postman is killed between sending and noting: the message comes again under the same id, and nothing is lost."""

import multiprocessing
import signal
from datetime import timedelta
from typing import Any

import pytest

from engine.clock import SystemClock
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import metadata
from engine.store.unit_of_work import Registry
from tests.engine.test_bulk import LINE
from tests.faults import postmen
from tests.processes.receiver import receiving
from workflows.policy import SYSTEM
from workflows.webhooks import Subscriptions, is_genuine
from workflows.webhooks.queue import ListDeliveries
from workflows.webhooks.subscribing import Subscribe

pytestmark = pytest.mark.faults
SPAWN: Any = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.postmen"])


def test_a_message_whose_sender_died_comes_again_under_the_same_id(database_url: str) -> None:
    engine = ProcessEngine(Database(database_url), Runtime(), SystemClock(), Registry({}, (Subscriptions(),)))
    metadata.create_all(engine.database.pool)
    engine.execute(Deploy("test", (LINE,), "test"))
    with receiving() as receiver:
        engine.execute(Subscribe(SYSTEM, "r", receiver.url, "secret", ("case.started", "task.created")))
        engine.execute(StartProcess("line", "L-1", "test"))
        child = SPAWN.Process(target=postmen.die_after_sending, args=(database_url,))
        child.start()
        child.join(30)
        assert child.exitcode == -signal.SIGKILL
        assert receiver.kinds("L-1") == ["case.started"]
        assert {one.status for one in engine.ask(ListDeliveries())} == {"sending", "waiting"}
        assert postmen.deliver(database_url, timedelta(seconds=60)) == 0
        assert postmen.deliver(database_url, timedelta(minutes=3)) == 2
        assert receiver.kinds("L-1") == ["case.started", "case.started", "task.created"]
        first, again, _ = receiver.seen
        assert first[0]["X-Xianjie-Id"] == again[0]["X-Xianjie-Id"]
        assert first[1] == again[1]
        assert is_genuine("secret", *again, now=int(again[0]["X-Xianjie-Timestamp"]))
    assert {one.status for one in engine.ask(ListDeliveries())} == {"delivered"}
    engine.database.close()
