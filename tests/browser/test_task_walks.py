"""Colleagues at one task, clicked through in Chromium: signing rounds, returning, taking back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, press, send

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.1")]
OFFICER, HEAD, OTHER = "ks.jsgc", "ks.jsgc.kz", "ks.ytgz"
Visit = Callable[[str], Page]


def task_address(site: Site, element: str) -> str:
    task = next(one for one in site.rig.tasks(element) if "NR-CITY-JSGC" in str(one.candidate_groups))
    return f"{site.url}/tasks/{task.id}"


def test_a_round_is_opened_widened_signed_and_only_then_is_the_task_done(visit: Visit, site: Site) -> None:
    officer = visit(OFFICER)
    open_first(officer, "认领或退回")
    officer.locator("summary", has_text="会签、催办").click()
    officer.click("text=会签、加签")
    officer.fill("#question", "演示：归口是否合适")
    officer.select_option("#signers", [HEAD])
    officer.click('button[value="preview"]')
    expect(officer.locator(".banner", has_text="将请 1 人会签")).to_be_visible()
    officer.click('button[value="open"]')
    expect(officer.locator("h2", has_text="进行中的会签")).to_be_visible()
    head = visit(HEAD)
    head.goto(site.url + "/signings")
    head.locator("a.row-title").first.click()
    head.locator("summary", has_text="加签").click()
    head.select_option("#signers", [OTHER])
    head.select_option("#relation", "parallel")
    head.locator("details form button", has_text="加签").click()
    expect(head.locator(".banner-good")).to_contain_text("加签")
    head.goto(site.url + "/signings")
    head.locator("a.row-title").first.click()
    head.fill("#opinion", "演示：同意归口")
    press(head, 'button[value="agree"]')
    other = visit(OTHER)
    other.goto(site.url + "/signings")
    other.locator("a.row-title").first.click()
    press(other, 'button[value="agree"]')
    officer.goto(task_address(site, "claim_duty") + "/signing")
    expect(officer.locator("h2", has_text="已结束的会签")).to_be_visible()
    expect(officer.locator("main")).to_contain_text("演示：同意归口")
    open_first(officer, "认领或退回")
    choose(officer, "decision", "claim")
    send(officer)
    expect(officer.locator(".timeline")).to_contain_text("加签")


def test_a_step_is_taken_back_done_again_and_then_returned_by_the_next(visit: Visit, site: Site) -> None:
    officer = visit(OFFICER)
    open_first(officer, "认领或退回")
    choose(officer, "decision", "claim")
    send(officer)
    plan = task_address(site, "plan_supervision")
    officer.goto(plan)
    officer.select_option("#supervision_mode", "on_site")
    officer.fill("#first_check_on", "2026-03-09")
    officer.fill("#responsible_officer", "演示·黄科员")
    officer.fill("#plan_note", "演示：开工前检查")
    send(officer)
    officer.goto(plan)
    officer.click('form[action$="/withdraw"] button')
    expect(officer.locator(".banner-good")).to_contain_text("已撤回")
    expect(officer.locator("#plan_note")).to_have_value("演示：开工前检查")
    officer.fill("#plan_note", "演示：开工前和封顶时检查")
    send(officer)
    head = visit(HEAD)
    head.goto(task_address(site, "give_feedback"))
    officer.goto(plan)
    expect(officer.locator("main")).to_contain_text("不能撤回")
    head.click('a[href$="/return"]')
    expect(head.locator("main")).to_contain_text("不能退回：回执已签收")
    head.locator('input[name="target"]:not([disabled])').first.check()
    head.fill("#reason", "演示：日期有误")
    head.click('.form-bar button:has-text("退回")')
    expect(head.locator(".banner-good")).to_contain_text("已退回")
    officer.goto(task_address(site, "plan_supervision"))
    expect(officer.locator("#plan_note")).to_have_value("演示：开工前和封顶时检查")
