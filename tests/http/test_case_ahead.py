"""The timeline of a case tells who has it, since when, what comes next, and when probably."""

import re

import pytest

from tests.http.conftest import Client
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM
from web.case_ahead import lines_ahead
from workflows.desk.forecast import Forecast

pytestmark = pytest.mark.clause("zz2020/2.1")


def line_of(page: str) -> list[str]:
    """Return the lines of the timeline as text."""
    found = re.search(r'<ol class="timeline">(.*?)</ol>', page, re.DOTALL)
    assert found is not None
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found[1].split("<li ")[1:]]


@pytest.mark.acceptance("A21")
def test_the_timeline_says_who_has_it_since_when_what_comes_and_when_probably(
    busy: CityRig, client_of: Client, caller: Client
) -> None:
    clerk, case = client_of(CITY), "/cases/SG2026-00001"
    lines = line_of(clerk.get(case).text)
    now = [line for line in lines if " 现在 " in f" {line} "]
    assert any("认领或退回" in line and "待签收：" in line and "自 03-02 10:00 起" in line for line in now)
    ahead = [line for line in lines if "预计" in line and line not in now]
    assert any("制定监管计划" in line for line in ahead)
    assert all("样本不足，不作预测" in line or "前后" in line or "无时限" in line for line in ahead)
    assert lines.index(ahead[-1]) < lines.index(now[0])  # what comes stands above what is
    busy.complete("claim_duty", CITY, **CLAIM)
    task = next(one for one in busy.tasks("plan_supervision"))
    busy.app.desk.tasks.claim(busy.actor(CITY), task.id)
    lines = line_of(clerk.get(case).text)
    assert any("制定监管计划" in line and "由 演示·黄科员 办理" in line for line in lines if " 现在 " in f" {line} ")
    holders = caller(CITY).get("/api/v1/cases/SG2026-00001").json["holders"]
    mine = next(one for one in holders if one["step"] == "制定监管计划")
    assert (mine["person"], mine["since"]) == ("演示·黄科员", "2026-03-02T10:00:00+08:00")
    assert client_of("cg.xc").get(case).status_code == 404


@pytest.mark.acceptance("A21")
def test_a_forecast_is_named_with_its_sample_and_never_for_what_is_late(busy: CityRig) -> None:
    desk, officer = busy.app.desk, busy.actor(CITY)
    case = desk.cases.view(officer, "SG2026-00001")
    holder = case.holders[0]
    known = {"clock_id": holder.task_id, "business_key": case.business_key, "title": "认领", "limit": "claim",
             "unit": "", "due_at": holder.due_at or busy.clock.now(), "own_sample": 3}  # fmt: skip
    sure = Forecast(**known, state="running", probability=0.1, expected_at=busy.clock.now(), sample=31)
    said = lines_ahead([holder], (), {holder.task_id: sure}, case.units)
    assert "预计 03-02 10:00 前后办完（同类 31 件的中位数）" in said[-1]["detail"]
    late = Forecast(**known, state="late", probability=None, expected_at=busy.clock.now(), sample=31)
    assert "预计" not in lines_ahead([holder], (), {holder.task_id: late}, case.units)[-1]["detail"]


def test_a_step_that_many_have_at_once_is_one_line(busy: CityRig) -> None:
    case = busy.app.desk.cases.view(busy.actor(CITY), "SG2026-00001")
    many = lines_ahead([case.holders[0]] * 30, (), {}, case.units)
    assert len(many) == 1
    assert "30 件同时在办" in many[0]["detail"]
