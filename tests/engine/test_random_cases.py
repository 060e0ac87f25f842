"""Random diagrams, random acts: no task is lost, none is doubled, every case can end, and undone is as before.

``XIANJIE_RANDOM_CASES`` says how many cases are played; a nightly run plays some thousand.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.commands.claim_task import AssignTask, ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.return_task import ListReturnTargets, ReturnTask
from engine.commands.withdraw_completion import WithdrawCompletion
from engine.queries.instances import DescribeInstance
from engine.store.tables import job, process_instance, user_task
from engine.testing import EngineRig
from tests.engine import random_cases as model

CASES = int(os.environ.get("XIANJIE_RANDOM_CASES", "20"))
ACTS = ("complete", "complete", "complete", "withdraw", "return", "straight", "hand on", "wait")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRig]:
    """One engine for all the cases."""
    made = EngineRig(f"sqlite:///{tmp_path_factory.mktemp('random') / 'cases.db'}")
    yield made
    made.close()


class Play:
    """One case and its model, which must agree after each act."""

    def __init__(self, rig: EngineRig, block: model.Block, data: Any) -> None:
        self.rig, self.data = rig, data
        self.block = model.named(block, count(1))
        whole = model.Block("seq", [self.block, model.Block("task", [], "closing")], "all")
        if self.block.kind == "seq":
            whole = model.Block("seq", [*self.block.parts, model.Block("task", [], "closing")], "all")
        self.choices = {
            one: data.draw(st.integers(0, 1), one) for one in sorted(whole.names()) if one.startswith("xor")
        }
        rig.deploy(*model.files_of(self.block))
        self.case = rig.start("main", "case", **self.choices).instance_id
        self.open = model.begin(whole, self.choice)
        self.beside: Counter[str] = Counter()
        self.is_over = False
        self.agree()

    def choice(self, block: model.Block) -> int:
        return self.choices[block.name]

    def tasks(self) -> list[Any]:
        return self.rig.open_tasks(self.case)

    def agree(self) -> None:
        """Compare what waits: nothing is lost, nothing doubled."""
        waits = Counter(task.element_id for task in self.tasks())
        assert waits == (Counter() if self.is_over else self.open.waiting()) + self.beside

    def act(self, what: str) -> None:
        waiting = self.tasks()
        if not waiting:
            return
        task = waiting[self.data.draw(st.integers(0, len(waiting) - 1), what)]
        {"complete": self.complete, "withdraw": self.withdraw, "return": self.give_back, "straight": self.come_back,
         "hand on": self.hand_on, "wait": self.wait}[what](task)  # fmt: skip
        self.agree()

    def done(self, task: Any) -> None:
        self.rig.engine.execute(CompleteTask(task.id, task.assignee or "li", {"x": 1}, may_be_withdrawn=True))

    def complete(self, task: Any) -> None:
        path = self.path_of(task)
        self.done(task)
        if path is None:
            self.beside -= Counter([task.element_id])
        elif model.complete(self.open, path, self.choice):
            self.is_over = True

    def path_of(self, task: Any) -> tuple[int, ...] | None:
        """Return the way to a task in the model: of equal ones that which the engine's tokens stand for."""
        found = list(model.paths(self.open, task.element_id))
        same = [one.id for one in self.tasks() if one.element_id == task.element_id]
        if not found:
            return None
        return found[0] if len(set(found)) == 1 else self.by_item(task, found, same)

    def by_item(self, task: Any, found: list[tuple[int, ...]], same: list[Any]) -> tuple[int, ...]:
        """Items of a repetition are told apart by their number, which the task sees."""
        number = task.variables["loopCounter"]
        return next((one for one in found if self.item_of(one) == number), found[same.index(task.id) % len(found)])

    def item_of(self, path: tuple[int, ...]) -> int:
        here, last = self.open, 0
        for number in path:
            if here.block.kind == "each":
                last = number
            here = here.inside[number]
        return last

    def withdraw(self, task: Any) -> None:
        before = self.everything()
        self.done(task)
        self.rig.engine.execute(WithdrawCompletion(task.id, task.assignee or "li", "mistake"))
        assert self.everything() == before

    def give_back(self, task: Any) -> None:
        path = self.path_of(task)
        offered = {one.element_id: one for one in self.rig.engine.ask(ListReturnTargets(task.id))}
        known = list(model.may_return(self.open, path)) if path is not None else []
        assert {name for _, _, name in known} <= offered.keys()
        if not known:
            return
        sequence, place, name = known[self.data.draw(st.integers(0, len(known) - 1), "to")]
        will_end = {str(one) for one in offered[name].cancels} | {str(task.id)}
        before = {str(one.id) for one in self.tasks()}
        self.rig.engine.execute(ReturnTask(task.id, name, task.assignee or "li", "again"))
        assert before - {str(one.id) for one in self.tasks()} == will_end
        over = model.go_back(self.open, sequence, place, self.choice)
        self.beside = Counter({one: n for one, n in self.beside.items() if one.removesuffix("_u") not in over})

    def come_back(self, task: Any) -> None:
        """Return straight, do the earlier step, and find everything as it was."""
        offered = self.rig.engine.ask(ListReturnTargets(task.id))
        direct = [one for one in offered if one.may_come_back and self.is_task(one.element_id)]
        if not direct:
            return
        before = Counter(one.element_id for one in self.tasks())
        name = direct[self.data.draw(st.integers(0, len(direct) - 1), "straight to")].element_id
        self.rig.engine.execute(ReturnTask(task.id, name, task.assignee or "li", "again", straight_back=True))
        fresh = max((one for one in self.tasks() if one.element_id == name), key=lambda one: one.id)
        self.done(fresh)
        assert Counter(one.element_id for one in self.tasks()) == before
        back = max((one for one in self.tasks() if one.element_id == task.element_id), key=lambda one: one.id)
        assert back.assignee == (task.assignee or "li")
        for path in model.paths(self.open, task.element_id):
            self.unfired(path)

    def unfired(self, path: tuple[int, ...]) -> None:
        here = self.open
        for number in path:
            here = here.inside[number]
        here.has_fired = False

    def is_task(self, name: str) -> bool:
        return name.startswith("task")

    def hand_on(self, task: Any) -> None:
        if task.assignee is None:
            self.rig.engine.execute(ClaimTask(task.id, "li"))
        self.rig.engine.execute(AssignTask(task.id, "wang", "li", "away"))

    def wait(self, _task: Any) -> None:
        self.rig.clock.advance(timedelta(days=1))
        self.rig.jobs.run_due()
        if not self.is_over:
            self.beside += Counter(model.fire(self.open))

    def everything(self) -> dict[str, Any]:
        with self.rig.database.reading() as connection:
            row = connection.execute(select(process_instance).where(process_instance.c.id == self.case)).one()
            mine = (user_task.c.instance_id == self.case) & (user_task.c.status == "open")
            tasks = connection.execute(select(user_task).where(mine).order_by(user_task.c.id)).mappings().all()
            jobs = connection.execute(select(job).where(job.c.instance_id == self.case)).all()
        state = orjson.loads(bytes(row.state)[5:])
        state.pop("last")
        return {
            "state": state, "status": row.status,
            "tasks": [{name: value for name, value in one.items() if name != "version"} for one in tasks],
            "timers": sorted((one.element_id, one.token, one.due_at) for one in jobs),
        }  # fmt: skip

    def finish(self) -> None:
        """Do whatever waits until nothing does: every case ends, in as many steps as its diagram allows."""
        for _ in range(200):
            waiting = self.tasks()
            if not waiting:
                break
            self.done(waiting[0])
        assert self.rig.engine.ask(DescribeInstance(self.case)).status == "completed"


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(block=model.blocks(), data=st.data())
def test_random_cases_agree_with_their_model(rig: EngineRig, block: model.Block, data: Any) -> None:
    play = Play(rig, block, data)
    for what in data.draw(st.lists(st.sampled_from(ACTS), max_size=10), "acts"):
        play.act(what)
    play.finish()


@settings(max_examples=max(CASES // 2, 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(block=model.blocks(), data=st.data())
def test_any_return_that_is_offered_leaves_a_case_that_ends(rig: EngineRig, block: model.Block, data: Any) -> None:
    """Also those the model knows nothing of: into a branch of a choice, or out of many scopes."""
    play = Play(rig, block, data)
    for _ in range(data.draw(st.integers(1, 6), "steps")):
        waiting = play.tasks()
        task = waiting[data.draw(st.integers(0, len(waiting) - 1), "which")]
        offered = play.rig.engine.ask(ListReturnTargets(task.id))
        if offered and data.draw(st.booleans(), "back"):
            chosen = offered[data.draw(st.integers(0, len(offered) - 1), "to")]
            rig.engine.execute(
                ReturnTask(task.id, chosen.element_id, task.assignee or "li", "again", scope=chosen.scope)
            )
            most = max(Counter(one.element_id for one in play.tasks()).values())
            assert most <= 2**4
        elif len(waiting) > 1 or task.element_id != "closing":
            play.done(task)
    play.finish()
