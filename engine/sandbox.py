"""An empty engine with a clock of its own, for trying diagrams out: published conformance cases, an editor's "try it".

Nothing in it lasts: the database lives in memory, time moves only when told, every service task waits for whoever
plays the machines. What it answers is plain JSON, so that it can be offered as it is.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import dmn, errors, feel
from engine.clock import ManualClock
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import BroadcastSignal, CorrelateMessage
from engine.commands.deploy import Deploy, Deployed
from engine.commands.external_tasks import LockExternalTask
from engine.commands.instances import CancelInstance, SetVariables
from engine.commands.jobs import FinishJob, ThrowJobError
from engine.commands.start_process import StartProcess
from engine.commands.task_errors import ThrowTaskError
from engine.commands.trigger import TriggerElement
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.variables import ReadVariables
from engine.spiff.counting import counts_of
from engine.spiff.diagram import Dialect
from engine.spiff.importing import invalid_among
from engine.spiff.model import Resource
from engine.spiff.runtime import Runtime
from engine.spiff.timers import duration
from engine.store.database import Database
from engine.store.tables import (
    history_event,
    job,
    metadata,
    process_definition,
    process_instance,
    subscription,
    user_task,
)
from engine.store.unit_of_work import Registry, UnitOfWork

PUBLISHED_CASES = Dialect(
    language="python", shares_variables=True, implicit_topics=True, late_calls=True, checks_soundness=False
)
"""What the diagrams of published test cases take for granted."""
_LEASE = timedelta(days=36_500)
_MOST_TIMERS = 5_000
_names = itertools.count(1)


class Sandbox:
    """One engine of one's own; not safe to share between threads."""

    def __init__(self, now: datetime, dialect: Dialect = PUBLISHED_CASES) -> None:
        self.clock = ManualClock(now)
        self._database = Database(f"sqlite:///file:sandbox{next(_names)}?mode=memory&cache=shared&uri=true")
        self._held = self._database.pool.connect()  # a database in memory lives as long as a connection to it
        metadata.create_all(self._database.pool)
        registry = Registry({}, (), is_external=lambda _topic: True)
        self._engine = ProcessEngine(self._database, Runtime(dialect=dialect), self.clock, registry)
        self._jobs = JobRunner(self._engine, {}, owner="sandbox", max_attempts=1)
        self._alias: dict[UUID, str] = {}

    def close(self) -> None:
        """Throw everything away."""
        self._held.close()
        self._database.close()

    def deploy(self, files: Mapping[str, bytes]) -> Deployed:
        """Deploy files by name.

        Raises:
            DefinitionInvalid: ``findings`` lists every fault.
        """
        resources = tuple(Resource(name, content) for name, content in files.items())
        return self._engine.execute(Deploy("sandbox", resources, "tester"))

    def decide(self, model: str, decision: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate a decision of a DMN file, given as its text; answers ``result`` or ``error``."""
        functions = {"now": self.clock.now, "today": lambda: self.clock.now().date()}
        try:
            found = dmn.parse_dmn(model.encode(), "model.dmn").evaluate(decision, inputs, functions)
        except errors.AppError as exc:
            return {"error": exc.code}
        return {"result": feel.to_json(found.value)}

    def look_into(self, name: str, content: str) -> dict[str, Any]:
        """Count what a file holds without deploying it; what must be reworked before it can run comes as warnings.

        Raises:
            DefinitionInvalid: it is no valid BPMN.
        """
        findings = self._engine.runtime.inspect((Resource(name, content.encode()),))
        wrong = invalid_among(findings)
        if wrong:
            raise errors.DefinitionInvalid(findings=wrong)
        return {**counts_of(content.encode(), name), "warnings": [dict(one) for one in findings]}

    def start(self, process: str, data: Mapping[str, Any], alias: str | None) -> dict[str, Any]:
        """Start an instance; it may be called by an alias from then on."""
        started = self._engine.execute(StartProcess(process, alias or "sandbox", "tester", data))
        if alias:
            self._alias[started.instance_id] = alias
        self._settle()
        name = self._name(started.instance_id)
        return {"id": name, "ended": self.instance(name)["ended"]}

    def instances(self) -> list[dict[str, str]]:
        """List the instances that were not deleted, oldest first."""
        rows = self._rows(
            select(process_instance.c.id)
            .where(process_instance.c.status != "cancelled")
            .order_by(process_instance.c.started_at, process_instance.c.id)
        )
        return [{"id": self._name(row.id)} for row in rows]

    def instance(self, name: str) -> dict[str, Any]:
        """Describe an instance: where it waits, its variables, and whether an error ended it."""
        key = self._id(name)
        row = self._rows(select(process_instance).where(process_instance.c.id == key))[0]
        tasks = [task["element"] for task in self.tasks() if task["instance"] == name]
        waiting = {found.element_id for table in (subscription, job) for found in self._waiting(table, key)}
        is_failed = row.status == "failed"
        return {
            "ended": row.status in ("completed", "cancelled", "failed"),
            "error": row.end_reason if is_failed else None,
            "tasks": sorted(tasks),
            "waiting": sorted(waiting),
            "data": dict(self._engine.ask(ReadVariables(key))),
        }

    def delete(self, name: str) -> None:
        """Cancel an instance and forget it."""
        self._engine.execute(CancelInstance(self._id(name), "tester", "deleted"))
        self._settle()

    def set_data(self, name: str, data: Mapping[str, Any]) -> None:
        """Change variables of an instance."""
        self._engine.execute(SetVariables(self._id(name), data, "tester", "sandbox"))
        self._settle()

    def tasks(self) -> list[dict[str, Any]]:
        """List what waits for people and for machines, oldest first."""
        people = self._rows(select(user_task).where(user_task.c.status == "open"))
        machines = self._rows(select(job).where(job.c.kind == "external", job.c.status == "waiting"))
        found = [
            *((row.id, row.instance_id, row.element_id, row.name, "user", row.lane, row.variables) for row in people),
            *((row.id, row.instance_id, row.element_id, self._called(row.element_id), "service", None,
               row.payload["variables"]) for row in machines),
        ]  # fmt: skip
        names = ("id", "instance", "element", "name", "type", "lane", "data")
        rows = [dict(zip(names, values, strict=True)) for values in sorted(found, key=lambda values: values[0])]
        return [{**row, "id": str(row["id"]), "instance": self._name(row["instance"])} for row in rows]

    def complete(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Do the work of a person or machine."""
        key = UUID(task_id)
        if self._is_job(key):
            held = self._engine.execute(LockExternalTask(key, "tester", _LEASE))
            self._engine.execute(FinishJob(key, held.fence, data))
        else:
            self._engine.execute(CompleteTask(key, "tester", data))
        self._settle()

    def throw_error(self, task_id: str, code: str) -> None:
        """Throw a BPMN error at a task."""
        key = UUID(task_id)
        if self._is_job(key):
            held = self._engine.execute(LockExternalTask(key, "tester", _LEASE))
            self._engine.execute(ThrowJobError(key, held.fence, code, ""))
        else:
            self._engine.execute(ThrowTaskError(key, "tester", code))
        self._settle()

    def message(self, name: str, data: Mapping[str, Any], correlation: Mapping[str, Any]) -> int:
        """Deliver a message; answers to how many."""
        key = next((str(value) for value in correlation.values()), None)
        try:
            self._engine.execute(CorrelateMessage(name, key, data, "tester"))
        except errors.MessageNotExpected:
            return 0
        self._settle()
        return 1

    def signal(self, name: str, data: Mapping[str, Any]) -> int:
        """Broadcast a signal; answers to how many."""
        count = self._engine.execute(BroadcastSignal(name, data, "tester"))
        self._settle()
        return count

    def trigger(self, element: str, data: Mapping[str, Any]) -> None:
        """Let what waits at an element happen; ``*`` stands for the first that waits."""
        self._engine.execute(TriggerElement(element, data, "tester"))
        self._settle()

    def advance(self, by: str) -> datetime:
        """Move the clock on by an ISO 8601 duration; every timer fires at its own instant."""
        target = self.clock.now() + duration(by)
        for due in itertools.islice(self._dues(target), _MOST_TIMERS):
            self.clock.set(max(due, self.clock.now()))
            self._jobs.run_due()
        self.clock.set(target)
        return target

    def next_timer(self) -> datetime:
        """Move the clock to the next timer and let it fire.

        Raises:
            JobNotFound: no timer waits.
        """
        due = next(self._dues(None), None)
        if due is None:
            raise errors.JobNotFound(reason="no timer waits")
        self.clock.set(max(due, self.clock.now()))
        self._jobs.run_due()
        return self.clock.now()

    def history(self) -> list[dict[str, Any]]:
        """List completed activities, events and gateways in order."""
        rows = self._rows(select(history_event).order_by(history_event.c.at, history_event.c.id))
        kinds = {key: facts["type"] for row in self._definitions() for key, facts in row.elements.items()}
        return [
            {"instance": self._name(row.instance_id), "element": element, "type": kinds.get(element, ""),
             "at": row.at.isoformat()}
            for row in rows
            for what, element, _token, _detail in row.steps
            if what == ("fired" if kinds.get(element) == "boundaryEvent" else "completed")
        ]  # fmt: skip

    def _settle(self) -> None:
        """Deliver what was thrown; timers fire only when the clock is moved."""
        self._jobs.run_due(without="timer")

    def _dues(self, until: datetime | None) -> Iterator[datetime]:
        while True:
            timers = select(job.c.due_at).where(job.c.kind == "timer", job.c.status == "waiting")
            if until is not None:
                timers = timers.where(job.c.due_at <= until)
            row = self._first(timers.order_by(job.c.due_at).limit(1))
            if row is None:
                return
            yield row.due_at

    def _waiting(self, table: Any, key: UUID) -> Sequence[Any]:
        statement = select(table.c.element_id).where(table.c.instance_id == key)
        if table is job:
            statement = statement.where(job.c.kind == "timer")
        return self._rows(statement)

    def _is_job(self, key: UUID) -> bool:
        return self._first(select(job.c.id).where(job.c.id == key)) is not None

    def _definitions(self) -> Sequence[Any]:
        return self._rows(select(process_definition.c.elements))

    def _called(self, element: str) -> str:
        return next((row.elements[element]["name"] for row in self._definitions() if element in row.elements), "")

    def _name(self, key: UUID) -> str:
        return self._alias.get(key, str(key))

    def _id(self, name: str) -> UUID:
        known = next((key for key, alias in self._alias.items() if alias == name), None)
        return known or UUID(name)

    def _rows(self, statement: Any) -> Sequence[Any]:
        return self._engine.ask(_Select(statement))

    def _first(self, statement: Any) -> Any:
        return next(iter(self._rows(statement)), None)


class _Select:
    """A question written on the spot."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement

    def run(self, uow: UnitOfWork) -> Sequence[Any]:
        """Answer all rows."""
        return uow.connection.execute(self._statement).all()


def parsed_instant(text: str) -> datetime:
    """Return an ISO 8601 instant in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


__all__ = ["Sandbox", "parsed_instant"]
