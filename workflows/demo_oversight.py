"""Oversight in the demo city: staff of some units, an opinion, a criticism being heard, an interview, two bulletins."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.oversight.cases import supervised
from workflows.policy import Actor, takes_part
from workflows.records.offices import officer
from workflows.uow import UnitOfWork, local_day_of

_FACTS = "演示：连续两期认领率低于九成，督办后仍有一件没有反馈。"
_CHECK: Mapping[str, Any] = {
    "check_mode": "special", "supervision_ids": "演示001、演示002", "checked_count": 10, "faulty_count": 2,
    "fault_kind": "not_performed", "findings": "演示：抽查十件，两件没有按期反馈。",
}  # fmt: skip
_OPINION: Mapping[str, Any] = {
    "opinion_findings": "演示：两件没有按期反馈。", "opinion_basis": "演示：《细则》二（一）",
    "opinion_request": "演示：补办反馈，完善台账。",
}  # fmt: skip
_WORDS: Mapping[str, Any] = {
    "praise": None,
    "criticism": None,
    "next_measures": "演示：逐件销号。",
    "next_step": "submit",
}


def fill_oversight(app: Application) -> None:
    """Play each case up to where it is left."""
    people = app.engine.ask(Ask(_people))
    policy = [one for one in people if one.has("policy_officer")]
    leaders = [one for one in people if one.has("leader")]
    units = app.engine.ask(Ask(lambda uow: [one.code for one in supervised(uow, app.rulebook)]))
    staffed = [unit for unit in units if len(_of(people, unit)) > 1]
    if len(policy) < 2 or not leaders or len(staffed) < 3:
        return
    play = _Play(app, policy, leaders[0])
    for unit in staffed[:-1]:
        play.staff(unit, _of(people, unit))
    play.opinion(staffed[0])
    play.criticism(staffed[1])
    play.oversee(staffed[2], "interview")
    play.bulletins()
    app.jobs.run_due()


def _people(uow: UnitOfWork) -> list[Actor]:
    logins = uow.connection.scalars(select(officer.c.login).where(officer.c.is_demo).order_by(officer.c.login)).all()
    return [actor for actor in (find_actor(uow, login) for login in logins) if actor is not None]


def _of(people: Sequence[Actor], unit: str) -> list[Actor]:
    return [one for one in people if one.unit == unit and takes_part(one.roles)]


class _Play:
    """The policy section and its leader."""

    def __init__(self, app: Application, policy: Sequence[Actor], leader: Actor) -> None:
        self._app, self._policy, self._leader = app, policy, leader
        self._today = local_day_of(app.engine.clock.now())

    def staff(self, unit: str, people: Sequence[Actor]) -> None:
        """Register two people of a unit."""
        answers = {
            "person": people[0].login, "stand_in": people[1].login, "post": "演示职务", "contact": "0000-0000000",
            "duties": "演示：监管数据报送和对接。", "valid_from": f"{self._today}", "reason": "演示：首次报送",
        }  # fmt: skip
        self._app.desk.staff.change(self._policy[0], unit, answers)

    def oversee(self, unit: str, means: str) -> str:
        """Begin a case."""
        answers = {"unit": unit, "means": means, "source": "kpi", "reference": "演示", "facts": _FACTS}
        number = self._app.desk.oversight.start(self._policy[0], answers)
        self._app.jobs.run_due()
        return number

    def opinion(self, unit: str) -> None:
        """Walk to the moment at which the unit corrects itself."""
        number, second = self.oversee(unit, "opinion"), self._policy[1].login
        self._step(number, self._policy[0], {**_CHECK, "checked_on": f"{self._today}", "second_supervisor": second})
        self._step(number, self._policy[0], _OPINION)
        self._step(number, self._leader, {"decision": "approve"})

    def criticism(self, unit: str) -> None:
        """Walk to the moment at which the unit may state its view."""
        given = {
            "criticism_facts": _FACTS,
            "criticism_basis": "《细则》三（三）",
            "criticism_request": "演示：限期办结。",
        }
        self._step(self.oversee(unit, "criticism"), self._policy[0], given)

    def bulletins(self) -> None:
        """Issue the bulletin of the month before, and draft this month's."""
        place = self._today.year * 12 + self._today.month - 2
        desk = self._app.desk.bulletins
        for month, is_issued in ((f"{place // 12}-{place % 12 + 1:02d}", True), (f"{self._today:%Y-%m}", False)):
            number = desk.start(self._policy[0], {"period_kind": "month", "month": month})
            if is_issued:
                summary = desk.bulletin(self._policy[0], number).row["words"]["summary"]
                self._step(number, self._policy[0], {**_WORDS, "summary": summary})
                self._step(number, self._leader, {"decision": "approve"})

    def _step(self, case: str, actor: Actor, answers: Mapping[str, Any]) -> None:
        self._app.jobs.run_due()
        row = self._app.desk.worklist.of_case(actor, case)[0]
        if row.task_id is not None:
            self._app.desk.tasks.complete(actor, row.task_id, answers)
