"""What people answer in a penalty case, step by step."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.processes.rig import CityRig
from tests.processes.steps import USCC
from workflows.errors import FormInvalid
from workflows.penalties.leads import RegisterPenaltyLead
from workflows.records.penalties import penalty_case

OFFICER, SECOND, LEADER, SECOND_LEADER, POLICY = "ks.jsgc", "ks.jsgc.kz", "ju.lingdao", "ju.lingdao2", "zc.fagui"
PAIR = [OFFICER, SECOND]
LEAD = {
    "party_name": "演示置业有限公司", "party_code": USCC, "site": "光明路 1 号", "area": "370402", "item_code": "",
    "facts": "未经许可加建两层，约二百平方米", "found_on": "2026-03-02",
}  # fmt: skip
FIVE = {
    "party_kind": "2", "party_code": USCC, "has_party": "yes", "has_fact": "yes", "has_liability": "yes",
    "has_jurisdiction": "yes", "is_ended": "ended", "violation_ended_on": "2026-01-20", "is_life_safety": False,
    "filing_note": "现场核实属实",
}  # fmt: skip
REPORT = {
    "step": "report", "facts": "未取得建设工程规划许可证加建两层", "evidence": "现场照片\n询问笔录",
    "is_criminal": False,
    "proposal": "penalise", "party_code": USCC, "penalty_types": ["fine"], "fine_yuan": 20000,
    "penalty_content": "罚款 20000 元", "penalty_basis": "城乡规划法第六十四条", "is_large": False, "is_complex": False,
    "is_public_interest": False,
}  # fmt: skip
ANSWER = {"statement": "waived", "hearing_request": "waived"}
DECIDE = {"decision": "penalise", "fine_yuan": 20000, "penalty_content": "罚款 20000 元", "is_published": True}


def field_of(refused: pytest.ExceptionInfo[FormInvalid]) -> str:
    """Return the field that was refused."""
    return str(refused.value.facts["errors"][0]["field"])


def investigate(city: CityRig, **changes: Any) -> None:
    """Report the inquiry."""
    city.complete("investigate", OFFICER, **{**REPORT, **changes})


def lead(city: CityRig, **changes: Any) -> str:
    """Register a lead of the city's section; answers the case's number."""
    given = {**LEAD, "found_on": f"{city.clock.now():%Y-%m-%d}", **changes}
    return city.app.engine.execute(RegisterPenaltyLead(city.actor(OFFICER), given, city.app.rulebook))


def case(city: CityRig) -> Mapping[str, Any]:
    """Return the one penalty case there is."""
    (found,) = city.rows(penalty_case)
    return found


def filed(city: CityRig, **changes: Any) -> str:
    """Walk until the case is filed."""
    number = lead(city)
    city.complete("check_filing", OFFICER, **{**FIVE, **changes})
    city.complete("approve_filing", LEADER, decision="approve", officers=PAIR)
    return number


def noticed(city: CityRig, **changes: Any) -> str:
    """Walk until the party has the notice, today."""
    number = filed(city)
    city.complete("investigate", OFFICER, **{**REPORT, **changes})
    serve_notice(city)
    return number


def serve_notice(city: CityRig) -> None:
    day = f"{city.clock.now():%Y-%m-%d}"
    city.complete("serve_notice", OFFICER, notice_way="direct", notice_served_on=day, notice_receiver="演示·收件人")


def decided(city: CityRig, **changes: Any) -> str:
    """Walk until the penalty is decided."""
    number = noticed(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, **{**DECIDE, **changes})
    return number


def served(city: CityRig, **changes: Any) -> str:
    """Walk until the decision is served, today."""
    number = decided(city, **changes)
    serve_decision(city)
    return number


def serve_decision(city: CityRig) -> None:
    day = f"{city.clock.now():%Y-%m-%d}"
    city.complete("serve_decision", OFFICER, service_way="direct", served_on=day, served_to="演示·收件人")


def closed(city: CityRig) -> None:
    """Walk from the end of the execution to the archive."""
    city.complete("report_closing", OFFICER, closing_report="处罚已执行完毕", archive_no="2026-001")
    city.complete("approve_closing", LEADER, decision="approve")
