"""A building is demolished in Chromium: announced, reminded, ordered on a working day, carried out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.penalty_steps import LEADER, OFFICER, PAIR
from tests.processes.steps import USCC

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("xzqz/35", "xzqz/37", "xzqz/43", "xzqz/44")]


def asked(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/coercions/new/enforcement")
    choose(page, "measure", "demolish")
    page.fill("#party_name", "演示置业有限公司")
    page.fill("#party_code", USCC)
    choose(page, "party_kind", "2")
    page.fill("#site", "光明路 1 号")
    page.select_option("#item_code", "ZR004")
    page.fill("#facts", "逾期未拆除加建的两层")
    page.fill("#basis", "演示决定第一号")
    for login in PAIR:
        page.locator(f'label:has(input[name="officers"][value="{login}"])').click()
    press(page, ".form-bar button.btn-primary")
    expect(page.locator("h1")).to_contain_text("强制拆除")


@pytest.mark.walks("enforcement")
def test_a_building_is_demolished(visit: Callable[[str], Page], site: Site) -> None:
    officer = visit(OFFICER)
    asked(officer, site)
    open_first(officer, "公告限期拆除")
    officer.fill("#announced_at_place", "现场")
    officer.fill("#demolish_by", "2026-03-16")
    send(officer)
    site.rig.at("2026-09-10T10:00:00")
    officer, leader = visit(OFFICER), visit(LEADER)
    open_first(officer, "催告和听取意见")
    choose(officer, "compliance", "unperformed")
    officer.fill("#compliance_served_on", "2026-03-02")
    officer.fill("#remedy_expired_on", "2026-09-09")
    send(officer)
    open_first(leader, "决定强制执行")
    choose(leader, "decision", "approve")
    leader.fill("#enforce_at", "2026-09-10T10:05")
    leader.fill("#performer", "演示·施工队")
    leader.fill("#enforcement_note", "机械拆除")
    send(leader)
    site.rig.at("2026-09-10T10:06:00")
    open_first(officer, "实施执行")
    choose(officer, "presence", "party")
    officer.fill("#carried_out_note", "已拆除")
    send(officer)
    officer.goto(site.url + "/coercions")
    officer.click("tbody a >> nth=0")
    for text in ("催告书", "强制执行决定书", "已了结"):
        expect(officer.locator("main")).to_contain_text(text)
    picture(officer, "enforcement")
    officer.set_viewport_size({"width": 390, "height": 844})
    picture(officer, "enforcement-phone")
    assert officer.evaluate("document.documentElement.scrollWidth") <= 390
