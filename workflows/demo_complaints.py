"""Complaints of the demo city, each left at another step; whoever complained is plainly made up."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from engine.queries.tasks import ListOpenTasks
from workflows.bootstrap import Application
from workflows.complaints.informants import HANDLERS
from workflows.desk.asking import Ask
from workflows.directory import find_actor, members_of
from workflows.policy import Actor
from workflows.uow import local_day_of

Back = Callable[[Application, int], AbstractContextManager[None]]
_STEPS: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "accept": (),
    "refuse": (("accept_complaint", {"decision": "refuse", "decision_reason": "演示：已经另案处理并答复。"}),),
    "return": (("accept_complaint", {"decision": "return", "decision_reason": "演示：不属本单位职责。"}),),
    "handle": (("accept_complaint", {"decision": "accept"}),),
}
_ANSWER: Mapping[str, Any] = {
    "outcome": "established", "handling_note": "演示：现场核查属实。", "reply_text": "演示：已责令限期改正。",
}  # fmt: skip


def fill_complaints(app: Application, back: Back, given: Mapping[str, Any]) -> None:
    """Play each complaint of the city's demo up to its step; a city without any plays none."""
    for number, one in enumerate(given.get("cases", ()), 1):
        play = _Play(app, str(given["desk"]))
        with back(app, int(one["days_ago"])):
            play.register(one, number)
            early = "handle" if one["until"] in ("extend", "call", "reopen", "closed") else one["until"]
            for element, answers in _STEPS.get(early, ()):
                play.do(element, answers)
            if one["until"] == "extend":
                play.extend()
        play.finish(one)
    app.jobs.run_due()


class _Play:
    """One complaint and the people of the demo who bring it forward."""

    def __init__(self, app: Application, desk: str) -> None:
        self._app = app
        self._desk = self._person(desk)
        self._id = UUID(int=0)

    def _person(self, login: str) -> Actor:
        found = self._app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
        if found is None:
            raise ValueError(f"the demo has no {login}")
        return found

    def register(self, one: Mapping[str, Any], number: int) -> None:
        """Take it in by the form."""
        more = {name: one[name] for name in ("area", "place_kind", "item_code", "accused_unit") if name in one}
        answers = {
            "channel": one["channel"], "source_no": f"演示-{number:03d}", "kind": one.get("kind", "tip"),
            "matter": one["matter"], "party_name": one["party"], "site": one["site"], "content": one["content"],
            "informant_name": f"演示投诉人{number}", "informant_phone": f"演示电话{number:03d}",
            "is_confidential": bool(one.get("secret")), **more,
        }  # fmt: skip
        done = self._app.desk.complaints.register(self._desk, answers)
        self._id = done.complaint_id
        self._app.jobs.run_due()

    def do(self, element: str, answers: Mapping[str, Any]) -> None:
        """Complete a step by the first of those it is offered to who handles complaints."""
        case = self._app.desk.complaints.view(self._desk, self._id).row["instance_id"]
        for task in self._app.engine.ask(ListOpenTasks(case)):
            if task.element_id == element:
                self._app.desk.tasks.complete(self._taker(task.candidate_groups), task.id, answers)
        self._app.jobs.run_due()

    def _taker(self, groups: tuple[str, ...]) -> Actor:
        logins = self._app.engine.ask(Ask(lambda uow: members_of(uow, groups)))
        return next(who for who in map(self._person, logins) if who.has(*HANDLERS))

    def extend(self) -> None:
        """Ask for more time."""
        unit = self._app.desk.complaints.view(self._desk, self._id).row["unit"]
        asked = {"extension_reason": "演示：需要委托测绘。"}
        who = self._taker((f"{unit}/section_officer", f"{unit}/district_officer", f"{unit}/squad_officer"))
        self._app.desk.complaints.ask_extension(who, self._id, asked)

    def finish(self, one: Mapping[str, Any]) -> None:
        """Do today's steps: the reply, the call-back."""
        until, today = one["until"], local_day_of(self._app.engine.clock.now()).isoformat()
        if until == "extend":
            self.do("approve_extension", {"decision": "grant", "decision_reason": "演示：同意延期。"})
        if until in ("call", "reopen", "closed"):
            self.do("handle_complaint", _ANSWER)
        if until == "closed":
            self.do("call_back", {"called_on": today, "call_result": "satisfied"})
        if until == "reopen":
            note = {"call_note": "演示：反映仍未拆除。"}
            self.do("call_back", {"called_on": today, "call_result": "unsatisfied", **note})
