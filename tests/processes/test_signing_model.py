"""Random lives of signing rounds against a model: the outcome is the rule's, and no entry outlives its task."""

import random
from typing import Any
from uuid import UUID

import pytest

from engine.commands.claim_task import AssignTask
from engine.commands.instances import CancelInstance
from engine.errors import AppError
from engine.store.tables import user_task
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM, permit
from workflows.absence.register import Leave
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.records.staff import staff_absence
from workflows.records.teamwork import signing_entry, signing_round
from workflows.signing.rounds import CloseRound, OpenRound
from workflows.signing.signers import AddSigners
from workflows.uow import local_day_of

pytestmark = [pytest.mark.clause("zz2020/2.1"), pytest.mark.acceptance("A28")]
SECTION = "NR-CITY-JSGC/section_officer"
OWNERS = ("ks.jsgc", "ks.jsgc.kz")
SIGNERS = ("ks.ytgz", "ks.ytgz.kz", "ks.ydgh", "ks.ydgh.kz", "ks.jsgc.kz")
MODES = ("all", "any", "ratio", "weighted", "sequence")
ACTS = (
    "open", "open", "sign", "sign", "sign", "sign", "sign", "sign", "add", "chain", "remove", "close", "transfer",
    "away", "back", "complete", "cancel",
)  # fmt: skip
LIVES, STEPS = 6, 30


def expected(mode: str, threshold: int, votes: list[tuple[str, int]]) -> str | None:
    """Return what a round has come to, counted apart from the product's way: by trying what the rest could say."""
    left = [n for n, (state, _) in enumerate(votes) if state in ("open", "waiting")]

    def passes(agree_rest: bool) -> bool:
        said = [
            (("agreed" if agree_rest else "dissented") if n in left else state, weight)
            for n, (state, weight) in enumerate(votes)
        ]
        said = [one for one in said if one[0] != "removed"]
        yes = sum(weight if mode == "weighted" else 1 for state, weight in said if state == "agreed")
        total = sum(weight if mode == "weighted" else 1 for _, weight in said)
        if mode == "any":
            return yes > 0
        if mode in ("ratio", "weighted"):
            return yes > 0 and yes * 100 >= threshold * total
        return yes == total

    if passes(agree_rest=False):
        return "passed"
    return None if passes(agree_rest=True) else "refused"


