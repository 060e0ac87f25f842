"""A complaint from intake to call-back in Chromium; the unit never sees who asked for secrecy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.http.test_complaint_pages import hotline, sheet
from tests.processes.complaint_steps import NAME, PHONE

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.6")]


def registered(page: Page, site: Site) -> None:
    """Fill the intake form; the place is asked for because it is an illegal building."""
    page.goto(site.url + "/complaints/new")
    page.select_option("#channel", "12345")
    page.fill("#source_no", "GD-1")
    page.select_option("#matter", "illegal_building")
    page.fill("#party_name", "演示置业有限公司")
    page.select_option("#area", "370402")
    if page.locator('input[name="place_kind"]').first.is_visible():
        choose(page, "place_kind", "planned")
    page.fill("#content", f"我是{NAME}，楼顶加建一层")
    page.fill("#informant_name", NAME)
    page.fill("#informant_phone", PHONE)
    page.locator('label:has(input[name="is_confidential"])').click()
    press(page, ".form-bar button.btn-primary")
    expect(page.locator("h1")).to_contain_text("演示置业有限公司")


@pytest.mark.walks("complaint")
def test_a_complaint_is_dispatched_answered_and_called_back(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    registered(policy, site)
    expect(policy.locator("main")).not_to_contain_text(NAME)
    where = policy.url
    if policy.locator("text=待分派").count():  # without script the place was not asked for, so a person decides
        open_first(policy, "人工分派")
        choose(policy, "dispatch_to", "unit")
        policy.select_option("#target_unit", "CG-SZ")
        policy.fill("#decision_reason", "规划区内")
        send(policy)
    squad = visit("cg.sz")
    open_first(squad, "受理审查")
    choose(squad, "decision", "accept")
    send(squad)
    squad.goto(where)
    expect(squad.locator("#informant")).to_contain_text("您不能查看投诉人信息")
    picture(squad, "complaint-unit")
    open_first(squad, "调查办理并答复")
    choose(squad, "outcome", "established")
    squad.fill("#handling_note", "现场核查属实")
    squad.fill("#reply_text", f"{NAME}您好，已责令拆除")
    send(squad)
    policy.goto(where)
    expect(policy.locator("main")).to_contain_text("投诉人您好，已责令拆除")
    policy.fill("#reason", "回访")
    policy.click("text=查看投诉人（留痕）")
    expect(policy.locator("#informant")).to_contain_text(PHONE)
    picture(policy, "complaint")
    open_first(policy, "回访")
    choose(policy, "call_result", "satisfied")
    send(policy)
    policy.goto(site.url + "/complaints/statistics")
    expect(policy.locator("tbody")).to_contain_text("12345 热线")
    policy.goto(site.url + "/complaints?state=closed")
    expect(policy.locator("tbody")).to_contain_text("满意")
    picture(policy, "complaints")


def test_a_file_of_work_orders_is_previewed_and_registered(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    file, name = sheet(hotline("H-1"), hotline("H-2", FYNR=""))
    policy.goto(site.url + "/complaints/imports")
    policy.select_option("#channel", "12345")
    policy.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    policy.click("text=上传并预览")
    expect(policy.locator("tbody tr")).to_have_count(2)
    expect(policy.locator("main")).not_to_contain_text(NAME)
    picture(policy, "complaint-import")
    policy.click("text=登记 1 件")
    expect(policy.locator("tbody")).to_contain_text("TS2026-00001")
