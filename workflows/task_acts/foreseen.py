"""What completing a task would send, shown before it is sent: it is tried, looked at and rolled back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.errors import AppError
from engine.process_engine import ProcessEngine
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Do
from workflows.policy import Actor
from workflows.records.letters import letter
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Letter = Mapping[str, Any]


class _Seen(Exception):
    """Ends the attempt before anything is written."""

    def __init__(self, letters: tuple[Letter, ...]) -> None:
        self.letters = letters
        super().__init__("nothing is written")


def letters_foreseen(
    engine: ProcessEngine, rulebook: Rulebook, actor: Actor, task_id: UUID, answers: Mapping[str, Any]
) -> tuple[Letter, ...]:
    """Return what the letters would say that completing a task with checked answers writes; nothing is written.

    A task that cannot be completed now sends nothing; why not is told when it is submitted.
    """

    def attempt(uow: UnitOfWork) -> None:
        done = CompleteUserTask(task_id, actor, answers, rulebook).run(uow)
        mine = (letter.c.business_key == done.business_key) & (letter.c.created_at == uow.now)
        rows = uow.connection.execute(select(letter.c.data).where(mine).order_by(letter.c.id)).all()
        raise _Seen(tuple(row.data for row in rows))

    try:
        engine.execute(Do(attempt))
    except _Seen as seen:
        return seen.letters
    except AppError:
        return ()
    return ()