class Life:
    """One random life of a task with its rounds."""

    def __init__(self, city: CityRig, task: UUID, seed: int) -> None:
        self.city, self.task, self.chance = city, task, random.Random(seed)
        self.steps = 0

    @property
    def desk(self) -> Any:
        return self.city.app.desk.teamwork.signing

    def step(self) -> str:
        act = self.chance.choice(ACTS) if self.steps else "open"
        self.steps += 1
        try:
            getattr(self, act)()
        except AppError as exc:
            return f"{act}: {exc.code}"
        return act

    def owner(self) -> Any:
        return self.city.actor(self.city.rows(user_task, id=self.task)[0]["assignee"] or OWNERS[0])

    def open(self) -> None:
        signers = self.chance.sample(SIGNERS, self.chance.randint(1, 4))
        mode, place = (
            self.chance.choice(MODES),
            self.chance.choice(("joint", "before", "parallel", "after")[: 4 if self.steps > 1 else 3]),
        )
        weights = {login: self.chance.randint(1, 5) for login in signers}
        threshold = self.chance.choice((34, 50, 67, 100))
        self.desk.open(OpenRound(self.task, self.owner(), signers, "请会签", mode, place, threshold, weights))

    def entries(self, *states: str) -> list[dict[str, Any]]:
        open_rounds = {row["id"] for row in self.city.rows(signing_round, state="open")}
        return [
            dict(row)
            for row in self.city.rows(signing_entry)
            if row["round_id"] in open_rounds and row["state"] in states
        ]

    def some(self, *states: str) -> dict[str, Any]:
        found = sorted(self.entries(*states), key=lambda row: row["place"])
        if not found:
            raise AppError(reason="nobody")
        return self.chance.choice(found)

    def sign(self) -> None:
        entry = self.some("open", *(["waiting"] if self.chance.random() < 0.2 else []))
        who = entry["login"] if self.chance.random() < 0.7 else self.chance.choice(SIGNERS)
        self.desk.sign(self.city.actor(who), entry["id"], agrees=self.chance.random() < 0.7, opinion="意见")

    def add(self) -> None:
        round_id = self.some("open", "waiting")["round_id"]
        self.desk.add(AddSigners(round_id, self.task, self.owner(), [self.chance.choice(SIGNERS)]))

    def chain(self) -> None:
        entry = self.some("open")
        relation = self.chance.choice(("before", "parallel", "after"))
        who, asked = self.city.actor(entry["login"]), [self.chance.choice(SIGNERS)]
        self.desk.add(AddSigners(entry["round_id"], self.task, who, asked, relation, entry["id"]))

    def remove(self) -> None:
        self.desk.remove(self.owner(), self.some("open", "waiting")["id"], "不再需要")

    def close(self) -> None:
        if self.chance.random() < 0.3:
            round_id = self.some("open", "waiting")["round_id"]
            self.desk.close(CloseRound(round_id, self.task, self.owner(), "口头明确"))

    def transfer(self) -> None:
        self.city.app.engine.execute(AssignTask(self.task, self.chance.choice(OWNERS), "tester", "工作调整"))

    def away(self) -> None:
        who, deputy = self.chance.sample(SIGNERS, 2)
        today = local_day_of(self.city.clock.now())
        leave = Leave(
            who, self.city.actor(who).unit, deputy, today, today, "外出", True, (), self.chance.random() < 0.7
        )
        self.city.app.desk.teamwork.absence.register(self.city.actor(who), leave)

    def back(self) -> None:
        rows = [row for row in self.city.rows(staff_absence) if row["ended_at"] is None]
        if rows:
            row = self.chance.choice(sorted(rows, key=lambda one: one["number"]))
            self.city.app.desk.teamwork.absence.revoke(self.city.actor(row["login"]), row["number"])

    def complete(self) -> None:
        self.city.app.engine.execute(CompleteUserTask(self.task, self.owner(), CLAIM, self.city.app.rulebook))

    def cancel(self) -> None:
        if self.steps > STEPS // 2 and self.chance.random() < 0.3:
            row = self.city.rows(user_task, id=self.task)[0]
            self.city.app.engine.execute(CancelInstance(row["instance_id"], "tester", "撤回"))

    def hold(self) -> None:
        """Compare what is stored with the model."""
        task = self.city.rows(user_task, id=self.task)[0]
        rounds, entries = self.city.rows(signing_round), self.city.rows(signing_entry)
        open_rounds = [row for row in rounds if row["state"] == "open"]
        assert len(open_rounds) <= 1
        assert (task["held_by"] is not None) == (bool(open_rounds) and task["status"] == "open")
        assert task["status"] == "open" or not open_rounds
        for row in rounds:
            mine = [one for one in entries if one["round_id"] == row["id"]]
            logins = [one["login"] for one in mine]
            assert len(set(logins)) == len(logins)
            signed = [one["decided_by"] for one in mine if one["state"] in ("agreed", "dissented")]
            assert len(set(signed)) == len(signed)
            votes = [("open" if one["state"] == "spared" else one["state"], one["weight"]) for one in mine]
            if row["state"] in ("open", "decided"):
                assert row["outcome"] == expected(row["mode"], row["threshold"], votes), row
            if row["state"] != "open":
                assert not {"open", "waiting"} & {one["state"] for one in mine}
            elif row["place"] != "after" or row["intent"]:
                assert any(one["state"] == "open" for one in mine), "somebody is always asked"


@pytest.mark.parametrize("seed", range(LIVES))
def test_a_random_life_keeps_to_the_model(city: CityRig, seed: int) -> None:
    permit(city)
    city.run()
    task = next(one.id for one in city.tasks("claim_duty") if SECTION in one.candidate_groups)
    life, acts = Life(city, task, seed), []
    for _ in range(STEPS):
        acts.append(life.step())
        life.hold()
    assert "open" in acts, acts
    assert {"sign", "add", "chain"} & set(acts), acts
