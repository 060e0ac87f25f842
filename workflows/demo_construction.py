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
from workflows.records.construction import construction_project, patrol_subject
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
    if len(found) < 2:
        return
    play.patrol(found[0], {"patrol_result": "no_problem", "patrol_note": "演示：按许可施工，公示牌完好。"})
    found_more = {"patrol_note": "演示：东侧多建一间。", "violation_facts": "演示：东侧未经许可加建一间。"}
    play.patrol(found[1], {"patrol_result": "finding", **found_more})


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

    def patrol(self, project_id: UUID, answers: Mapping[str, Any]) -> None:
        """Let the squad look at a project out of turn, if it patrols it."""
        mine = patrol_subject.c.approval_id == self._row(project_id)["approval_id"]
        planned = mine & (patrol_subject.c.state == "planned")
        row = self._app.engine.ask(
            Ask(lambda uow: uow.connection.execute(select(patrol_subject).where(planned)).first())
        )
        if row is None:
            return
        head = next(one for one in self._people(row.unit) if one.has("squad_head"))
        self._app.desk.sites.spot_check(head, row.id, {"spot_reason": "演示：群众反映夜间施工"})
        task = next(one for one in self._app.engine.ask(ListOpenTasks(limit=_MANY))
                    if (one.business_key, one.element_id) == (row.business_key, "patrol_site"))  # fmt: skip
        self._app.desk.tasks.complete(head, task.id, answers)
        self._app.jobs.run_due()

    def _people(self, unit: str) -> list[Actor]:
        def read(uow: UnitOfWork) -> list[Actor]:
            found = [find_actor(uow, one["value"]) for one in colleagues_of(uow, unit)]
            return [one for one in found if one is not None]

        return self._app.engine.ask(Ask(read))

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
        return self._people(unit)[0]
