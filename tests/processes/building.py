"""Walks a construction project: requests registered, checks done, by the section that checks."""

from typing import Any
from uuid import UUID

from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, DISTRICT, permit
from workflows.construction.commands import ChangeIndicators, RegisterRequest, ReportSkip
from workflows.records.construction import construction_check, construction_project

CHECKER, HEAD = "ks.phjg", "ks.phjg.kz"
INDICATORS = {
    "project_type": "building", "permitted_height": 54.0, "permitted_area": 12000.0, "coordinates": "X=1 Y=2",
    "sign_place": "工地大门", "builder_contact": "演示联系人",
}  # fmt: skip
CHECK = {
    "officer_1": CHECKER,
    "officer_2": HEAD,
    "verdict": "compliant",
    "findings": "与许可一致",
    "check_evidence": "",
}
MEASURED = {"coordinate_deviation": "0.02", "measured_height": "54.05", "measured_area": "12010"}
STAGES = ("sign_board", "setting_out", "start_line", "zero_line", "top_out", "completion")


def claimed(city: CityRig, **changes: str) -> None:
    """A permit that both units have claimed; tracking begins."""
    permit(city, **changes)
    city.run()
    for login in (CITY, DISTRICT):
        city.complete("claim_duty", login, **CLAIM)
        city.run()


def project(city: CityRig) -> dict[str, Any]:
    found = city.rows(construction_project)
    assert len(found) == 1
    return dict(found[0])


def checks(city: CityRig, code: str) -> list[dict[str, Any]]:
    rows = city.rows(construction_check, code=code)
    return sorted((dict(row) for row in rows), key=lambda row: int(row["round"]))


def indicators(city: CityRig, **changes: Any) -> None:
    city.app.engine.execute(ChangeIndicators(city.actor(CHECKER), project(city)["id"], {**INDICATORS, **changes}))


def request(city: CityRig, code: str, on: str = "", login: str = CHECKER) -> UUID:
    day = on or city.clock.now().date().isoformat()
    answers = {"requested_on": day, "surveyor": "演示测绘院", "request_note": ""}
    command = RegisterRequest(city.actor(login), project(city)["id"], code, answers, city.app.rulebook)
    found: UUID = city.app.engine.execute(command)
    return found


def check(city: CityRig, code: str, **changes: Any) -> None:
    """Do the check that was asked for, with what its stage measures."""
    measures = next(row["measures"] for row in project(city)["checkpoints"] if row["code"] == code)
    asked = {name: value for name, value in MEASURED.items() if any(part in name for part in measures.split())}
    element = "verify_completion" if code == "completion" else "check_line"
    report = {"report_no": "CL-2026-1"} if code == "completion" else {}
    today = city.clock.now().date().isoformat()
    city.complete(element, CHECKER, **{"checked_on": today, **CHECK, **report, **asked, **changes})
    city.run()


def passed(city: CityRig, *codes: str) -> None:
    for code in codes:
        request(city, code)
        check(city, code)


def skip(city: CityRig, code: str = "start_line") -> None:
    answers = {"skipped_code": code, "found_on": city.clock.now().date().isoformat(), "violation_facts": "已开挖基坑"}
    city.app.engine.execute(ReportSkip(city.actor(CHECKER), project(city)["id"], answers))
    city.run()
