"""Penalty cases and measures of the demo city, each left at another step."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.uow import local_day_of

_FIVE: Mapping[str, Any] = {
    **dict.fromkeys(("has_party", "has_fact", "has_liability", "has_jurisdiction"), "yes"), "party_kind": "2",
    "is_ended": "continuing", "filing_note": "演示：现场核查属实。",
}  # fmt: skip


def fill_penalties(app: Application, given: Mapping[str, Any]) -> None:
    """Play each case of the city's demo up to its step; a city without any plays none."""
    if not given:
        return
    play = _Play(app, given)
    for one in given["cases"]:
        play.case(one)
    for one in given["measures"]:
        play.measure(one)


class _Play:
    """The people of the demo who bring cases forward."""

    def __init__(self, app: Application, given: Mapping[str, Any]) -> None:
        self._app, self._given = app, given
        self._officer, self._head = self._person(given["officers"][0]), self._person(given["head"])
        self._today = f"{local_day_of(app.engine.clock.now()):%Y-%m-%d}"

    def _person(self, login: str) -> Actor:
        found = self._app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
        if found is None:
            raise ValueError(f"the demo has no {login}")
        return found

    def case(self, one: Mapping[str, Any]) -> None:
        """Register a lead and do every step before the one it is left at."""
        lead = {
            "party_name": one["party"], "party_code": self._given["party_code"], "site": "演示路 9 号",
            "area": self._given["area"], "item_code": self._given["item"], "facts": "演示：未经许可加建一层。",
            "found_on": self._today,
        }  # fmt: skip
        number, _ = self._app.desk.penalties.start(self._officer, lead)
        for name, who, answers in self._steps(one):
            self._app.jobs.run_due()
            if name == one["until"]:
                return
            if name == "pay":
                paid = {
                    "kind": "fine",
                    "amount": one["fine"],
                    "paid_on": self._today,
                    "voucher": f"演示票据{number[-5:]}",
                }
                self._app.desk.penalties.pay(self._officer, number, paid)
            else:
                self._do(number, who, answers)

    def _steps(self, one: Mapping[str, Any]) -> Iterator[tuple[str, Actor, Mapping[str, Any]]]:
        officer, head, today = self._officer, self._head, self._today
        fine, text = one.get("fine", 20000), f"罚款 {one.get('fine', 20000)} 元"
        yield "check", officer, {**_FIVE, "party_code": self._given["party_code"], **one.get("check", {})}
        yield "approve", head, {"decision": "approve", "officers": self._given["officers"]}
        yield "investigate", officer, {
            "step": "report", "facts": "演示：未取得许可证加建一层。", "evidence": "演示照片\n演示笔录",
            "proposal": "penalise",
            "party_code": self._given["party_code"], "penalty_types": ["fine"], "fine_yuan": fine,
            "penalty_content": text, "penalty_basis": "城乡规划法第六十四条",
        }  # fmt: skip
        yield "notice", officer, {"notice_way": "direct", "notice_served_on": today, "notice_receiver": "演示·收件人"}
        yield "answer", officer, {"statement": "waived", "hearing_request": "waived"}
        decided = {"decision": "penalise", "fine_yuan": fine, "penalty_content": text, "is_published": True}
        yield "decide", head, decided
        yield "serve", officer, {"service_way": "direct", "served_on": today, "served_to": "演示·收件人"}
        yield "pay", officer, {}
        yield "track", officer, {"execution": "performed", "execution_note": ""}
        yield "report", officer, {"closing_report": "演示：罚款已缴清。", "archive_no": "演示-001"}
        yield "close", head, {"decision": "approve"}

    def measure(self, one: Mapping[str, Any]) -> None:
        """Ask for a measure and do every step before the one it is left at."""
        now = self._app.engine.clock.now().isoformat()
        scene = {"goods": "演示挖掘机 1台 完好", "presence": "party", "party_words": ""}
        asked = {
            "measure": "seize", "party_name": one["party"], "party_code": "", "party_kind": "2", "site": "演示路 9 号",
            "item_code": self._given["item"], "facts": "演示：未经许可施工。", "basis": "演示：依据待填。",
            "officers": self._given["officers"], "is_urgent": bool(one.get("urgent")), "implemented_at": now, **scene,
        }  # fmt: skip
        number, _ = self._app.desk.coercions.request(self._officer, "measure", asked)
        self._app.jobs.run_due()
        if one["until"] == "handle":
            self._do(number, self._head, {"decision": "approve"})
            self._do(number, self._officer, {"implemented_at": now, **scene})

    def _do(self, number: str, who: Actor, answers: Mapping[str, Any]) -> None:
        row = self._app.desk.worklist.of_case(who, number)[0]
        if row.task_id is not None:
            self._app.desk.tasks.complete(who, row.task_id, answers)
        self._app.jobs.run_due()
