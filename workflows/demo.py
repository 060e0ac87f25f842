"""A demo city with two weeks of work in it: decisions arrive, officers act, and some are late.

Every day is played at its own instant, so that clocks, reminders and orders are what they would really be.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.clock import ShiftedClock
from engine.queries.tasks import ListOpenTasks, OpenTask
from workflows.bootstrap import Application
from workflows.demo_alerts import fill_alerts
from workflows.demo_catalogue import play_catalogue
from workflows.demo_city import DemoCity, DemoReview, DemoTransfer, load_demo_city
from workflows.demo_complaints import fill_complaints
from workflows.demo_construction import fill_construction
from workflows.demo_credit import fill_credit
from workflows.demo_engine import fill_engine
from workflows.demo_exchange import fill_exchange
from workflows.demo_inspections import fill_inspections
from workflows.demo_libraries import fill_libraries
from workflows.demo_oversight import fill_oversight
from workflows.demo_penalties import fill_penalties
from workflows.demo_performance import fill_performance, open_cycles
from workflows.demo_random import fill_random
from workflows.demo_reconciliation import fill_reconciliation
from workflows.demo_rows import COLUMNS, demo_rows, demo_workbook
from workflows.demo_teamwork import fill_teamwork
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.intake.batches import preview_import, take_import_in
from workflows.items import items_on
from workflows.policy import Actor
from workflows.records.approvals import approval
from workflows.records.devolved import delegation
from workflows.records.offices import officer
from workflows.uow import UnitOfWork, local_day_of

DAYS = 13
_LIKELY = {
    "check_push": 0.4, "claim_duty": 0.6, "plan_supervision": 0.4, "give_feedback": 0.5, "acknowledge_feedback": 0.4,
    "acknowledge_copy": 0.5, "arbitrate": 0.5, "reply_to_order": 0.4,
}  # fmt: skip
_MANY = 100_000


def write_demo_workbook(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    """Write rows as an xlsx file in the official layout."""
    path.write_bytes(demo_workbook(rows))


def fill(app: Application, folder: Path, count: int = 320) -> int:
    """Play two weeks up to now; answers how many decisions were taken in.

    ``demo-approvals.xlsx`` in *folder* has all rows: importing it once more shows that nothing is doubled.
    """
    now = app.engine.clock.now()
    known = app.engine.ask(Ask(lambda uow: items_on(uow, local_day_of(uow.now))))
    items = [item for item in known if item.process in app.rulebook.city.decision_processes]
    place = load_demo_city(app.settings.city_folder)
    rows = list(demo_rows(place, items, now, count))
    write_demo_workbook(folder / "demo-approvals.xlsx", iter(rows))
    open_cycles(app)
    play = _Play(app, place)
    taken = 0
    for ago in range(DAYS, -1, -1):
        with _days_before(app, ago):
            today = f"{local_day_of(app.engine.clock.now()):%Y-%m-%d}"
            arrived = [row for row in rows[:count] if row["XK_JDRQ"] == today]
            taken += play.day(today, arrived if ago else arrived + rows[count:])
            for one in place.transfers:
                if one.days_ago == ago:
                    play.transfer(one)
            play_catalogue(app, place, ago)
    for review in place.reviews:
        play.review(review)
    _fill_parts(app, folder, place, rows[0])
    return taken


def _fill_parts(app: Application, folder: Path, place: DemoCity, first: Mapping[str, str]) -> None:
    """Give every part something to show."""
    fill_libraries(app)
    fill_inspections(app, place)
    fill_penalties(app, place.penalties)
    fill_random(app, place.random)
    fill_construction(app, _days_before, place.clerk, first)
    fill_exchange(app, folder)
    fill_complaints(app, _days_before, place.complaints)
    fill_alerts(app, _days_before)
    fill_performance(app)
    fill_credit(app)
    fill_reconciliation(app, place.clerk, DAYS)
    fill_oversight(app)
    fill_teamwork(app)
    fill_engine(app)


@contextmanager
def _days_before(app: Application, days: int) -> Iterator[None]:
    """Let the engine live some days ago."""
    present = app.engine.clock
    app.engine.clock = ShiftedClock(present, -timedelta(days=days))
    try:
        yield
    finally:
        app.engine.clock = present


class _Play:
    """The officers of the demo city."""

    def __init__(self, app: Application, place: DemoCity) -> None:
        self._app = app
        self._place = place
        self._people = app.engine.ask(Ask(_people))
        self._takers: dict[tuple[str, ...], Actor | None] = {}

    def day(self, today: str, arrived: list[dict[str, str]]) -> int:
        """Take the day's decisions in, then let everybody work; answers how many were taken in."""
        app, taken = self._app, 0
        app.jobs.run_due()
        if arrived:
            name = f"演示办件-{today}.xlsx"
            batch = preview_import(app.engine, app.rulebook, self._place.clerk, name, demo_workbook(arrived))
            taken = take_import_in(app.engine, app.rulebook, self._place.clerk, batch, is_demo=True).counts.get(
                "accepted", 0
            )
        app.jobs.run_due()
        for task in app.engine.ask(ListOpenTasks(limit=_MANY)):
            self._maybe(task, today)
        app.jobs.run_due()
        return taken

    def _maybe(self, task: OpenTask, today: str) -> None:
        """Complete a task or leave it for another day, always the same way for the same task."""
        answer = _ANSWERS.get(task.element_id)
        actor = self._taker(task.candidate_groups)
        if answer is None or actor is None:
            return
        chance = random.Random(f"{task.business_key}/{task.element_id}/{actor.unit}/{today}")  # noqa: S311
        likely = _LIKELY[task.element_id] * (0.15 if actor.unit in self._place.slow_units else 1.0)
        if chance.random() < likely:
            self._app.desk.tasks.complete(actor, task.id, answer(chance, task, today))

    def _taker(self, groups: tuple[str, ...]) -> Actor | None:
        if groups not in self._takers:
            self._takers[groups] = next((one for one in self._people if not one.groups.isdisjoint(groups)), None)
        return self._takers[groups]

    def transfer(self, one: DemoTransfer) -> None:
        """Let an officer find a violation and transfer the case."""
        app, found = self._app, self._person(one.finder)
        lead = {
            "source": "检查发现", "found_at": (app.engine.clock.now() - timedelta(hours=2)).isoformat(), "area": one.area,
            "matter": "illegal_building", "place_kind": "planned", "party_name": "演示违建有限公司",
            "project_name": f"演示违建项目{one.area}", "site": "演示路 9 号",
            "facts": "演示：现场加建二层，未取得规划许可。", "evidence": "现场照片三张\n勘测记录一份",
        }  # fmt: skip
        case = app.desk.transfers.register(found, lead).business_key
        checked = {"decision": "transfer", "matter": "illegal_building", "place_kind": "planned",
                   "check_note": "演示：情况属实，属城管职权。"}  # fmt: skip
        self._step(case, found, checked)
        self._step(case, self._person(one.head), {"decision": "approve", "receiver_unit": one.receiver})
        if one.is_accepted:
            squad = next(who for who in self._people if who.unit == one.receiver)
            self._step(case, squad, {"decision": "accept", "case_officer": squad.name})
        app.jobs.run_due()

    def review(self, one: DemoReview) -> None:
        """Let the policy section review a unit's newest files, and score some of them."""
        app, officer = self._app, next(who for who in self._people if who.has("policy_officer"))
        items = select(delegation.c.item_code).where(delegation.c.unit == one.unit)
        mine = select(approval.c.business_key).where(
            approval.c.approving_unit == one.unit, approval.c.item_code.in_(items)
        )
        newest = mine.order_by(approval.c.received_at.desc()).limit(one.files)
        numbers = app.engine.ask(Ask(lambda uow: list(uow.connection.scalars(newest))))
        answers = {"review_scope": "cases", "case_numbers": "\n".join(numbers), "reason": one.reason}
        case = app.desk.devolved.start(officer, one.unit, answers)
        for row in app.desk.worklist.of_case(officer, case)[: one.scored]:
            if row.task_id is not None:
                app.desk.tasks.complete(officer, row.task_id, _SHEET)
        app.jobs.run_due()

    def _person(self, login: str) -> Actor:
        return next(one for one in self._people if one.login == login)

    def _step(self, case: str, actor: Actor, answers: Mapping[str, Any]) -> None:
        self._app.jobs.run_due()
        row = self._app.desk.worklist.of_case(actor, case)[0]
        if row.task_id is not None:
            self._app.desk.tasks.complete(actor, row.task_id, answers)


