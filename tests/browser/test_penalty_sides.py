"""Beside a penalty, in Chromium: evidence is held, a crime goes to the police, a decision is overturned."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.penalty_steps import LEADER, OFFICER, REPORT, filed, served

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("xzcf/48", "xzcf/56", "yjsz/5", "yjsz/8")]


def register(page: Page, site: Site, number: str, form: str, **answers: str) -> None:
    page.goto(f"{site.url}/penalties/{number}/forms/{form}")
    for field, value in answers.items():
        page.fill(f"#{field}", value)
    press(page, ".form-bar button.btn-primary")
    expect(page.locator(".banner-good").first).to_be_visible()


@pytest.mark.walks("evidence_hold", "criminal_referral")
def test_evidence_is_held_and_the_case_goes_to_the_police(visit: Callable[[str], Page], site: Site) -> None:
    number = filed(site.rig)
    officer, leader = visit(OFFICER), visit(LEADER)
    register(officer, site, number, "hold", things="电脑 1台\n账册 3本", hold_place="仓库", hold_reason="可能灭失")
    open_first(leader, "批准保存")
    choose(leader, "decision", "approve")
    send(leader)
    open_first(officer, "作出处理决定")
    choose(officer, "hold_decision", "release")
    officer.fill("#hold_result", "复制后返还")
    send(officer)
    site.rig.complete("investigate", OFFICER, **{**REPORT, "is_criminal": True})
    open_first(leader, "决定是否移送")
    choose(leader, "decision", "approve")
    leader.fill("#crime", "非法占用农用地罪")
    send(leader)
    open_first(officer, "移送公安机关")
    officer.fill("#police_organ", "演示公安局")
    send(officer)
    open_first(officer, "登记公安决定")
    choose(officer, "police", "not_filed")
    send(officer)
    open_first(leader, "决定是否复议")
    choose(leader, "decision", "request")
    leader.fill("#objection_note", "应当立案")
    send(leader)
    open_first(officer, "登记公安决定")
    choose(officer, "police", "filed")
    send(officer)
    open_first(officer, "移交物品和材料")
    officer.fill("#handed_over", "账册三本")
    send(officer)
    officer.goto(f"{site.url}/penalties/{number}")
    for text in (
        "电脑 1台、账册 3本，已处理",
        "证据先行登记保存通知书",
        "涉嫌犯罪案件移送书",
        "已移送公安",
        "决定是否提请复议",
    ):
        expect(officer.locator("main")).to_contain_text(text)
    picture(officer, "penalty-referred")
    officer.set_viewport_size({"width": 390, "height": 844})
    picture(officer, "penalty-referred-phone")
    assert officer.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.walks("penalty_overturn")
def test_an_overturned_decision_is_withdrawn_from_the_public(visit: Callable[[str], Page], site: Site) -> None:
    number = served(site.rig)
    officer = visit(OFFICER)
    officer.goto(f"{site.url}/penalties/{number}/forms/overturn")
    choose(officer, "overturn_kind", "revoked")
    officer.fill("#overturn_document", "演示复议决定")
    officer.fill("#overturn_reason", "程序违法")
    press(officer, ".form-bar button.btn-primary")
    expect(officer.locator("main")).to_contain_text("本案决定已被推翻：演示复议决定")
    open_first(officer, "撤回公开信息")
    officer.fill("#withdrawn_from", "门户网站")
    officer.fill("#withdrawal_note", "决定已被撤销")
    send(officer)
    officer.goto(f"{site.url}/penalties/{number}")
    expect(officer.locator("main")).to_contain_text("，门户网站")
    picture(officer, "penalty-overturned")
