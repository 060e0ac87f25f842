"""Random inspections of the demo city: a published plan, a draw awaiting its witness, one that is being inspected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.uow import UnitOfWork, local_day_of

_SCOPE: Mapping[str, Any] = {"direction": "undirected", "per_unit": 2}


@dataclass(frozen=True, slots=True)
class DemoRandom:
    """Who plans, draws, witnesses and approves; the lines of the plan; the tasks ad hoc, drawn or not."""

    planner: str
    approver: str
    witness: str
    lines: tuple[Mapping[str, Any], ...]
    tasks: tuple[Mapping[str, Any], ...]


def demo_random(data: Mapping[str, Any]) -> DemoRandom | None:
    """Read the part of ``demo.toml`` on random inspections, if there is one."""
    if not data:
        return None
    return DemoRandom(
        data["planner"], data["approver"], data["witness"], tuple(data.get("line", ())), tuple(data.get("task", ()))
    )


def fill_random(app: Application, place: DemoRandom | None) -> None:
    """Play the plan up to its publication and each task up to where it is left."""
    if place is None:
        return
    play = _Play(app, place)
    play.plan()
    for one in place.tasks:
        play.task(one)
    app.jobs.run_due()


class _Play:
    """The people of random inspections."""

    def __init__(self, app: Application, place: DemoRandom) -> None:
        self._app, self._place = app, place
        self._today = local_day_of(app.engine.clock.now())

    def plan(self) -> None:
        """Draw up this year's plan; its lines begin next month at the earliest."""
        plans, planner = self._app.desk.random_plans, self._person(self._place.planner)
        year, month = divmod(self._today.year * 12 + self._today.month, 12)
        answers = {"year": year, "title": f"{year} 年度双随机抽查计划（演示）"}
        plan_id = plans.start(planner, answers)
        for one in self._place.lines:
            months = {"month_from": month + 1, "month_to": min(12, month + 2)}
            plans.save_line(planner, plan_id, {**_SCOPE, **months, **one})
        for login, answer in (
            (self._place.planner, {"plan_note": "演示"}),
            (self._place.approver, {"decision": "approve"}),
        ):
            person = self._person(login)
            task_id = plans.plan(person, plan_id).task_id
            if task_id is not None:
                self._app.desk.tasks.complete(person, task_id, answer)

    def task(self, one: Mapping[str, Any]) -> None:
        """Begin a task ad hoc; the operator has sealed, and the witness where it says so."""
        tasks = self._app.desk.random_tasks
        given = {name: value for name, value in one.items() if name not in ("operator", "is_drawn")}
        due = {"due_on": (self._today + timedelta(days=30)).isoformat()}
        operator = self._person(one["operator"])
        key = tasks.start(operator, {**_SCOPE, **due, **given})
        tasks.seal(operator, key, "演示：抽取人的文字")
        if not one["is_drawn"]:
            return
        tasks.seal(self._person(self._place.witness), key, "演示：监督人的文字")
        step = tasks.view(operator, key).mine["confirm_draw"]
        self._app.desk.tasks.complete(operator, step, {"change_kind": "confirm"})

    def _person(self, login: str) -> Actor:
        def read(uow: UnitOfWork) -> Actor | None:
            return find_actor(uow, login)

        found = self._app.engine.ask(Ask(read))
        if found is None:
            raise ValueError(f"the demo has no {login}")
        return found
