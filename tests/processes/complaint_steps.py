"""Steps of a complaint, for several modules."""

from typing import Any

from tests.processes.rig import CityRig
from workflows.complaints.register import RegisterComplaint, Registered
from workflows.records.complaints import complaint, complaint_event

NAME, PHONE = "甄密保", "13800001234"
DESK, SQUAD, HEAD, LEADER = "zc.fagui", "cg.sz", "cg.sz.dz", "ju.lingdao"
CASE = {
    "channel": "12345", "source_no": "GD-1", "kind": "tip", "matter": "illegal_building", "place_kind": "planned",
    "party_name": "演示置业有限公司", "party_code": "", "area": "370402", "site": "光明路 1 号",
    "content": f"我是{NAME}，电话{PHONE}，楼顶加建一层。", "informant_name": NAME, "informant_phone": PHONE,
    "informant_address": "", "is_confidential": False, "received_at": None, "item_code": None, "accused_unit": None,
}  # fmt: skip


ANSWER = {"outcome": "established", "handling_note": "现场核实", "reply_text": "已责令拆除"}
_numbers = iter(range(1, 10_000))


def register(city: CityRig, by: str = DESK, **answers: Any) -> Registered:
    given = {**CASE, "source_no": f"GD-{next(_numbers)}", **answers}
    done = city.app.engine.execute(RegisterComplaint(city.actor(by), given, city.app.rulebook))
    city.run()
    return done


def row(city: CityRig, done: Registered) -> dict[str, Any]:
    return dict(city.rows(complaint, id=done.complaint_id)[0])


def events(city: CityRig, done: Registered) -> list[str]:
    return [one["kind"] for one in city.rows(complaint_event, complaint_id=done.complaint_id)]


def accepted(city: CityRig, **answers: Any) -> Registered:
    done = register(city, **answers)
    city.complete("accept_complaint", SQUAD, decision="accept")
    return done


def call(city: CityRig, result: str, note: str = "没有拆除") -> None:
    more = {"call_note": note} if result == "unsatisfied" else {}
    city.complete("call_back", DESK, called_on=city.clock.now().date().isoformat(), call_result=result, **more)
