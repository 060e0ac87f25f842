"""What people do in the scenarios of random inspections."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.processes.inspections import SIGNED
from tests.processes.rig import CityRig
from workflows.inspections.records import SubmitRecord
from workflows.libraries.ratings import RateObject
from workflows.random_checks.plans import SaveLine, StartPlan
from workflows.random_checks.tasks import StartTask
from workflows.records.inspections import inspection
from workflows.records.libraries import inspection_object
from workflows.records.random_checks import draw_lot, draw_proof, random_plan, random_target, random_task

OFFICER, HEAD, WITNESS, LEADER, POLICY = "ks.kq", "ks.kq.kz", "jw.zu", "ju.lingdao", "zc.fagui"
UNIT, ITEM = "NR-CITY-KQ", "ZR023"
SCOPE = {
    "item_code": ITEM, "more_items": [], "unit": UNIT, "joint_units": [], "areas": [], "direction": "undirected",
    "object_kind": None, "condition": None, "ratio": None, "per_unit": 2,
}  # fmt: skip
LINE = {**SCOPE, "month_from": 4, "month_to": 5}
TASK = {**SCOPE, "due_on": "2026-03-31", "reason": "举报较集中"}


def begun(city: CityRig, login: str = HEAD, **changes: Any) -> Mapping[str, Any]:
    """Begin a task ad hoc; answers its row."""
    key = city.app.engine.execute(StartTask(city.actor(login), {**TASK, **changes}, city.app.rulebook))
    return task(city, key)


def task(city: CityRig, key: str) -> Mapping[str, Any]:
    return city.rows(random_task, business_key=key)[0]


def sealed(city: CityRig, texts: tuple[str, str] = ("第一份文字", "第二份文字")) -> None:
    """Let both persons seal."""
    city.complete("operator_seal", OFFICER, draw_text=texts[0])
    city.complete("witness_seal", WITNESS, draw_text=texts[1])


def drawn(city: CityRig, **changes: Any) -> Mapping[str, Any]:
    """Begin a task and draw; with 50 per cent there is always something."""
    found = begun(city, **{"ratio": 50, **changes})
    sealed(city)
    return task(city, found["business_key"])


def proofs(city: CityRig) -> list[dict[str, Any]]:
    return [json.loads(row["content"]) for row in sorted(city.rows(draw_proof), key=lambda row: row["number"])]


def lots(city: CityRig) -> list[Mapping[str, Any]]:
    return sorted(city.rows(draw_lot), key=lambda row: row["committed_at"])


def targets(city: CityRig, state: str = "") -> list[Mapping[str, Any]]:
    rows = sorted(city.rows(random_target), key=lambda row: (str(row["lot_id"]), row["place"]))
    return [row for row in rows if state in ("", row["state"])]


def inspected(city: CityRig) -> None:
    """Let the drawn officers inspect everything and find nothing."""
    for one in city.tasks("record_findings"):
        row = city.rows(inspection, number=one.variables["inspection_number"])[0]
        now = city.clock.now().isoformat()
        lines = [{"code": line["code"], "verdict": "yes", "note": ""} for line in row["sheet"]]
        content = {
            "started_at": now, "ended_at": now, "lines": lines, "result": "no_problem", "summary": "现场与许可一致",
            "location": None, "evidence": [], "signature": SIGNED,
        }  # fmt: skip
        actor = city.actor(row["inspectors"][0]["login"])
        city.app.engine.execute(SubmitRecord(actor, one.id, content, uuid4(), city.app.rulebook))
    while city.tasks("review_record"):
        city.complete("review_record", LEADER, decision="confirm")
    city.run()


def rated(city: CityRig, credit: str, risk: str = "", code: str = "") -> None:
    """Rate all mines, or those of one enterprise."""
    for row in city.rows(inspection_object, kind="mine"):
        if code in ("", row["credit_code"]):
            for kind, value in (("credit", credit), ("risk", risk)):
                if value:
                    city.app.engine.execute(
                        RateObject(row["id"], kind, value, "演示", "演示", city.clock.now().date(), "tester")
                    )


def planned(city: CityRig, *lines: Mapping[str, Any], year: int = 2026) -> Mapping[str, Any]:
    """Begin a plan with some lines; answers its row."""
    actor = city.actor(POLICY)
    plan_id = city.app.engine.execute(StartPlan(actor, year, f"{year} 年度双随机抽查计划", city.app.rulebook))
    for line in lines:
        city.app.engine.execute(SaveLine(actor, plan_id, None, {**LINE, **line}))
    return city.rows(random_plan, id=plan_id)[0]


def published(city: CityRig, *lines: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring a plan to its publication."""
    plan = planned(city, *lines)
    city.complete("draft_plan", POLICY, plan_note=None)
    city.complete("approve_plan", LEADER, decision="approve")
    return city.rows(random_plan, id=plan["id"])[0]
