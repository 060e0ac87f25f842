"""Who may take a task, once it is over: nobody, so that the lists of the open ones stay as quick after years."""

from sqlalchemy import bindparam, delete, select

from engine.store.tables import user_task, user_task_candidate

FORGET_CANDIDATES = delete(user_task_candidate).where(
    user_task_candidate.c.task_id
    == select(user_task.c.id)
    .where(user_task.c.instance_id == bindparam("which"), user_task.c.token == bindparam("at"))
    .scalar_subquery()
)
