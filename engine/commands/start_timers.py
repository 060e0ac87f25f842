"""Timer start events: each is one job that starts an instance when it falls due and then waits for its next time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from engine.commands.jobs import held_job
from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from engine.spiff.timers import Schedule
from engine.store.tables import job
from engine.store.unit_of_work import UnitOfWork


def arm_starts(uow: UnitOfWork, key: str, starts: Iterable[StartTrigger]) -> None:
    """Let the timers of a process's newest version wait instead of those of the version before.

    A timer whose text has not changed goes on as it was, so that a deployment neither skips nor repeats an instant.

    Raises:
        ExpressionFailed: the text of a timer is no instant, duration or repetition.
    """
    mine = (job.c.kind == "start") & (job.c.topic == key)
    old = {row.element_id: row.payload["timer"] for row in uow.connection.execute(select(job).where(mine))}
    new = {start.element_id: start for start in starts if start.kind == "timer"}
    gone = [element for element, timer in old.items() if element not in new or new[element].timer != timer]
    if gone:
        uow.connection.execute(delete(job).where(mine, job.c.element_id.in_(gone)))
    rows = [_row(uow, key, start) for element, start in new.items() if element in gone or element not in old]
    if rows:
        uow.connection.execute(insert(job), rows)


def _row(uow: UnitOfWork, key: str, start: StartTrigger) -> dict[str, object]:
    schedule = uow.runtime.start_schedule(start, now=uow.now)
    return {
        "id": uow.new_id(), "kind": "start", "instance_id": None, "token": 0, "element_id": start.element_id,
        "topic": key, "status": "waiting", "due_at": schedule.due_at, "attempts": 0, "fence": 0,
        "payload": {"timer": start.timer, "schedule": schedule.to_json()}, "created_at": uow.now,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class FireStartTimer:
    """Start one instance of the newest version and wait for the next time, in one transaction.

    After an outage the process starts once, not once for every instant that was missed. The business key is the
    process's key with the instant at which it was due.
    """

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Start it."""
        row = held_job(uow, self.job_id, self.fence)
        schedule = Schedule.from_json(row.payload["schedule"])
        StartProcess(
            key=row.topic,
            business_key=f"{row.topic}-{schedule.due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            actor="system",
            trigger=StartTrigger(row.element_id, "timer", timer=row.payload["timer"]),
        ).run(uow)
        following = schedule.after(uow.now)
        if following is None:
            uow.connection.execute(delete(job).where(job.c.id == self.job_id))
            return
        values = {
            "status": "waiting", "due_at": following.due_at, "attempts": 0, "lease_until": None,
            "payload": {"timer": row.payload["timer"], "schedule": following.to_json()},
        }  # fmt: skip
        uow.connection.execute(update(job).where(job.c.id == self.job_id).values(**values))
