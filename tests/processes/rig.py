"""A whole city on one database, with a clock that only moves when told."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from alembic import command
from sqlalchemy import select

from engine.queries.tasks import ListOpenTasks, OpenTask
from engine.store.tables import metadata
from engine.testing import FakeClock
from tests.processes import templates
from workflows import bootstrap
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.commands.load_city import LoadCity
from workflows.commands.register_lead import LeadRegistered, RegisterLead
from workflows.directory import find_actor
from workflows.intake.reading import read_decision
from workflows.intake.submit import IntakeResult, SubmitDecision
from workflows.migrate import config_for
from workflows.policy import Actor
from workflows.records.orders import supervision_order
from workflows.settings import Settings
from workflows.uow import UnitOfWork

CHINA = ZoneInfo("Asia/Shanghai")
CITY = Path(bootstrap.__file__).parent / "cities" / "zaozhuang"
SAMPLE = {
    "XK_XDR_MC": "演示置业有限公司", "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": "91370400MA3C0DEM01",
    "XK_XKWS": "建设工程规划许可决定书", "XK_WSH": "建字第370402202600001号", "XK_XKLB": "普通",
    "XK_XKZS": "建设工程规划许可证（建筑类）", "XK_XKBH": "建字第370402202600001号", "XK_NR": "演示住宅小区",
    "XK_JDRQ": "2026-03-02", "XK_YXQZ": "2026-03-02", "XK_YXQZI": "2027-03-02",
    "XK_XKJG": "枣庄市行政审批服务局", "XK_ZT": "1", "area": "370402", "project_no": "BJ-1",
    "project_name": "演示住宅小区", "site": "光明路 1 号",
}  # fmt: skip


def china(text: str) -> datetime:
    """Return an instant written in Chinese time."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def build(url: str, start: str) -> None:
    """Make the city's tables in an empty database, load its files and deploy its diagrams."""
    app = bootstrap.build(Settings(database=url, secret="s" * 40), clock=FakeClock(china(start)))
    app.engine.runtime._cache = templates.COMPILED
    metadata.create_all(app.engine.database.pool)
    command.stamp(config_for(url), "head")
    app.engine.execute(LoadCity(CITY, "tester"))
    app.rulebook.attach(app.engine)
    bootstrap.deploy_diagrams(app.engine)
    app.close()


class CityRig:
    """The application, its clock, and the people of the demo city."""

    def __init__(self, url: str, start: str = "2026-03-02T10:00:00", **settings: Any) -> None:
        templates.fill(url, start, build)
        self.clock = FakeClock(china(start))
        self.app = bootstrap.build(Settings(database=url, secret="s" * 40, **settings), clock=self.clock)
        self.app.engine.runtime._cache = templates.COMPILED
        self.app.rulebook.attach(self.app.engine)

    def close(self) -> None:
        self.app.close()

    def actor(self, login: str) -> Actor:
        found = self.app.engine.ask(Look(lambda uow: find_actor(uow, login)))
        assert found is not None, login
        return found

    def submit(self, **changes: str) -> IntakeResult:
        row = {**SAMPLE, **changes}
        now = self.clock.now()
        decision, messages = read_decision(row, "dual_publicity_licence", self.app.rulebook.city.result_types, now)
        assert decision is not None, messages
        return self.app.engine.execute(
            SubmitDecision(decision, tuple(messages), self.app.rulebook, "sp.jianshe", "file")
        )

    def tasks(self, element: str | None = None) -> list[OpenTask]:
        found = self.app.engine.ask(ListOpenTasks())
        return [task for task in found if element in (None, task.element_id)]

    def elements(self) -> list[str]:
        return sorted(task.element_id for task in self.tasks())

    def complete(self, element: str, login: str, *, nth: int = 0, **answers: Any) -> Any:
        actor = self.actor(login)
        mine = [task for task in self.tasks(element) if not actor.groups.isdisjoint(task.candidate_groups)]
        assert mine, f"{login} has no {element}; open: {[(t.element_id, t.candidate_groups) for t in self.tasks()]}"
        form = self.app.engine.ask(Look(lambda uow: self.app.forms.of_task(uow, uow.task(mine[nth].id))))
        context = self.app.desk.tasks.task_context(actor, mine[nth])
        checked = form.validate(answers, context)
        return self.app.engine.execute(CompleteUserTask(mine[nth].id, actor, checked, self.app.rulebook))

    def lead(self, login: str, approval_id: UUID | None = None, **lead: Any) -> LeadRegistered:
        return self.app.engine.execute(RegisterLead(self.actor(login), lead, self.app.rulebook, approval_id))

    def run(self) -> int:
        return self.app.jobs.run_due()

    def at(self, text: str) -> None:
        """Move the clock to an instant in Chinese time and let everything due happen."""
        self.clock.set(china(text))
        self.run()

    def later(self, **length: float) -> None:
        self.clock.advance(timedelta(**length))
        self.run()

    def rows(self, table: Any, **same: Any) -> list[Mapping[str, Any]]:
        def read(uow: UnitOfWork) -> list[Mapping[str, Any]]:
            statement = select(table)
            for name, value in same.items():
                statement = statement.where(table.c[name] == value)
            return [dict(row) for row in uow.connection.execute(statement).mappings()]

        return self.app.engine.ask(Look(read))


class Look:
    """A question written on the spot."""

    def __init__(self, ask: Any) -> None:
        self._ask = ask

    def run(self, uow: UnitOfWork) -> Any:
        return self._ask(uow)


def warned(city: CityRig, element: str, at: str) -> None:
    """Hold the warning of a duty to its instant, when nothing is overdue yet; then it is nine in the morning."""
    both_sides(city, at, lambda: city.rows(supervision_order, cause_element=element))
    assert {row["rung"] for row in city.rows(supervision_order, cause_element=element)} == {"warned"}
    city.later(hours=9)


def both_sides(city: CityRig, at: str, happened: Callable[[], object]) -> None:
    """Hold a deadline to its instant in Chinese time: a second earlier it has not *happened*, then it has."""
    city.clock.set(china(at) - timedelta(seconds=1))
    city.run()
    assert not happened(), f"a second before {at}"
    city.at(at)
    assert happened(), f"at {at}"
