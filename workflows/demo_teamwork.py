"""Work among colleagues in the demo city: one open countersign, one copy to read, one comment, one absence, returns."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import user_task
from workflows.absence.register import Leave
from workflows.bootstrap import Application
from workflows.comments import WriteComment
from workflows.desk.asking import Ask
from workflows.desk.task_acts import Options
from workflows.directory import find_actor, office_of
from workflows.policy import Actor
from workflows.reading import CopyCase
from workflows.records.offices import officer
from workflows.signing.people import eligible
from workflows.signing.rounds import OpenRound
from workflows.uow import UnitOfWork, local_day_of
from workflows.worklist.words import describe

RETURNED = 2


def fill_teamwork(app: Application) -> None:
    """Let an officer with an open plan ask two colleagues, copy the case, comment on it, and be away next week."""
    _give_back(app)
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


def _give_back(app: Application) -> None:
    """Let two officers return what they should report on to the step before: the plan does not hold."""
    given = 0
    for task_id, actor in app.engine.ask(Ask(_feedbacks)):
        choices = app.desk.task_acts.return_choices(actor, task_id)
        back = next((one for one in choices if not one.blocked and not one.cancels), None)
        if back is not None and given < RETURNED:
            how = Options(
                target=back.element_id, scope=back.scope, reason="演示：建设单位推迟开工，请调整检查时间。",
                policy="straight_back" if given and back.may_come_back else "replay",
            )  # fmt: skip
            app.desk.task_acts.act(actor, "return", task_id, how)
            given += 1


def _feedbacks(uow: UnitOfWork) -> list[tuple[UUID, Actor]]:
    c = user_task.c
    wanted = select(user_task).where(c.status == "open", c.element_id == "give_feedback", c.held_by.is_(None))
    rows = uow.connection.execute(wanted.order_by(c.created_at, c.id).limit(20)).all()
    people = _people(uow)
    takers = ((row, next((one for one in people if one.groups & set(row.candidate_groups)), None)) for row in rows)
    return [(row.id, one) for row, one in takers if one is not None and row.assignee in (None, one.login)]


def _people(uow: UnitOfWork) -> list[Actor]:
    demo = select(officer.c.login).where(officer.c.is_demo, officer.c.is_active).order_by(officer.c.login)
    return [one for one in (find_actor(uow, login) for login in uow.connection.scalars(demo).all()) if one]


def _first(uow: UnitOfWork) -> tuple[UUID, str, str, Actor, list[Actor]] | None:
    c = user_task.c
    wanted = select(user_task).where(c.status == "open", c.element_id == "plan_supervision", c.held_by.is_(None))
    rows = uow.connection.execute(wanted.order_by(c.created_at, c.id).limit(20)).all()
    people = _people(uow)
    for row in rows:
        owner = next((one for one in people if one.groups & set(row.candidate_groups)), None)
        if owner is None or row.assignee not in (None, owner.login):
            continue
        may = {person.login for person in eligible(uow, owner, row.instance_id)}
        colleagues = [one for one in people if one.login in may and one.unit in office_of(uow, owner.unit)][:2]
        if len(colleagues) == 2:
            return row.id, row.business_key, describe(row.variables)[0], owner, colleagues
    return None
