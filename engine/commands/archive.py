"""Archive finished cases: their working states go, everything a person can read of them stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from engine.commands.history import Cause, write_history
from engine.commands.holds import is_held
from engine.store.completion_table import completion
from engine.store.tables import incident, job, process_instance, user_task, user_task_candidate
from engine.store.unit_of_work import UnitOfWork

OTHERS = "*"


def ended_before(before: Mapping[str, datetime]) -> ColumnElement[bool]:
    """Return the condition that an instance ended before the instant given for its process, or for the others."""
    case = process_instance.c
    named = [(case.definition_key == key) & (case.ended_at <= at) for key, at in before.items() if key != OTHERS]
    if OTHERS in before:
        others = case.definition_key.not_in([key for key in before if key != OTHERS])
        named.append(others & (case.ended_at <= before[OTHERS]))
    return or_(False, *named)


@dataclass(frozen=True, slots=True)
class ArchiveBatch:
    """Archive up to *limit* finished cases, those that ended first; answers how many.

    ``before`` says by process (``*`` for the others) until when a case must have ended. A case is left alone while it
    is held, while something it has said is still on its way, and while an incident of it is open.
    """

    before: Mapping[str, datetime]
    rule: Mapping[str, str]
    limit: int = 50

    def run(self, uow: UnitOfWork) -> int:
        """Archive them in one transaction of a few statements."""
        case = process_instance.c
        busy = exists().where(job.c.instance_id == case.id)
        broken = exists().where(incident.c.instance_id == case.id, incident.c.resolved_at.is_(None))
        due = (
            select(case.id, case.definition_key)
            .where(case.ended_at.is_not(None), case.archived_at.is_(None), ended_before(self.before))
            .where(~is_held(), ~busy, ~broken)
            .order_by(case.ended_at, case.id)
            .limit(self.limit)
        )
        if uow.connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True, of=process_instance)
        found = uow.connection.execute(due).all()
        if not found:
            return 0
        chosen = [row.id for row in found]
        tasks = select(user_task.c.id).where(user_task.c.instance_id.in_(chosen))
        uow.connection.execute(delete(completion).where(completion.c.instance_id.in_(chosen)))
        uow.connection.execute(delete(user_task_candidate).where(user_task_candidate.c.task_id.in_(tasks)))
        uow.connection.execute(
            update(process_instance).where(case.id.in_(chosen)).values(state=b"", archived_at=uow.now)
        )
        for row in found:
            detail = {"rule": self.rule.get(row.definition_key) or self.rule.get(OTHERS, "")}
            write_history(uow, row.id, [Cause("system", "instance-archived", detail=detail)])
        return len(found)
