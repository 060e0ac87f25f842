"""Credit information of the demo city: what was decided is sent and answered, some of it refused."""

from collections.abc import Sequence
from datetime import datetime

from workflows.bootstrap import Application
from workflows.delivery import Batch, Courier, Feedback, OutboundRow, Route, Sent

_EVERY = 17  # one in so many is refused
_REASON = "演示：许可内容含有平台不接受的字符"


class _DemoPlatform:
    """Takes everything and answers at once."""

    name = "demo"

    def __init__(self, now: datetime, *, refuses: bool) -> None:
        self._now = now
        self._refuses = refuses

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        answers = []
        for place, row in enumerate(records, 1):
            is_refused = self._refuses and place % _EVERY == 0
            answers.append(Feedback(
                receipt_key=f"demo-{row.key}", record_key=row.row_guid, batch_number=batch.number,
                verdict="rejected" if is_refused else "accepted", reported_at=self._now,
                code="D1" if is_refused else "", message=_REASON if is_refused else "",
            ))  # fmt: skip
        return Sent("演示", answers)

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        return ()


def fill_credit(app: Application) -> None:
    """Let the demo platform take what the city owes it; the outlets publish everything."""
    now, outlets = app.engine.clock.now(), app.rulebook.city.outlets
    routes = {"credit": Route(_DemoPlatform(now, refuses=True), "demo")}
    routes |= {outlet: Route(_DemoPlatform(now, refuses=False), "demo") for outlet in outlets}
    Courier(app.engine, routes).work()
    app.follower.work()
    app.jobs.run_due()
