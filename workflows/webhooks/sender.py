"""The postman: sends what waits, outside any transaction, and notes what became of it."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from engine.errors import LeaseLost
from engine.process_engine import Command, ProcessEngine
from workflows.webhooks.guard import Guard, NotSent, TargetRefused
from workflows.webhooks.queue import Letter, MarkDelivered, MarkFailed, PutBack, TakeLetters
from workflows.webhooks.signing import ID, SIGNATURE, TIMESTAMP, signature_of

logger = logging.getLogger(__name__)
_ROUNDS = 10
_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Postman:
    """Delivers at least once, with the same id at every attempt."""

    engine: ProcessEngine
    guard: Guard
    size: int = 20

    def work(self) -> int:
        """Send what is due; answers how many were delivered. A receiver that fails does not stop the others."""
        done, failing = 0, set[UUID]()
        for _ in range(_ROUNDS):
            letters = self.engine.execute(TakeLetters(self.size))
            for letter in letters:
                done += self._deliver(letter, failing)
            if not letters:
                break
        return done

    def _deliver(self, letter: Letter, failing: set[UUID]) -> bool:
        if letter.subscription_id in failing:
            self._note(PutBack(letter, _PAUSE))
            return False
        try:
            self.guard.post(letter.url, *self.envelope(letter))
        except (NotSent, TargetRefused) as exc:
            failing.add(letter.subscription_id)
            logger.warning("message not delivered", extra={"delivery": str(letter.id), "reason": str(exc)})
            self._note(MarkFailed(letter, str(exc), is_final=isinstance(exc, TargetRefused)))
            return False
        return self._note(MarkDelivered(letter))

    def envelope(self, letter: Letter) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers of a message as it is sent now."""
        body = orjson.dumps({"id": str(letter.id), **letter.body}, option=orjson.OPT_SORT_KEYS)
        stamp = int(self.engine.clock.now().timestamp())
        headers = {
            "Content-Type": "application/json", "User-Agent": "xianjie-webhooks", ID: str(letter.id),
            "Idempotency-Key": str(letter.id), TIMESTAMP: str(stamp),
            SIGNATURE: signature_of(letter.secret, stamp, str(letter.id), body),
        }  # fmt: skip
        return body, headers

    def _note(self, command: Command[None]) -> bool:
        try:
            self.engine.execute(command)
        except LeaseLost:
            logger.warning("message lost to another worker")
            return False
        return True
