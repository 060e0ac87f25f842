"""Construction in the demo city: projects at several stages, one overdue, one handed over, permits that expire."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.queries.tasks import ListOpenTasks
from workflows.bootstrap import Application
from workflows.demo_rows import demo_workbook
from workflows.desk.asking import Ask
from workflows.directory import colleagues_of, find_actor
from workflows.intake.batches import preview_import, take_import_in
from workflows.items import items_on
from workflows.policy import Actor
from workflows.records.construction import construction_project
from workflows.records.offices import officer
from workflows.uow import UnitOfWork, local_day_of

DaysBefore = Callable[[Application, int], AbstractContextManager[None]]
_TEMPORARY = "临时建设规划许可"
_PASSED = (5, 3, 2, 2)  # how many stages the first projects have behind them; the next has only asked
_MANY = 100_000


def fill_construction(app: Application, days_before: DaysBefore, clerk: str, model: Mapping[str, str]) -> None:
    """Bring the oldest projects forward, and let two temporary permits come to their end."""
    play = _Play(app)
    play.temporary(days_before, clerk, model)
    found = app.engine.ask(Ask(_projects))
    for stages, project_id in zip(_PASSED, found, strict=False):
        play.forward(project_id, stages)
    for project_id in found[2:4]:
        play.fail(project_id)
    if len(found) > 3:
        play.hand_over(found[3])
    if len(found) > 4:
        with days_before(app, play.age(found[4])):
            play.ask(found[4])
    app.jobs.run_due()


def _projects(uow: UnitOfWork) -> list[UUID]:
    """Return the oldest buildings whose unit has two persons."""
    several = select(officer.c.unit).where(officer.c.is_active).group_by(officer.c.unit).having(func.count() > 1)
    mine = construction_project.c.unit.in_(several) & (construction_project.c.project_type == "building")
    statement = select(construction_project.c.id).where(mine).order_by(construction_project.c.opened_at)
    return list(uow.connection.scalars(statement.limit(8)))


class _Play:
    """The officers who check."""

    def __init__(self, app: Application) -> None:
        self._app, self._desk = app, app.desk.construction

    def temporary(self, days_before: DaysBefore, clerk: str, model: Mapping[str, str]) -> None:
        """Let two temporary permits be granted: one is over since yesterday, one will be in three weeks."""
        today = local_day_of(self._app.engine.clock.now())
        item = next((one for one in self._app.engine.ask(Ask(lambda uow: items_on(uow, today)))
                     if one.category == _TEMPORARY), None)  # fmt: skip
        if item is None:
            return
        rows = []
        for number, days in enumerate((-1, 20), 1):
            name, document = f"演示临时工棚{number}号", f"演示临字第{today.year}-{number}号"
            rows.append({
                **model, "XK_XKZS": item.name, "task_name": item.name, "XK_WSH": document, "XK_XKBH": document,
                "XK_NR": name, "project_name": name, "project_no": f"YS-LS-{number}", "result_type": "准予",
                "XK_JDRQ": f"{today - timedelta(days=4):%Y-%m-%d}", "XK_YXQZ": f"{today - timedelta(days=4):%Y-%m-%d}",
                "XK_YXQZI": f"{today + timedelta(days=days):%Y-%m-%d}",
            })  # fmt: skip
        with days_before(self._app, 4):
            name = "演示临时许可.xlsx"
            batch = preview_import(self._app.engine, self._app.rulebook, clerk, name, demo_workbook(rows))
            take_import_in(self._app.engine, self._app.rulebook, clerk, batch, is_demo=True)
            self._app.jobs.run_due()
            for task in self._app.engine.ask(ListOpenTasks(limit=_MANY)):
                if task.element_id == "claim_duty" and str(task.variables["project_name"]).startswith("演示临时工棚"):
                    self._complete(task.candidate_groups, task.id, {"decision": "claim"})
            self._app.jobs.run_due()
        self._app.jobs.run_due()

    def age(self, project_id: UUID) -> int:
        """Return for how many days a project is tracked, at most nine."""
        age: timedelta = self._app.engine.clock.now() - self._row(project_id)["opened_at"]
        return min(9, age.days)

    def forward(self, project_id: UUID, stages: int) -> None:
        """Write the indicators down and pass some stages."""
        row = self._row(project_id)
        answers = {
            "project_type": "building", "permitted_height": 54, "permitted_area": 12000, "sign_place": "演示工地大门",
            "coordinates": "3856123.42,39512345.67\n3856123.42,39512405.67", "builder_contact": "演示联系人",
        }  # fmt: skip
        self._desk.change(self._person(row["unit"]), project_id, answers)
        for _ in range(stages):
            self.ask(project_id)
            self._check(project_id, "compliant")

    def ask(self, project_id: UUID) -> None:
        """Register that the builder asks for the next check."""
        row = self._row(project_id)
        today = local_day_of(self._app.engine.clock.now())
        answers = {"requested_on": today.isoformat(), "surveyor": "演示测绘院"}
        self._desk.request(self._person(row["unit"]), project_id, row["stage"], answers)

    def fail(self, project_id: UUID) -> None:
        """Let the next check find the building in the wrong place."""
        self.ask(project_id)
        self._check(project_id, "not_compliant")

    def hand_over(self, project_id: UUID) -> None:
        """Let the builder refuse to correct."""
        answers = {"decision": "not_corrected", "violation_facts": "演示：超出用地红线 0.6 米，拒不改正。"}
        self._of_case(project_id, "recheck_correction", answers)

    def _check(self, project_id: UUID, verdict: str) -> None:
        row = self._row(project_id)
        people = self._app.engine.ask(Ask(lambda uow: colleagues_of(uow, row["unit"])))
        measures = next(one["measures"] for one in row["checkpoints"] if one["code"] == row["stage"])
        today = local_day_of(self._app.engine.clock.now()).isoformat()
        bad = verdict != "compliant"
        answers = {
            "checked_on": today, "officer_1": people[0]["value"], "officer_2": people[1]["value"], "verdict": verdict,
            "findings": "演示：西南角超出许可位置。" if bad else "演示：与许可相符。",
            "coordinate_deviation": (0.6 if bad else 0.02) if "coordinate" in measures else None,
            "measured_height": 54.02 if "height" in measures else None,
        }  # fmt: skip
        self._of_case(project_id, "check_line", {key: value for key, value in answers.items() if value is not None})

    def _of_case(self, project_id: UUID, element: str, answers: Mapping[str, Any]) -> None:
        key = self._row(project_id)["business_key"]
        task = next(one for one in self._app.engine.ask(ListOpenTasks(limit=_MANY))
                    if (one.business_key, one.element_id) == (key, element))  # fmt: skip
        self._complete(task.candidate_groups, task.id, answers)
        self._app.jobs.run_due()

    def _complete(self, groups: tuple[str, ...], task_id: UUID, answers: Mapping[str, Any]) -> None:
        self._app.desk.tasks.complete(self._person(groups[0].rpartition("/")[0]), task_id, answers)

    def _row(self, project_id: UUID) -> Mapping[str, Any]:
        def read(uow: UnitOfWork) -> Mapping[str, Any]:
            mine = construction_project.c.id == project_id
            return dict(uow.connection.execute(select(construction_project).where(mine)).mappings().one())

        return self._app.engine.ask(Ask(read))

    def _person(self, unit: str) -> Actor:
        login = self._app.engine.ask(Ask(lambda uow: colleagues_of(uow, unit)))[0]["value"]
        found = self._app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
        if found is None:
            raise ValueError(f"the demo has nobody at {unit}")
        return found
