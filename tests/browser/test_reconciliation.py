"""A difference is explained and accepted, a list is compared and the past is looked at, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from workflows.intake.report import text_workbook
from workflows.reconciliation.daily import OpenReconciliation

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/3.1", "zz2020/2.1")]
HEADER = ["办件编号", "申请人", "许可决定日期"]


@pytest.mark.walks("reconciliation")
def test_a_difference_is_explained_and_a_list_compared(visit: Callable[[str], Page], site: Site) -> None:
    rig = site.rig
    rig.app.engine.execute(OpenReconciliation("tester"))
    rig.run()
    rig.at("2026-03-05T09:00:00")
    officer = visit("ks.jsgc")
    officer.goto(site.url + "/reconciliation")
    expect(officer.locator("main")).to_contain_text("有不能解释的差异")
    picture(officer, "reconciliation-days")
    officer.click("section a:has-text('DC2026') >> nth=0")
    expect(officer.locator("main")).to_contain_text("BJ-1")
    open_first(officer, "说明差异原因")
    choose(officer, "decision", "explained")
    choose(officer, "reason_code", "offline")
    officer.fill("#explanation", "已当面交接，系统补录中")
    send(officer)
    policy = visit("zc.fagui")
    open_first(policy, "审核说明")
    choose(policy, "decision", "accept")
    send(policy)
    officer.goto(site.url + "/reconciliation/differences?state=explained")
    expect(officer.locator("tbody")).to_contain_text("已说明")

    clerk = visit("sp.jianshe")
    clerk.goto(site.url + "/reconciliation/lists")
    clerk.select_option("#kind", "decision")
    clerk.select_option("#unit", "AP-CITY")
    clerk.fill("#first_day", "2026-03-01")
    clerk.fill("#last_day", "2026-03-04")
    book = text_workbook([("办件", HEADER, [["BJ-1", "另一家公司", "2026-03-02"], ["BJ-8", "某公司", "2026-03-03"]])])
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    clerk.set_input_files("#file", {"name": "清单.xlsx", "mimeType": media, "buffer": book})
    press(clerk, ".form-bar button.btn-primary")
    expect(clerk.locator("main")).to_contain_text("仅对方有")
    picture(clerk, "reconciliation-list")
    clerk.click("button[value=commit]")
    expect(clerk.locator("main")).to_contain_text("核对结果")

    policy.goto(site.url + "/forecast")
    expect(policy.locator("main")).to_contain_text("样本不足")
    officer.goto(site.url + "/cases/SG2026-00001/as-of?at=2026-03-02T10:30")
    expect(officer.locator("main")).to_contain_text("这是过去")
    picture(officer, "as-of-case")