def _people(uow: UnitOfWork) -> tuple[Actor, ...]:
    logins = list(uow.connection.scalars(select(officer.c.login).where(officer.c.is_demo).order_by(officer.c.login)))
    return tuple(actor for actor in (find_actor(uow, login) for login in logins) if actor is not None)


def _claim(chance: random.Random, task: OpenTask, _today: str) -> Mapping[str, Any]:
    if chance.random() < 0.06 and not task.variables["duty"]["is_final"]:
        return {"decision": "return", "return_code": "outside_remit", "note": "演示：不属于本单位职责，请裁定。"}
    return {"decision": "claim"}


def _feedback(chance: random.Random, _task: OpenTask, today: str) -> Mapping[str, Any]:
    result = chance.choice(("compliant", "compliant", "not_started", "rectified"))
    return {"checked_on": today, "feedback_result": result, "feedback_note": "演示：已按计划现场检查。"}


def _check(_chance: random.Random, task: OpenTask, _today: str) -> Mapping[str, Any]:
    return {
        "category": task.variables["category"], "supervising_units": task.variables["proposed_units"],
        "check_note": "演示：已核对来件。", "is_checked": True,
    }  # fmt: skip


_SHEET: Mapping[str, Any] = {
    **dict.fromkeys(("materials", "conditions", "procedure", "period", "reasons", "publicity"), "yes"),
    "documents": "partly", "holder_state": "consistent", "file_findings": "演示：文书日期涂改一处。",
}  # fmt: skip
_Answer = Callable[[random.Random, OpenTask, str], Mapping[str, Any]]
_ANSWERS: Mapping[str, _Answer] = {
    "check_push": _check,
    "claim_duty": _claim,
    "give_feedback": _feedback,
    "plan_supervision": lambda _chance, _task, today: {
        "supervision_mode": "on_site", "first_check_on": today, "responsible_officer": "演示承办人",
        "plan_note": "演示：现场核查一次，对照许可内容。",
    },
    "acknowledge_feedback": lambda _chance, _task, _today: {"feedback_use": "noted"},
    "acknowledge_copy": lambda _chance, _task, _today: {"decision": "acknowledged"},
    "arbitrate": lambda _chance, _task, _today: {"decision": "keep", "arbitration_note": "演示：属你单位职责。"},
    "reply_to_order": lambda _chance, _task, today: {
        "delay_cause": "staff", "reply_measures": "演示：已安排专人办理。", "promised_on": today,
    },
}  # fmt: skip

__all__ = ["COLUMNS", "demo_rows", "fill", "write_demo_workbook"]
