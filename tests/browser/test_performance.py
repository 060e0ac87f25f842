"""A finding is explained, decided and seen; an indicator is followed to its list and weighed, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.test_cycle_duty import act, begin

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.2", "zz2020/2.8")]


@pytest.mark.walks("cycle_duty", "inaction_finding")
def test_a_unit_explains_and_the_policy_section_decides_and_weighs(visit: Callable[[str], Page], site: Site) -> None:
    begin(site.rig)
    act(site.rig, "ZR026")
    policy = visit("zc.fagui")
    policy.goto(site.url + "/performance?unit=NR-SZ&state=missing")
    picture(policy, "performance-duties")
    policy.click("#list tbody a[href*='ZR023']")
    expect(policy.locator("main")).to_contain_text("未计入的监管行为")
    site.rig.at("2026-06-01T00:00:00")
    unit = visit("zr.sz")
    open_first(unit, "安排补齐缺项")
    unit.fill("#measures", "六月底前检查")
    unit.fill("#done_by", "2026-06-30")
    send(unit)
    site.rig.at("2026-07-01T00:00:00")
    unit = visit("zr.sz")  # months later one signs in anew
    open_first(unit, "说明情况")
    choose(unit, "explanation_kind", "not_done")
    unit.fill("#explanation", "人员调整，已安排七月检查")
    send(unit)
    policy = visit("zc.fagui")
    open_first(policy, "认定")
    choose(policy, "decision", "confirm")
    policy.fill("#decision_reason", "有监管对象而未检查")
    send(policy)
    unit.goto(site.url + "/performance/findings")
    unit.click("tbody a >> nth=0")
    picture(unit, "performance-finding")
    expect(unit.locator("main")).to_contain_text("人员调整，已安排七月检查")
    follow_a_number(policy, site)


def follow_a_number(policy: Page, site: Site) -> None:
    """Open the list behind a number, then change the weight of the indicator."""
    policy.goto(site.url + "/performance/board?period=2026H1")
    picture(policy, "performance-board")
    number = policy.locator('a[href*="check_coverage"][href*="which=numerator"]')
    expect(number).to_have_text("1")
    number.click()
    expect(policy.locator("#list h2")).to_have_text("分子清单 1")
    expect(policy.locator("#list tbody tr")).to_have_count(1)
    picture(policy, "performance-kpi")
    policy.goto(site.url + "/performance/weights/check_coverage")
    policy.fill("#weight", "6")
    policy.fill("#reason", "演示：局长办公会议定")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("main")).to_contain_text("演示：局长办公会议定")
    policy.set_viewport_size({"width": 390, "height": 844})
    for name, path in (("duties", "/performance?unit=NR-SZ"), ("board", "/performance/board?period=2026H1"),
                       ("watch", "/performance/watch")):  # fmt: skip
        policy.goto(site.url + path)
        picture(policy, f"performance-{name}-phone")
