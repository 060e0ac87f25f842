"""A stage from the builder's request to its passport, and a patrol on a phone, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.building import CHECKER, HEAD, claimed, project
from tests.processes.steps import CLAIM, permit
from tests.processes.test_expiry_watch import WORKS
from workflows.records.construction import patrol

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/1.1/patrol", "sdcx/52")]
DOCUMENT = "建字第370402202600009号"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}


def begun(site: Site) -> None:
    """A permit that is tracked, and that the squad patrols."""
    claimed(site.rig, project_no="BJ-9", XK_WSH=DOCUMENT, XK_XKBH=DOCUMENT)
    site.rig.complete("acknowledge_copy", "cg.sz", **SIGN)
    site.rig.run()


def registered(page: Page) -> None:
    press(page, ".form-bar button.btn-primary")
    expect(page.locator(".banner-good").first).to_be_visible()


@pytest.mark.walks("construction_tracking")
def test_a_stage_is_asked_for_checked_and_shown_in_the_passport(visit: Callable[[str], Page], site: Site) -> None:
    begun(site)
    officer, passport = visit(CHECKER), f"{site.url}/permits/{project(site.rig)['approval_id']}"
    officer.goto(site.url + "/construction")
    expect(officer.locator("tbody")).to_contain_text("指标待核对")
    officer.goto(passport)
    officer.click("text=登记许可指标")
    officer.fill("#permitted_height", "54")
    registered(officer)
    officer.goto(passport)
    officer.click("text=登记“公示牌设置”申请")
    expect(officer.locator("#requested_on")).to_have_value("2026-03-02")
    registered(officer)
    open_first(officer, "现场核验")
    expect(officer.locator("#officer_1")).to_have_value(CHECKER)
    officer.select_option("#officer_2", HEAD)
    choose(officer, "verdict", "compliant")
    officer.fill("#findings", "公示牌已按规定设置")
    send(officer)
    officer.goto(passport)
    expect(officer.locator("main")).to_contain_text("公示牌已按规定设置")
    expect(officer.locator("main")).to_contain_text("登记“放线”申请")
    picture(officer, "passport")
    officer.set_viewport_size({"width": 390, "height": 844})
    picture(officer, "passport-phone")


@pytest.mark.walks("urban_patrol")
def test_a_patrol_is_done_on_a_phone_and_a_finding_becomes_a_lead(visit: Callable[[str], Page], site: Site) -> None:
    begun(site)
    head = visit("cg.sz.dz")
    head.goto(site.url + "/patrols")
    head.click("a:text-is('不定期检查')")
    head.fill("#spot_reason", "群众反映夜间施工")
    registered(head)
    officer = visit("cg.sz")
    officer.set_viewport_size({"width": 390, "height": 844})
    officer.context.grant_permissions(["geolocation"])
    officer.context.set_geolocation({"latitude": 34.81, "longitude": 117.32})
    open_first(officer, "现场巡查")
    officer.click("text=上传或查看")
    officer.set_input_files("#files", {"name": "p.png", "mimeType": "image/png", "buffer": PNG})
    officer.click("button:text-is('上传')")
    expect(officer.locator("tbody")).to_contain_text("PNG")
    picture(officer, "patrol-files-phone")
    open_first(officer, "现场巡查")
    choose(officer, "patrol_result", "finding")
    officer.fill("#patrol_note", "主体加层")
    officer.fill("#violation_facts", "擅自加建一层")
    locate = officer.locator("button:text-is('取当前位置')")
    if locate.count():
        locate.click()
        expect(officer.locator("#location")).to_have_value("34.810000,117.320000")
    picture(officer, "patrol-phone")
    send(officer)
    found = site.rig.rows(patrol, result="finding")[0]
    assert found["lead_key"]
    head.goto(site.url + "/patrols")
    expect(head.locator("main")).to_contain_text(found["lead_key"])
    picture(head, "patrols")


@pytest.mark.walks("expiry_watch")
def test_temporary_works_are_checked_on_the_day_after_their_last(visit: Callable[[str], Page], site: Site) -> None:
    document = "临建字第1号"
    permit(site.rig, XK_XKZS=WORKS, XK_YXQZI="2026-06-30", project_no="BJ-8", XK_WSH=document, XK_XKBH=document)
    site.rig.run()
    site.rig.complete("claim_duty", "ks.jsgc", nth=1, **CLAIM)
    site.rig.at("2026-07-01T09:00:00")
    officer = visit("ks.jsgc")
    officer.goto(site.url + "/temporary-permits")
    expect(officer.locator("tbody")).to_contain_text("演示住宅小区")
    open_first(officer, "期满核查")
    officer.fill("#checked_on", "2026-07-01")
    choose(officer, "decision", "done")
    officer.fill("#expiry_note", "已拆除清场")
    send(officer)
    officer.goto(site.url + "/temporary-permits?show=closed")
    expect(officer.locator("tbody")).to_contain_text("演示住宅小区")
    picture(officer, "temporary-permits")
