"""The worklist in the order of what is due: page by page, and what has no limit after all that has one."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from engine.store.tables import user_task
from tests.processes.rig import CityRig
from workflows.desk.asking import Do
from workflows.desk.worklist import WorklistFilter, WorklistRow
from workflows.records.clocks import running_limit
from workflows.uow import UnitOfWork

OFFICER, MANY, LACK = "ks.jsgc", 7, 3


def test_tasks_without_a_limit_come_last_and_no_page_loses_or_repeats_one(city: CityRig) -> None:
    for number in range(MANY):
        city.submit(project_no=f"BJ-{number}", XK_WSH=f"建字第3704022026{number:05}号", XK_XKBH=f"演示{number}")
        city.clock.advance(timedelta(hours=2))
    mine = city.actor(OFFICER).groups
    tasks = sorted((one for one in city.tasks() if mine & set(one.candidate_groups)), key=lambda one: one.id)
    without = [task.id for task in tasks[:LACK]]  # those that came first: they would be first by their arrival
    city.app.engine.execute(Do(lambda uow: _free(uow, without)))
    same = [task.id for task in tasks[LACK : LACK + 2]]  # two that are due at one instant are told apart all the same
    last = max(_dues(city.app.desk.worklist.page(city.actor(OFFICER), WorklistFilter()).rows))
    city.app.engine.execute(Do(lambda uow: _tie(uow, same, last)))

    whole = city.app.desk.worklist.page(city.actor(OFFICER), WorklistFilter()).rows
    assert len(tasks) >= MANY
    assert {row.task_id for row in whole} == {task.id for task in tasks}
    assert _dues(whole) == sorted(_dues(whole))
    assert [row.task_id for row in whole if row.due_at is None] == without
    assert [row.due_at is None for row in whole] == [False] * (len(tasks) - LACK) + [True] * LACK

    for limit in range(1, len(whole) + 1):  # every border between two pages: before, at and behind the last limit
        assert _walked(city, limit) == [row.task_id for row in whole]


def _walked(city: CityRig, limit: int) -> list[object]:
    seen: list[object] = []
    after = ""
    while True:
        page = city.app.desk.worklist.page(city.actor(OFFICER), WorklistFilter(limit=limit, after=after))
        assert len(page.rows) <= limit
        seen += [row.task_id for row in page.rows]
        if not page.next:
            return seen
        after = page.next


def _dues(rows: tuple[WorklistRow, ...]) -> list[datetime]:
    return [row.due_at for row in rows if row.due_at is not None]


def _free(uow: UnitOfWork, tasks: list[object]) -> None:
    uow.connection.execute(delete(running_limit).where(running_limit.c.task_id.in_(tasks)))
    uow.connection.execute(update(user_task).where(user_task.c.id.in_(tasks)).values(due_at=None))


def _tie(uow: UnitOfWork, tasks: list[object], at: datetime) -> None:
    uow.connection.execute(update(running_limit).where(running_limit.c.task_id.in_(tasks)).values(due_at=at))
    uow.connection.execute(update(user_task).where(user_task.c.id.in_(tasks)).values(due_at=at))
