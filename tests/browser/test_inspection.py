"""An inspection is begun, recorded with a photo and a refusal, reviewed and put right, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, picture, press, send
from tests.processes.inspections import PHOTO

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.5", "xzcf/55")]


@pytest.mark.walks("inspection")
def test_a_violation_is_recorded_reviewed_and_put_right(visit: Callable[[str], Page], site: Site) -> None:
    head = visit("ks.jsgc.kz")
    head.goto(site.url + "/inspections/new")
    choose(head, "kind", "onsite")
    head.select_option("#item_code", "ZR004")
    head.fill("#party_name", "演示置业有限公司")
    head.fill("#site", "光明路 1 号")
    head.select_option("#area", "370402")
    head.select_option("#unit", "NR-CITY-JSGC")
    head.fill("#reason", "年度检查安排")
    press(head, ".form-bar button.btn-primary")
    expect(head.locator("h1")).to_contain_text("演示置业有限公司")
    head.click('.acts a:has-text("安排检查人员")')
    choose(head, "decision", "assign")
    choose(head, "inspectors", "ks.jsgc")
    choose(head, "inspectors", "ks.jsgc.kz")
    send(head)

    officer = visit("ks.jsgc")
    officer.goto(site.url + "/inspections?scope=mine")
    officer.click("tbody a >> nth=0")
    officer.click('a:has-text("填写检查记录")')
    officer.fill("#started_at", "2026-03-02T09:30")
    officer.fill("#ended_at", "2026-03-02T10:00")
    for place, line in enumerate(officer.locator('fieldset[id^="line_"]').all()):
        line.locator(f'label:has(input[value="{"no" if place == 0 else "yes"}"])').click()
    officer.locator('input[name^="note_"]').first.fill("加建二层")
    choose(officer, "result", "violation")
    officer.fill("#summary", "现场加建二层约二百平方米")
    officer.set_input_files("#photos", [{"name": "正面.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}])
    choose(officer, "signature", "refused")
    officer.fill("#refusal_reason", "不愿签字")
    officer.fill("#witnesses", "演示·社区干部")
    picture(officer, "inspection-record")
    officer.click('.form-bar button:has-text("提交检查记录")')
    expect(officer.locator("main")).to_contain_text("拒绝签字")

    leader = visit("ju.lingdao")
    leader.goto(site.url + "/inspections?scope=all")
    leader.click("tbody a >> nth=0")
    leader.click('.acts a:has-text("审核检查结果")')
    choose(leader, "decision", "confirm")
    choose(leader, "handling", "rectify")
    leader.fill("#requirements", "拆除加建部分")
    send(leader)

    officer.reload()
    officer.click('.acts a:has-text("登记改正报告")')
    choose(officer, "reported", "yes")
    officer.fill("#reported_on", "2026-03-02")
    officer.fill("#report_text", "已拆除")
    send(officer)
    officer.goto(site.url + "/inspections?scope=mine")
    officer.click("tbody a >> nth=0")
    officer.click('.acts a:has-text("复查")')
    choose(officer, "recheck_verdict", "corrected")
    officer.fill("#rechecked_on", "2026-03-02")
    officer.fill("#recheck_note", "属实")
    send(officer)
    officer.goto(site.url + "/inspections?state=closed")
    expect(officer.locator("tbody")).to_contain_text("已改正")
    picture(officer, "inspection-list")
    officer.click("tbody a >> nth=0")
    expect(officer.locator("main")).to_contain_text("改正到位")
    picture(officer, "inspection")
