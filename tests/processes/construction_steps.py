"""Steps of following a building site, for several modules."""

from typing import Any

from engine.store.tables import process_instance
from tests.processes.building import CHECKER, check, checks, passed, request
from tests.processes.rig import CityRig


def instances(city: CityRig) -> list[dict[str, Any]]:
    return [dict(row) for row in city.rows(process_instance, definition_key="construction_tracking")]


def failed(built_site: CityRig) -> None:
    """Fail the line-check before the start."""
    passed(built_site, "sign_board", "setting_out")
    request(built_site, "start_line")
    check(built_site, "start_line", coordinate_deviation="0.8")


def not_corrected(built_site: CityRig) -> str:
    failed(built_site)
    built_site.complete("recheck_correction", CHECKER, decision="not_corrected", violation_facts="继续超出红线施工")
    return str(checks(built_site, "start_line")[0]["lead_key"])
