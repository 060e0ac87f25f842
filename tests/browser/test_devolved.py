"""A district's files are drawn, scored and corrected, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.devolved import decided

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.9", "xzxk/60")]
CRITERIA = ("materials", "conditions", "procedure", "period", "reasons", "documents", "publicity")


@pytest.mark.walks("devolved_review")
def test_a_review_finds_a_fault_and_the_unit_corrects_it(visit: Callable[[str], Page], site: Site) -> None:
    decided(site.rig, 1)
    policy = visit("zc.fagui")
    policy.goto(site.url + "/devolved-reviews/units/AP-XC/new")
    choose(policy, "review_scope", "period")
    policy.fill("#from_day", "2026-03-01")
    policy.fill("#reason", "投诉较集中")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("h1")).to_contain_text("评查")
    open_first(policy, "评查案卷")
    for name in CRITERIA:
        choose(policy, name, "no" if name == "procedure" else "yes")
    choose(policy, "holder_state", "not_started")
    policy.fill("#file_findings", "未告知听证权利")
    send(policy)
    open_first(policy, "拟监督意见")
    expect(policy.locator("#opinion_findings")).to_have_value("建字第370403202600001号：未告知听证权利")
    policy.fill("#opinion_request", "补发告知书")
    send(policy)
    leader = visit("ju.lingdao")
    open_first(leader, "审批监督意见")
    choose(leader, "decision", "approve")
    send(leader)
    clerk = visit("sp.xc")
    open_first(clerk, "整改并书面反馈")
    clerk.fill("#correction_measures", "已补发")
    clerk.fill("#corrected_on", "2026-03-02")
    send(clerk)
    open_first(policy, "复查整改")
    choose(policy, "decision", "corrected")
    policy.fill("#recheck_note", "已核对")
    send(policy)
    clerk.goto(site.url + "/devolved-reviews/units/AP-XC")
    expect(clerk.locator("tbody")).to_contain_text("整改到位")
    clerk.click("tbody a >> nth=0")
    picture(clerk, "devolved-review")
    expect(clerk.locator("main")).to_contain_text("监督意见书")
