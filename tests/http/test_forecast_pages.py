"""Forecasts on screen and by program: never a number without its sample, never another unit's clocks."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.processes.rig import CityRig, china
from tests.processes.steps import CLAIM, permit

pytestmark = pytest.mark.clause("zz2020/3.3", "zz2020/2.8")
Client = Callable[[str], FlaskClient]


def many(city: CityRig, first: int, count: int) -> None:
    for number in range(first, first + count):
        papers = f"建字第3704022026{number:05d}号"
        permit(city, project_no=f"BJ-{number}", XK_WSH=papers, XK_XKBH=papers)
    city.run()


def test_twenty_ended_clocks_make_a_number_and_nineteen_do_not(
    city: CityRig, client_of: Client, caller: Client
) -> None:
    many(city, 1, 21)
    city.at("2026-03-03T15:00:00")
    for _ in range(19):
        city.complete("claim_duty", "ks.jsgc", **CLAIM)
    head, clerk = client_of("ks.jsgc.kz"), client_of("sp.jianshe")
    assert clerk.get("/forecast").status_code == 403
    page = head.get("/forecast?limit=claim").text
    assert "样本不足" in page
    assert "不足 20 件" in page
    city.complete("claim_duty", "ks.jsgc", **CLAIM)
    city.clock.set(china("2026-03-03T16:00:00"))
    found = caller("ks.jsgc.kz").get("/api/v1/forecast?limit=claim").json
    assert {row["unit"] for row in found["rows"]} == {"NR-CITY-JSGC"}
    assert (found["rows"][0]["sample"], found["least_sample"], found["total"]) == (20, 20, 1)
    assert 0.0 <= found["rows"][0]["probability"] < 0.5
    assert "Kaplan" in found["method"]
    both = caller("zc.fagui").get("/api/v1/forecast?limit=claim").json
    slow = [row for row in both["rows"] if row["unit"] == "NR-SZ"]
    assert len(slow) == 21
    assert all(row["own_sample"] == 0 and row["probability"] > found["rows"][0]["probability"] for row in slow)
    risks = [row["probability"] for row in both["rows"]]
    assert risks == sorted(risks, reverse=True)
    assert '同类 <span class="num">20</span> 件' in client_of("zc.fagui").get("/forecast").text
    text = str(both)
    assert "ks.jsgc" not in text
    assert "assignee" not in text
    view = city.app.desk.forecast.view(city.actor("zc.fagui"), most=1)
    assert (len(view.rows), sum(view.counts[state] for state in ("late", "paused", "running", "unknown"))) == (
        1,
        view.total,
    )  # what is not listed is counted all the same
