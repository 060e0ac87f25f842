"""The demo's supervision of supervisors: cycles running since last half-year, a finding that is decided, an audit."""

from datetime import timedelta

from sqlalchemy import select

from engine.clock import ShiftedClock
from engine.queries.tasks import ListOpenTasks
from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.performance.audits import StartAudit
from workflows.performance.cycles import OpenDutyCycles, cycle_at
from workflows.performance.periods import current
from workflows.policy import Actor
from workflows.records.offices import officer
from workflows.uow import UnitOfWork

_MANY = 100_000


def open_cycles(app: Application) -> None:
    """Begin the cycles shortly before the last one ended, so that its findings are on the screens."""
    present = app.engine.clock
    ended = cycle_at(app.rulebook, present.now()).begins_at
    app.engine.clock = ShiftedClock(present, ended - timedelta(days=40) - present.now())
    try:
        app.engine.execute(OpenDutyCycles(app.rulebook, "demo"))
        app.jobs.run_due()
    finally:
        app.engine.clock = present


def fill_performance(app: Application) -> None:
    """Let the policy section decide a finding, and begin a sample audit of this quarter."""
    app.jobs.run_due()
    who = _policy_officer(app)
    waiting = [task for task in app.engine.ask(ListOpenTasks(limit=_MANY)) if task.element_id == "decide_inaction"]
    for task in waiting[:1]:
        answers = {"decision": "confirm", "decision_reason": "演示：有对象而未检查。"}
        app.desk.tasks.complete(who, task.id, answers)
    app.engine.execute(StartAudit(who, current(app.rulebook, app.engine.clock.now()).name, app.rulebook))
    app.jobs.run_due()


def _policy_officer(app: Application) -> Actor:
    mine = officer.c.unit == app.rulebook.city.policy_unit

    def read(uow: UnitOfWork) -> Actor | None:
        login = uow.connection.scalar(select(officer.c.login).where(mine).order_by(officer.c.login).limit(1))
        return find_actor(uow, str(login))

    found = app.engine.ask(Ask(read))
    if found is None:
        raise ValueError("nobody works in the policy section of the demo city")
    return found
