"""A postman that ends by SIGKILL when the receiver has the message and nobody here knows yet."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from engine.clock import ShiftedClock, SystemClock
from engine.process_engine import ProcessEngine
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from workflows.webhooks import Guard, Postman
from workflows.webhooks.guard import networks_of


@dataclass(frozen=True, slots=True)
class Deadly(Guard):
    """Posts, and dies."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        Guard.post(self, url, body, headers)
        os.kill(os.getpid(), signal.SIGKILL)


def postman_of(url: str, later: timedelta, *, is_last: bool = False) -> Postman:
    """Return a postman whose clock is ahead."""
    engine = ProcessEngine(Database(url), Runtime(), ShiftedClock(SystemClock(), later))
    return Postman(engine, (Deadly if is_last else Guard)(networks_of("127.0.0.0/8")))


def deliver(url: str, later: timedelta) -> int:
    """Let a postman work whose clock is ahead; answers how many messages were delivered."""
    postman = postman_of(url, later)
    try:
        return postman.work()
    finally:
        postman.engine.database.close()


def die_after_sending(url: str) -> None:
    """Send one message and die before it is noted."""
    postman_of(url, timedelta(), is_last=True).work()
