"""A credit platform for the scenarios: takes what the courier brings, once, and says what it is told to say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.processes.rig import CityRig
from workflows.delivery import Batch, Courier, Feedback, OutboundRow, Route, Sent


class Platform:
    """Keeps what it was sent by the record's key; ``refuse`` is by the number of the document."""

    name = "test"

    def __init__(self, city: CityRig) -> None:
        self.city = city
        self.seen: dict[str, OutboundRow] = {}
        self.refuse: dict[str, str] = {}
        self.is_silent = False
        self.waiting: list[Feedback] = []
        routes = {channel: Route(self, "test") for channel in ("credit", *city.app.rulebook.city.outlets)}
        self.courier = Courier(city.app.engine, routes)

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        for row in records:
            assert row.key not in self.seen
            self.seen[row.key] = row
            if not self.is_silent:
                self.waiting.append(self._answer(batch, row))
        return Sent()

    def _answer(self, batch: Batch, row: OutboundRow) -> Feedback:
        number = str(row.values.get("XK_WSH") or row.values.get("CF_WSH") or row.values.get("GS_BH") or "")
        reason = self.refuse.get(number, "")
        verdict = "rejected" if reason else "accepted"
        return Feedback(
            receipt_key=row.key, record_key=row.row_guid, batch_number=batch.number, verdict=verdict,
            reported_at=self.city.clock.now(), code="E1" if reason else "", message=reason,
        )  # fmt: skip

    def fetch_feedback(self, _since: datetime | None) -> Sequence[Feedback]:
        return list(self.waiting)

    def exchange(self) -> None:
        """Let the courier go once, and let our books follow."""
        self.courier.work()
        self.city.app.follower.work()
        self.city.run()

    def got(self, **same: Any) -> list[OutboundRow]:
        """Return the rows it has, in the order they came."""
        return [row for row in self.seen.values() if all(getattr(row, name) == value for name, value in same.items())]
