"""An object is rated, proposed, approved and planned in Chromium; the coverage names it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.key_areas import AREA, LEADER, POLICY, mine_of

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.3", "zz2020/2.4")]


@pytest.mark.walks("key_supervision")
def test_a_mine_is_rated_proposed_approved_and_covered(visit: Callable[[str], Page], site: Site) -> None:
    mine = mine_of(site.rig)
    head = visit("zr.xc.jz")
    head.goto(site.url + "/libraries/objects?q=" + mine["name"])
    picture(head, "library-objects")
    head.click("tbody a >> nth=0")
    head.click("text=提出重点监管")
    head.fill("#entry_reason", "边坡不稳，毗邻村庄")
    head.fill("#measures", "专项检查")
    press(head, ".form-bar button.btn-primary")
    expect(head.locator("main")).to_contain_text("待审批")
    policy = visit("zc.fagui")
    open_first(policy, "审批列入")
    choose(policy, "decision", "approve")
    send(policy)
    officer = visit("zr.xc")
    open_first(officer, "安排检查日期")
    officer.fill("#check_on", "2026-03-20")
    send(officer)
    officer.goto(site.url + "/key-areas?list=open")
    expect(officer.locator("main")).to_contain_text(mine["name"])
    expect(officer.locator("main")).to_contain_text("2026-03-20")
    picture(officer, "key-coverage")
    head.goto(f"{site.url}/libraries/objects/{mine['id']}/rate")
    choose(head, "kind", "risk")
    head.select_option("#risk", "high")
    head.fill("#source", "现场排查")
    head.fill("#reason", "边坡高陡")
    press(head, ".form-bar button.btn-primary")
    expect(head.locator("main")).to_contain_text("高风险")
    picture(head, "library-object")


@pytest.mark.walks("key_campaign")
def test_a_campaign_is_approved_runs_out_and_is_summed_up(visit: Callable[[str], Page], site: Site) -> None:
    policy, leader = visit(POLICY), visit(LEADER)
    policy.goto(site.url + "/key-areas/campaigns")
    policy.click("text=提出专项检查")
    policy.fill("#name", "矿山边坡专项检查")
    choose(policy, "kind", "special")
    policy.select_option("#item_code", "ZR023")
    policy.locator(f'label:has(input[name="areas"][value="{AREA}"])').click()
    policy.fill("#ends_on", "2026-03-06")
    policy.fill("#reason", "汛前排查")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("h1")).to_contain_text("矿山边坡专项检查")
    open_first(leader, "批准方案")
    choose(leader, "decision", "approve")
    send(leader)
    site.rig.run()
    policy.goto(site.url + "/key-areas/campaigns")
    expect(policy.locator("tbody")).to_contain_text("0 / 2")
    site.rig.at("2026-03-07T00:00:00")
    policy = visit(POLICY)
    open_first(policy, "总结")
    policy.fill("#findings", "边坡有隐患")
    policy.fill("#unfinished_reason", "人手不足，四月补查")
    send(policy)
    policy.goto(site.url + "/key-areas/campaigns")
    policy.click("tbody a >> nth=0")
    expect(policy.locator("main")).to_contain_text("逾期未检")
    expect(policy.locator("main")).to_contain_text("人手不足，四月补查")
    picture(policy, "key-campaign")
    policy.set_viewport_size({"width": 390, "height": 844})
    picture(policy, "key-campaign-phone")
    assert policy.evaluate("document.documentElement.scrollWidth") <= 390
