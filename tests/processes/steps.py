"""What people answer in the scenarios, and how a permit arrives."""

from typing import Any

from tests.processes.rig import CityRig
from workflows import identifiers
from workflows.intake.submit import IntakeResult

USCC = "91370400MA3C0DEM0" + identifiers.credit_code_check_character("91370400MA3C0DEM0")
CLAIM = {"decision": "claim"}
FEEDBACK = {"feedback_result": "compliant", "feedback_note": "现场与许可一致"}
CITY, DISTRICT = "ks.jsgc", "zr.sz"
LEAD = {
    "source": "检查发现", "matter": "illegal_building", "place_kind": "planned", "area": "370402",
    "party_name": "演示置业有限公司", "project_name": "演示住宅小区", "site": "光明路 1 号",
    "facts": "未经许可加建两层，约二百平方米", "evidence": [{"name": "现场照片", "kind": "photo", "note": "3 张"}],
}  # fmt: skip
TRANSFER = {
    "decision": "transfer", "matter": "illegal_building", "place_kind": "planned", "check_note": "现场核实属实",
}  # fmt: skip


def permit(city: CityRig, **changes: str) -> IntakeResult:
    """Submit a complete decision of the city's approval bureau on a building in the district 市中区."""
    return city.submit(**{"XK_XDR_SHXYM": USCC, "XK_XKJGDM": USCC, **changes})


def returned(code: str, unit: str = "", note: str = "不属于本单位") -> dict[str, str]:
    """Answer that a duty goes back."""
    return {"decision": "return", "return_code": code, "suggested_unit": unit, "note": note}


def plan(on: str = "2026-03-09") -> dict[str, str]:
    """Answer a plan whose first check is on a day."""
    return {
        "supervision_mode": "on_site", "first_check_on": on, "responsible_officer": "演示·黄科员", "plan_note": "放线",
    }  # fmt: skip


def feedback(on: str) -> dict[str, str]:
    """Answer the result of a check."""
    return {**FEEDBACK, "checked_on": on}


def sent_transfer(city: CityRig, **lead: Any) -> str:
    """Register a lead of the city's section and send it; answers the case's number."""
    number = city.lead(CITY, **{**LEAD, "found_at": city.clock.now().isoformat(), **lead}).business_key
    city.complete("preliminary_check", CITY, **TRANSFER)
    city.complete("approve_transfer", "ks.jsgc.kz", decision="approve", receiver_unit="CG-SZ", approval_note="")
    return number
