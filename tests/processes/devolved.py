"""Walks the reviews of a district that decides on behalf of others."""

from typing import Any

from tests.processes.rig import CityRig
from tests.processes.steps import permit
from workflows.records.devolved import devolved_review


def decided(city: CityRig, number: int) -> None:
    """Let the district 薛城区 decide one building permit in March."""
    permit(
        city, XK_XKJG="枣庄市薛城区行政审批服务局", area="370403",
        project_no=f"XC-{number}", XK_WSH=f"建字第3704032026{number:05d}号", XK_XKBH=f"建字第3704032026{number:05d}号",
    )  # fmt: skip


def review(city: CityRig, quarter: str = "2026Q1") -> dict[str, Any]:
    found = city.rows(devolved_review, unit="AP-XC", quarter=quarter)
    assert len(found) == 1
    return dict(found[0])


def begin(city: CityRig) -> None:
    city.at("2026-04-01T08:00:00")
