"""A unit names its staff, the policy section begins oversight and drafts a bulletin, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.steps import permit

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.8", "zz2020/3.2", "zz2020/3.3")]


@pytest.mark.walks("criticism_notice", "work_bulletin")
@pytest.mark.acceptance("A30")
def test_from_the_staff_register_to_an_issued_bulletin(visit: Callable[[str], Page], site: Site) -> None:
    permit(site.rig)
    site.rig.run()
    site.rig.at("2026-03-10T09:00:00")
    head = visit("zr.xc.jz")
    head.goto(site.url + "/staff/NR-XC/change")
    head.select_option("#person", "zr.xc")
    head.fill("#post", "科员")
    head.fill("#contact", "0632-7654321")
    head.select_option("#stand_in", "zr.xc.jz")
    head.fill("#duties", "区内监管数据报送")
    head.fill("#reason", "首次报送")
    press(head, ".form-bar button.btn-primary")
    expect(head.locator("main")).to_contain_text("0632-7654321")
    policy = visit("zc.fagui")
    policy.goto(site.url + "/oversight/new?unit=NR-XC&source=kpi&reference=claim_rate")
    choose(policy, "means", "criticism")
    policy.fill("#facts", "认领率连续偏低")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("h1")).to_contain_text("通报批评")
    open_first(policy, "拟通报批评")
    policy.fill("#criticism_request", "一周内整改")
    send(policy)
    open_first(head, "陈述意见")
    choose(head, "view", "agree")
    send(head)
    head.goto(site.url + "/oversight/cases/TP2026-00001")
    expect(head.locator("main")).to_contain_text("单位陈述意见")
    picture(head, "oversight-case")
    policy.goto(site.url + "/bulletins/new")
    choose(policy, "period_kind", "month")
    policy.select_option("#month", "2026-03")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("h1")).to_contain_text("2026年3月工作通报")
    picture(policy, "bulletin")
    open_first(policy, "修改通报")
    policy.fill("#next_measures", "逐件销号")
    choose(policy, "next_step", "submit")
    send(policy)
    leader = visit("ju.lingdao")
    open_first(leader, "审批通报")
    choose(leader, "decision", "approve")
    send(leader)
    open_first(head, "签收通报")
    head.fill("#receipt_note", "已部署")
    send(head)
    head.goto(site.url + "/bulletins")
    head.click("tbody a >> nth=0")
    expect(head.locator("main")).to_contain_text("已部署")
    for address, name in (
        ("/oversight", "oversight"),
        ("/oversight/letters", "oversight-letters"),
        ("/staff", "staff"),
    ):
        policy.goto(site.url + address)
        picture(policy, name)
