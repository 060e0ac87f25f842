"""A lead becomes a penalty that is paid, and things are seized, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.penalty_steps import LEADER, OFFICER, SECOND, case, served
from tests.processes.steps import USCC

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.2", "zz2020/2.5", "xzcf/54")]


def tick(page: Page, name: str, *values: str) -> None:
    for value in values:
        choice = page.locator(f'label:has(input[name="{name}"][value="{value}"])')
        expect(choice).to_be_visible(timeout=30_000)  # shown after the server has said that it is asked
        choice.click()


def register(page: Page, site: Site) -> None:
    page.goto(site.url + "/penalties/new")
    page.fill("#party_name", "演示置业有限公司")
    page.fill("#party_code", USCC)
    page.fill("#site", "光明路 1 号")
    page.select_option("#area", "370402")
    page.select_option("#item_code", "ZR004")
    page.fill("#facts", "未经许可加建两层，约二百平方米")
    press(page, ".form-bar button.btn-primary")
    expect(page.locator("h1")).to_have_text("演示置业有限公司")


def check_and_file(officer: Page, leader: Page) -> None:
    open_first(officer, "立案审查")
    choose(officer, "party_kind", "2")
    for name in ("has_party", "has_fact", "has_liability", "has_jurisdiction"):
        choose(officer, name, "yes")
    choose(officer, "is_ended", "continuing")
    officer.fill("#filing_note", "现场核实属实")
    send(officer)
    open_first(leader, "批准立案")
    choose(leader, "decision", "approve")
    tick(leader, "officers", OFFICER, SECOND)
    send(leader)


@pytest.mark.walks("penalty", "penalty_inquiry")
def test_a_lead_is_filed_inquired_and_decided(visit: Callable[[str], Page], site: Site) -> None:
    officer, leader = visit(OFFICER), visit(LEADER)
    register(officer, site)
    check_and_file(officer, leader)
    open_first(officer, "调查取证")
    choose(officer, "step", "report")
    officer.fill("#evidence", "现场照片\n询问笔录")
    choose(officer, "proposal", "penalise")
    tick(officer, "penalty_types", "fine")
    officer.fill("#fine_yuan", "20000")
    officer.fill("#penalty_content", "罚款 20000 元")
    officer.fill("#penalty_basis", "城乡规划法第六十四条")
    send(officer)
    open_first(officer, "送达告知书")
    officer.select_option("#notice_way", "direct")
    send(officer)
    open_first(officer, "听取当事人意见")
    choose(officer, "statement", "waived")
    choose(officer, "hearing_request", "waived")
    send(officer)
    open_first(leader, "作出决定")
    choose(leader, "decision", "penalise")
    send(leader)
    row = case(site.rig)
    officer.goto(f"{site.url}/penalties/{row['business_key']}")
    expect(officer.locator("main")).to_contain_text("行政处罚决定书")
    expect(officer.locator("main")).to_contain_text("送达处罚决定书")
    picture(officer, "penalty-case")
    officer.goto(site.url + "/penalties")
    expect(officer.locator("tbody")).to_contain_text("已决定·待送达")
    picture(officer, "penalty-list")
    officer.set_viewport_size({"width": 390, "height": 844})
    picture(officer, "penalty-list-phone")
    officer.goto(f"{site.url}/penalties/{row['business_key']}")
    picture(officer, "penalty-case-phone")
    assert officer.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.walks("penalty_execution", "coercion")
def test_a_fine_is_paid_and_things_are_seized(visit: Callable[[str], Page], site: Site) -> None:
    number = served(site.rig)
    officer, leader = visit(OFFICER), visit(LEADER)
    officer.goto(f"{site.url}/penalties/{number}/forms/payment")
    choose(officer, "kind", "fine")
    officer.fill("#amount", "12000.50")
    officer.fill("#voucher", "P1")
    picture(officer, "penalty-payment")
    press(officer, ".form-bar button.btn-primary")
    expect(officer.locator("main")).to_contain_text("7,999.50 元")
    officer.goto(f"{site.url}/penalties/{number}/forms/payment")
    choose(officer, "kind", "fine")
    officer.fill("#amount", "7999.50")
    officer.fill("#voucher", "P2")
    press(officer, ".form-bar button.btn-primary")
    open_first(officer, "跟踪履行")
    choose(officer, "execution", "performed")
    send(officer)
    open_first(officer, "结案报告")
    officer.fill("#closing_report", "罚款已缴清")
    officer.fill("#archive_no", "2026-001")
    send(officer)
    open_first(leader, "批准结案")
    choose(leader, "decision", "approve")
    send(leader)
    officer.goto(f"{site.url}/coercions/new/measure?case={number}")
    choose(officer, "measure", "seize")
    choose(officer, "party_kind", "2")
    officer.select_option("#item_code", "ZR004")
    officer.fill("#basis", "演示条例第一条")
    tick(officer, "officers", OFFICER, SECOND)
    officer.fill("#goods", "挖掘机 1台 完好")
    press(officer, ".form-bar button.btn-primary")
    expect(officer.locator("h1")).to_contain_text("扣押")
    open_first(leader, "事先批准")
    choose(leader, "decision", "approve")
    send(leader)
    open_first(officer, "实施")
    choose(officer, "presence", "party")
    send(officer)
    officer.goto(site.url + "/coercions")
    officer.click("tbody a >> nth=0")
    expect(officer.locator("main")).to_contain_text("挖掘机")
    expect(officer.locator("main")).to_contain_text("扣押清单")
    picture(officer, "coercion")
    officer.set_viewport_size({"width": 390, "height": 844})
    assert officer.evaluate("document.documentElement.scrollWidth") <= 390
