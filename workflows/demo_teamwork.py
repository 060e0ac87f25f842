"""Work among colleagues in the demo city: one open countersign, one copy to read, one comment, one absence."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import user_task
from workflows.absence.register import Leave
from workflows.bootstrap import Application
from workflows.comments import WriteComment
from workflows.desk.asking import Ask
from workflows.directory import find_actor, office_of
from workflows.policy import Actor
from workflows.reading import CopyCase
from workflows.records.offices import officer
from workflows.signing.people import eligible
from workflows.signing.rounds import OpenRound
from workflows.uow import UnitOfWork, local_day_of
from workflows.worklist.words import describe


def fill_teamwork(app: Application) -> None:
    """Let an officer with an open plan ask two colleagues, copy the case, comment on it, and be away next week."""
    found = app.engine.ask(Ask(_first))
    if found is None:
        return
    task_id, key, title, owner, colleagues = found
    desk = app.desk.teamwork
    question = "演示：请会签监管计划的检查时间和重点"
    desk.signing.open(OpenRound(task_id, owner, [one.login for one in colleagues], question, "all", "joint"))
    reader = colleagues[-1]
    desk.copy(CopyCase(owner, key, title, [reader.login], [], "演示：请知悉", task_id))
    desk.comment(WriteComment(owner, key, "演示：已与建设单位约定时间。", [reader.login], (), task_id))
    first = local_day_of(app.engine.clock.now()) + timedelta(days=3)
    away = Leave(
        owner.login, owner.unit, reader.login, first, first + timedelta(days=4), "演示：外出学习", is_personal=True,
        may_sign=True,
    )  # fmt: skip
    desk.absence.register(owner, away)


def _first(uow: UnitOfWork) -> tuple[UUID, str, str, Actor, list[Actor]] | None:
    c = user_task.c
    wanted = select(user_task).where(c.status == "open", c.element_id == "plan_supervision", c.held_by.is_(None))
    rows = uow.connection.execute(wanted.order_by(c.created_at, c.id).limit(20)).all()
    demo = select(officer.c.login).where(officer.c.is_demo, officer.c.is_active).order_by(officer.c.login)
    people = [one for one in (find_actor(uow, login) for login in uow.connection.scalars(demo).all()) if one]
    for row in rows:
        owner = next((one for one in people if one.groups & set(row.candidate_groups)), None)
        if owner is None or row.assignee not in (None, owner.login):
            continue
        may = {person.login for person in eligible(uow, owner, row.instance_id)}
        colleagues = [one for one in people if one.login in may and one.unit in office_of(uow, owner.unit)][:2]
        if len(colleagues) == 2:
            return row.id, row.business_key, describe(row.variables)[0], owner, colleagues
    return None
