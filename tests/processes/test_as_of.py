"""当时视图: what was written down while a case ran equals what the view of that instant shows later."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.commands.claim_task import AssignTask, ClaimTask, ReleaseTask
from engine.store.tables import history_event, process_instance, user_task
from tests.processes.rig import CITY, CityRig, china
from tests.processes.steps import CITY as SECTION
from tests.processes.steps import CLAIM, DISTRICT, feedback, permit, plan, returned, sent_transfer
from workflows.as_of.rules import RecordRuleFiles, limits_then
from workflows.commands.clocks import ApprovePause, ExtendClock, RequestPause, ResumeClock
from workflows.desk.asking import Ask, Do
from workflows.errors import CaseNotFound, FormInvalid
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty, transfer
from workflows.records.clocks import calendar_override, running_limit, time_limit
from workflows.records.letters import letter, receipt
from workflows.records.orders import supervision_order
from workflows.shipped import BPMN_FOLDER
from workflows.uow import UnitOfWork

pytestmark = pytest.mark.clause("zz2020/2.1", "zz2020/2.8")
HEAD, POLICY = "ks.jsgc.kz", "zc.fagui"
DUTY = ("id", "unit", "round", "state", "claimed_by", "claimed_at", "ended_at", "is_late")
COPY = ("id", "unit", "acknowledged_at", "acknowledged_by", "renotified")
TRANSFER = ("id", "state", "receiver_unit", "number", "sent_at", "accepted_at", "close_reason")
ORDER = ("id", "rung", "state", "red_at", "number", "replied_at")
APPROVAL = ("id", "revision", "result", "project_name")
CLOCK = ("id", "unit", "due_at", "warn_at", "paused_since", "ended_at", "limit_version")


def picked(rows: Any, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[name] for name in names) for row in rows), key=str)


def snapshot(city: CityRig, key: str) -> dict[str, Any]:
    """Write down what the tables hold of a case now, without the view."""

    def read(uow: UnitOfWork) -> dict[str, Any]:
        case = uow.connection.execute(
            select(process_instance).where(process_instance.c.business_key == key)
        ).mappings().one()  # fmt: skip
        mine = case["id"]

        def rows(table: Any, where: Any) -> Any:
            return uow.connection.execute(select(table).where(where)).mappings().all()

        caused = (supervision_order.c.instance_id == mine) | (supervision_order.c.cause_business_key == key)
        tasks = rows(user_task, user_task.c.instance_id == mine)
        return {
            "status": case["status"],
            "tasks": picked(tasks, ("id", "status")),
            "owners": picked([t for t in tasks if t["status"] == "open"], ("id", "assignee")),
            "clocks": picked(rows(running_limit, running_limit.c.instance_id == mine), CLOCK),
            "duties": picked(rows(duty, duty.c.instance_id == mine), DUTY),
            "copies": picked(rows(copy, copy.c.instance_id == mine), COPY),
            "transfers": picked(rows(transfer, transfer.c.instance_id == mine), TRANSFER),
            "orders": picked(rows(supervision_order, caused), ORDER),
            "approvals": picked(rows(approval, approval.c.instance_id == mine), APPROVAL),
            "letters": picked(rows(letter, letter.c.instance_id == mine), ("number",)),
            "receipts": picked(rows(receipt, receipt.c.instance_id == mine), ("number",)),
            "history": len({row["id"] for row in rows(history_event, history_event.c.instance_id == mine)}),
        }

    return city.app.engine.ask(Ask(read))


def seen(city: CityRig, key: str, at: datetime) -> dict[str, Any]:
    """Return the same facts as the view of an instant has them."""
    then = city.app.desk.as_of.case(city.actor(POLICY), key, at).then
    return {
        "status": then.status,
        "tasks": sorted(((one.id, one.status) for one in then.tasks), key=str),
        "owners": sorted(((one.id, one.owner) for one in then.tasks if one.status == "open"), key=str),
        "clocks": picked(then.clocks, CLOCK), "duties": picked(then.duties, DUTY),
        "copies": picked(then.copies, COPY), "transfers": picked(then.transfers, TRANSFER),
        "orders": picked(then.orders, ORDER), "approvals": picked(then.approvals, APPROVAL),
        "letters": picked(then.letters, ("number",)), "receipts": picked(then.receipts, ("number",)),
        "history": len({line.id for line in then.lines}),
    }  # fmt: skip


class Walk:
    """A city in which every step is followed by a snapshot of all its cases."""

    def __init__(self, city: CityRig) -> None:
        self.city = city
        self.taken: list[tuple[datetime, str, dict[str, Any]]] = []

    def look(self) -> None:
        self.city.run()
        keys = {row["business_key"] for row in self.city.rows(process_instance)}
        self.taken += [(self.city.clock.now(), key, snapshot(self.city, key)) for key in sorted(keys)]
        self.city.clock.advance(timedelta(minutes=7))

    def do(self, number: int) -> None:
        """Do one of the things that change cases, if it can be done now."""
        city = self.city
        moves = (self._claim, self._pause, self._extend, self._return, self._plan, self._copy, self._day, self._own)
        moves[number % len(moves)](city)
        self.look()

    def _claim(self, city: CityRig) -> None:
        self._try("claim_duty", SECTION, **CLAIM)

    def _return(self, city: CityRig) -> None:
        self._try("claim_duty", DISTRICT, **returned("outside_remit"))

    def _plan(self, city: CityRig) -> None:
        self._try("plan_supervision", SECTION, **plan(f"{city.clock.now().date()}"))
        self._try("give_feedback", SECTION, **feedback(f"{city.clock.now().date()}"))

    def _copy(self, city: CityRig) -> None:
        self._try("acknowledge_copy", "cg.sz", decision="acknowledged")
        self._try("receive_transfer", "cg.sz", decision="accept", case_officer="演示")

    def _day(self, city: CityRig) -> None:
        city.later(days=1)

    def _try(self, element: str, login: str, **answers: Any) -> None:
        actor = self.city.actor(login)
        if any(not actor.groups.isdisjoint(task.candidate_groups) for task in self.city.tasks(element)):
            self.city.complete(element, login, **answers)

    def _own(self, city: CityRig) -> None:
        for task in city.tasks("claim_duty")[:1]:
            who = SECTION if "NR-CITY-JSGC" in task.candidate_groups[0] else DISTRICT
            city.app.engine.execute(ClaimTask(task.id, who))
            self.look()
            city.app.engine.execute(AssignTask(task.id, "zr.sz", who, "转办"))
            self.look()
            city.app.engine.execute(ReleaseTask(task.id, "zr.sz"))

    def _clock(self) -> Any:
        rows = [
            row for row in self.city.rows(running_limit) if row["ended_at"] is None and row["unit"] == "NR-CITY-JSGC"
        ]
        return rows[0] if rows else None

    def _pause(self, city: CityRig) -> None:
        clock = self._clock()
        if clock is None:
            return
        if clock["paused_since"] is None:
            city.app.engine.execute(RequestPause(clock["id"], city.actor(SECTION), "等待材料"))
            city.app.engine.execute(ApprovePause(clock["id"], city.actor(HEAD)))
        else:
            city.app.engine.execute(ResumeClock(clock["id"], city.actor(HEAD), "材料已到", city.app.rulebook))

    def _extend(self, city: CityRig) -> None:
        clock = self._clock()
        if clock is not None and clock["paused_since"] is None:
            extend = ExtendClock(clock["id"], city.actor(HEAD), 2, "案情复杂", SECTION, city.app.rulebook)
            city.app.engine.execute(extend)


@pytest.mark.parametrize("seed", [7])
def test_what_was_written_down_at_each_instant_is_what_the_view_shows_later(city: CityRig, seed: int) -> None:
    walk, chance = Walk(city), random.Random(seed)
    permit(city)
    walk.look()
    sent_transfer(city)
    walk.look()
    moves = [*range(8), *(chance.randrange(8) for _ in range(5))]
    chance.shuffle(moves)
    for number in moves:
        walk.do(number)
    permit(city, project_name="更正后的项目")
    walk.look()
    city.later(days=12)
    assert len(walk.taken) > 40
    for at, key, facts in walk.taken:
        assert seen(city, key, at) == facts, (at, key)


def test_a_case_is_not_seen_before_it_began_nor_in_the_future_nor_by_strangers(city: CityRig) -> None:
    key = str(permit(city).business_key)
    city.run()
    desk, policy = city.app.desk.as_of, city.actor(POLICY)
    with pytest.raises(CaseNotFound):
        desk.case(policy, key, china("2026-03-02T09:59:59"))
    assert desk.case(policy, key, china("2026-03-02T10:00:00")).then.status == "active"
    with pytest.raises(FormInvalid):
        desk.case(policy, key, china("2026-03-02T10:00:01"))
    with pytest.raises(CaseNotFound):
        desk.case(city.actor("zr.xc"), key, china("2026-03-02T10:00:00"))


def test_rules_are_shown_as_they_were_known(city: CityRig) -> None:
    record = RecordRuleFiles(CITY, BPMN_FOLDER / "clauses.toml")
    assert city.app.engine.execute(record) > 1
    assert city.app.engine.execute(record) == 0
    before = city.clock.now()
    city.later(days=7)
    old = next(row for row in city.rows(time_limit, name="claim") if row["item_code"] == "*")
    newer = {**old, "version": old["version"] + 1, "data": {**old["data"], "length": 5},
             "valid_from": city.clock.now().date(), "changed_at": city.clock.now(), "reason": "测试"}  # fmt: skip
    day = {"day": china("2026-03-02T00:00:00").date(), "version": 1, "is_working": False, "source": "测试",
           "changed_by": "tester", "changed_at": city.clock.now()}  # fmt: skip

    def change(uow: UnitOfWork) -> None:
        uow.connection.execute(insert(time_limit), newer)
        uow.connection.execute(insert(calendar_override), day)

    city.app.engine.execute(Do(change))
    desk, policy = city.app.desk.as_of, city.actor(POLICY)
    then, now = desk.rules(policy, before), desk.rules(policy, city.clock.now())
    assert (then.is_working_day, then.calendar_is_kept, len(then.overrides), len(now.overrides)) == (True, True, 0, 1)
    lengths = [next(one.length for one in found.limits if one.name == "claim") for found in (then, now)]
    assert lengths == [2, 5]
    assert len(then.items) == len(now.items) > 10
    assert {"zz2020/2.1"} < {row["id"] for row in then.clauses}
    early = city.app.engine.ask(Ask(lambda uow: limits_then(uow, before - timedelta(days=1))))
    assert early == ()
