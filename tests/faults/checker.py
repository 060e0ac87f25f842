"""Looks at nothing but the database and the sink, and says what was lost or done twice."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import Engine, create_engine, text

_MOVED = ("instance-started", "task-completed", "job-finished", "timer-fired", "message-received")


def _json(value: object) -> dict[str, object]:
    return dict(orjson.loads(value)) if isinstance(value, str | bytes) else dict(value or {})  # type: ignore[call-overload]


class Stored:
    """What the database holds, read with plain SQL."""

    def __init__(self, url: str) -> None:
        pool = create_engine(url)
        self.instances = {UUID(str(row.id)): row for row in _rows(pool, "process_instance", "id, status, version")}
        self.tasks = {UUID(str(r.id)): r for r in _rows(pool, "user_task", "id, instance_id, element_id, status")}
        self.jobs = _rows(pool, "job", "id, instance_id, status")
        self.waits = _rows(pool, "subscription", "instance_id, token")
        self.history = [
            (UUID(str(row.instance_id)), row.kind, _json(row.detail))
            for row in _rows(pool, "history_event", "instance_id, kind, detail")
        ]
        pool.dispose()

    def faults(self, accepted: Iterable[UUID]) -> list[str]:
        """Return every promise that was broken; empty when none was."""
        return [*self.lost(accepted), *self.completions(), *self.contradictions()]

    def contradictions(self) -> list[str]:
        """Return what state and history tell differently of one case."""
        return [*self._versions(), *self._tokens()]

    def lost(self, accepted: Iterable[UUID]) -> list[str]:
        """Return the answered completions that are not there."""
        return [f"{task} was answered, but is not completed" for task in accepted
                if self.tasks[task].status != "completed"]  # fmt: skip

    def completions(self) -> list[str]:
        """Return the completions that the history does not tell exactly once."""
        told = Counter(UUID(str(detail["task_id"])) for _, kind, detail in self.history if kind == "task-completed")
        done = Counter(task for task, row in self.tasks.items() if row.status == "completed")
        return [f"{task}: {done[task]} completed, {told[task]} in the history" for task in told | done
                if (told[task], done[task]) != (1, 1)]  # fmt: skip

    def _versions(self) -> list[str]:
        moves = Counter(instance for instance, kind, _ in self.history if kind in _MOVED)
        return [f"{key}: version {row.version} after {moves[key]} moves" for key, row in self.instances.items()
                if row.version != moves[key]]  # fmt: skip

    def _tokens(self) -> list[str]:
        waits = Counter(UUID(str(row.instance_id)) for row in self.tasks.values() if row.status == "open")
        waits += Counter(UUID(str(row.instance_id)) for row in (*self.jobs, *self.waits))
        return [f"{key}: {row.status}, but {waits[key]} tokens wait" for key, row in self.instances.items()
                if waits[key] != (1 if row.status == "active" else 0)]  # fmt: skip


def _rows(pool: Engine, table: str, columns: str) -> list[object]:
    with pool.connect() as connection:
        return list(connection.execute(text(f"SELECT {columns} FROM {table}")))


def booked(url: str) -> Counter[tuple[UUID, str]]:
    """Return how often each element of each case wrote into the test's own table."""
    pool = create_engine(url)
    found = Counter((UUID(r.instance_id), r.element_id) for r in _rows(pool, "test_ledger", "instance_id, element_id"))
    pool.dispose()
    return found


def effects(sink: Path) -> dict[UUID, set[UUID]]:
    """Return the idempotency keys that reached the sink, by case."""
    found: dict[UUID, set[UUID]] = {}
    for line in sink.read_text().splitlines():
        instance, key = line.split()
        found.setdefault(UUID(instance), set()).add(UUID(key))
    return found
