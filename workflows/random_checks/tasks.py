"""Tasks of random inspection: begun by the plan or ad hoc, and found again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.policy import Actor, require
from workflows.random_checks.plans import check_scope
from workflows.records.random_checks import random_task
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork

PROCESS, MESSAGE = "random_inspection", "random_task_due"
LEADERS_OF_TASKS = ("section_head", "section_officer", "district_officer", "policy_officer")


@dataclass(frozen=True, slots=True)
class StartTask:
    """Begin a random inspection that no plan has; answers its number.

    Raises:
        NotAllowed: the leading unit is not the actor's, and the actor does not oversee.
        FormInvalid, UnknownUnit, UnknownItem.
    """

    actor: Actor
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case; the lists are collected and locked in the same transaction."""
        require(self.actor, *LEADERS_OF_TASKS)
        values = check_scope(uow, self.answers)
        if values["unit"] not in self.actor.units and not self.actor.oversees:
            raise errors.NotAllowed(unit=values["unit"], reason="只能发起本单位牵头的抽查")
        key = next_number(uow, self.rulebook.city.numbers["random_task"], "random_task")
        variables = {
            **values, "plan_line_id": None, "due_on": date.fromisoformat(str(self.answers["due_on"])).isoformat(),
            "reason": self.answers["reason"], "started_by": self.actor.login, "business_key": key,
        }  # fmt: skip
        trigger = StartTrigger("task_due", "message", MESSAGE)
        StartProcess(PROCESS, key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def task_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the task a step belongs to."""
    mine = random_task.c.id == UUID(str(variables["task_id"]))
    return uow.connection.execute(select(random_task).where(mine)).one()


def term_begins(rulebook: Rulebook, due_on: date, today: date) -> date:
    """Return the day from which the limit ends on the last day of a task's own term."""
    return due_on - timedelta(days=rulebook.limits.at("random_task", today).length)


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Change a task."""
    uow.connection.execute(update(random_task).where(random_task.c.id == row.id).values(**values))
