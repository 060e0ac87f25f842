"""Credit information is corrected, objected to and repaired, and everybody reads what is left, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.credit_platform import Platform
from tests.processes.penalty_steps import served
from tests.processes.steps import permit
from workflows.credit.watch import OpenWatch

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.3", "sdxy/38", "fgcj2023/repair")]
NUMBER = "建字第370402202600001号"


@pytest.mark.walks("credit_correction", "credit_objection", "credit_repair")
def test_a_record_is_corrected_objected_to_and_a_penalty_repaired(visit: Callable[[str], Page], site: Site) -> None:
    rig = site.rig
    rig.app.engine.execute(OpenWatch(rig.app.rulebook, "tester"))
    permit(rig)  # without the legal representative
    served(rig)
    platform = Platform(rig)
    platform.exchange()
    rig.at("2026-03-03T09:00:00")
    clerk = visit("sp.jianshe")
    clerk.goto(site.url + "/credit?state=held")
    picture(clerk, "credit-list")
    clerk.click(f'a.row-title:has-text("{NUMBER}")')
    expect(clerk.locator("main")).to_contain_text("法人及非法人组织须填法定代表人")
    clerk.click('a:has-text("改正字段")')
    clerk.fill("#XK_FRDB", "演示·法人")
    clerk.fill("#reason", "按营业执照补填")
    press(clerk, ".form-bar button.btn-primary")
    expect(clerk.locator(".banner-good")).to_contain_text("已改正")
    open_first(clerk, "改正并重新报送")
    choose(clerk, "decision", "resubmit")
    send(clerk)
    platform.exchange()
    clerk.goto(site.url + "/credit?state=accepted")
    clerk.click(f'a.row-title:has-text("{NUMBER}")')
    picture(clerk, "credit-entry")
    expect(clerk.locator("main")).to_contain_text("信用平台接收")
    clerk.click('a:has-text("登记异议")')
    clerk.fill("#applicant", "演示置业有限公司")
    clerk.fill("#applicant_contact", "演示电话")
    clerk.fill("#received_on", "2026-03-03")
    clerk.fill("#grounds", "涉及商业秘密，不应公示")
    press(clerk, ".form-bar button.btn-primary")
    expect(clerk.locator("h1")).to_contain_text("信用信息异议")
    open_first(clerk, "核查异议")
    choose(clerk, "verdict", "delete")
    clerk.fill("#opinion", "已核对，不应公示")
    send(clerk)
    other = visit("sp.chuangkou")
    other.goto(site.url + "/public?q=" + NUMBER)
    expect(other.locator("main")).to_contain_text("异议处理中")
    open_first(other, "审批处理意见")
    choose(other, "decision", "approve")
    send(other)
    other.goto(site.url + "/public?kind=licence&q=" + NUMBER)  # another address: readers may keep a page for a minute
    expect(other.locator("main")).to_contain_text("已撤回")
    rig.at("2026-06-03T09:00:00")
    officer = visit("ks.jsgc")
    officer.goto(site.url + "/credit?kind=penalty")
    officer.click("a.row-title >> nth=0")
    officer.click('a:has-text("登记修复申请")')
    officer.fill("#applicant", "演示置业有限公司")
    officer.fill("#applicant_contact", "演示电话")
    officer.fill("#received_on", "2026-06-03")
    officer.check("#is_performed")
    officer.check("#has_commitment")
    choose(officer, "severity", "general")
    officer.fill("#grounds", "罚款已缴清")
    press(officer, ".form-bar button.btn-primary")
    expect(officer.locator("h1")).to_contain_text("信用信息修复")
    open_first(officer, "审查修复申请")
    choose(officer, "verdict", "grant")
    officer.fill("#opinion", "罚款已缴清，承诺书已公开")
    send(officer)
    leader = visit("ju.lingdao")
    open_first(leader, "批准修复")
    choose(leader, "decision", "approve")
    send(leader)
    leader.goto(site.url + "/publications")
    picture(leader, "publications")
    expect(leader.locator("tbody").last).to_contain_text("撤回中")
    leader.goto(site.url + "/public?kind=penalty")
    picture(leader, "public")
    expect(leader.locator("main")).to_contain_text("没有找到")
