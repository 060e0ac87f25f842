"""The courier: forms batches, sends them outside any transaction, and fetches what the receivers say."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from engine.errors import LeaseLost
from engine.process_engine import ProcessEngine
from workflows.delivery.batches import FailBatch, FinishBatch, FormBatches, TakeBatch, Taken
from workflows.delivery.protocol import Adapter, DeliveryFailed
from workflows.delivery.receipts import LastReported, PresumeAccepted, RecordFeedback

logger = logging.getLogger(__name__)
_OVERLAP = timedelta(days=1)  # clocks of receivers differ; what was read before is known by its key
_FEW = 200


@dataclass(frozen=True, slots=True)
class Route:
    """Where a channel goes.

    ``presume_hours`` counts silence as acceptance after so many hours; 0 waits for ever.
    """

    adapter: Adapter
    source: str
    presume_hours: int = 0
    size: int = _FEW


class Courier:
    """Carries every channel that has a route; the others wait."""

    def __init__(self, engine: ProcessEngine, routes: Mapping[str, Route]) -> None:
        self._engine = engine
        self.routes = routes

    def work(self) -> int:
        """Send what waits and fetch what was said; answers how many batches and receipts there were.

        A receiver that fails does not stop the others.
        """
        done = 0
        for channel, route in self.routes.items():
            try:
                done += self._send_all(channel, route) + self._fetch(channel, route)
            except Exception:
                logger.exception("the courier could not serve a channel", extra={"channel": channel})
        return done

    def _send_all(self, channel: str, route: Route) -> int:
        sent = 0
        while True:
            self._engine.execute(FormBatches(channel, route.adapter.name, route.size))
            taken = self._engine.execute(TakeBatch(channel, route.source))
            if taken is None or not self._send(taken, route):
                return sent
            sent += 1

    def _send(self, taken: Taken, route: Route) -> bool:
        try:
            answer = route.adapter.send(taken.batch, taken.rows)
        except DeliveryFailed as exc:
            logger.warning("batch not sent", extra={"batch": taken.batch.number, "reason": str(exc)})
            self._engine.execute(FailBatch(taken.id, taken.fence, str(exc)))
            return False
        try:
            self._engine.execute(FinishBatch(taken.id, taken.fence, answer))
        except LeaseLost:
            logger.warning("batch lost to another worker", extra={"batch": taken.batch.number})
            return False
        return True

    def _fetch(self, channel: str, route: Route) -> int:
        last = self._engine.ask(LastReported(channel))
        found = route.adapter.fetch_feedback(None if last is None else last - _OVERLAP)
        fresh = 0
        for first in range(0, len(found), _FEW):
            fresh += self._engine.execute(RecordFeedback(channel, tuple(found[first : first + _FEW])))
        if route.presume_hours:
            self._engine.execute(PresumeAccepted(channel, route.presume_hours))
        return fresh
