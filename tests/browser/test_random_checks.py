"""A random inspection is planned, drawn before two people, repeated and handed to its inspectors, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.3")]


def narrow(page: Page, name: str) -> None:
    """Take a picture as a phone shows it; nothing may be wider than the screen."""
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, f"{name}-phone")
    page.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.walks("random_inspection")
@pytest.mark.acceptance("A29")
def test_two_people_draw_and_anybody_repeats_it(visit: Callable[[str], Page], site: Site) -> None:
    head = visit("ks.kq.kz")
    head.goto(site.url + "/random-checks/new")
    head.select_option("#item_code", "ZR023")
    head.select_option("#unit", "NR-CITY-KQ")
    choose(head, "direction", "undirected")
    head.fill("#ratio", "50")
    head.fill("#due_on", "2026-03-31")
    head.fill("#reason", "举报较集中")
    press(head, ".form-bar button.btn-primary")
    expect(head.locator("main")).to_contain_text("等待两人封存")
    address = head.url
    head.fill("#draw_text", "抽取人的文字")
    head.click(".draw-seal button.btn-primary")
    expect(head.locator(".banner-good").first).to_contain_text("已封存")
    witness = visit("jw.zu")
    witness.goto(address)
    expect(witness.locator("main")).not_to_contain_text("抽取人的文字")
    picture(witness, "draw-sealed")
    narrow(witness, "draw-sealed")
    witness.fill("#draw_text", "监督人的文字")
    witness.click(".draw-seal button.btn-primary")
    expect(witness.locator("main")).to_contain_text("抽取人的文字")
    witness.click("button:has-text('当场复算')")
    expect(witness.locator("[role=status].banner-good")).to_contain_text("复算一致")
    picture(witness, "draw-done")
    narrow(witness, "draw-done")
    with witness.expect_download() as download:
        witness.click("a:has-text('下载证明')")
    assert download.value.suggested_filename == "SJ2026-00001-1.json"
    open_first(head, "核对抽取结果")
    choose(head, "change_kind", "confirm")
    send(head)
    head.goto(address)
    expect(head.locator("main")).to_contain_text("检查中")
    head.goto(site.url + "/random-checks")
    picture(head, "random-tasks")
    narrow(head, "random-tasks")


@pytest.mark.walks("random_plan")
def test_a_plan_warns_of_caps_and_is_approved(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    policy.goto(site.url + "/random-checks/plans/new")
    policy.fill("#year", "2026")
    policy.fill("#title", "2026 年度双随机抽查计划")
    press(policy, ".form-bar button.btn-primary")
    address = policy.url
    for item, unit in (("ZR023", "NR-CITY-KQ"), ("ZR026", "NR-CITY-STXF")):
        policy.goto(address + "/lines/new")
        policy.select_option("#item_code", item)
        policy.select_option("#unit", unit)
        choose(policy, "direction", "undirected")
        policy.fill("#month_from", "4")
        policy.fill("#month_to", "6")
        press(policy, ".form-bar button.btn-primary")
    expect(policy.locator(".banner-warn").first).to_contain_text("建议合并检查")
    picture(policy, "random-plan")
    narrow(policy, "random-plan")
    policy.click("a:has-text('报送审批')")
    send(policy)
    leader = visit("ju.lingdao")
    leader.goto(address)
    leader.click("main a.btn-primary:has-text('审批')")
    choose(leader, "decision", "approve")
    send(leader)
    leader.goto(address)
    expect(leader.locator("main")).to_contain_text("已公布")
