"""From an inspection to the front-end database and back: rejected, corrected, accepted, in Chromium."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import picture
from tests.processes.inspections import OFFICER, OTHER_HEAD, assigned, record, submit
from tests.processes.rig import china
from tests.processes.steps import USCC
from tests.processes.test_exchange import Hub
from workflows.delivery import Courier, Route
from workflows.exchange.collect import Collect

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.2")]


def test_a_rejected_record_is_corrected_and_accepted(visit: Callable[[str], Page], site: Site, tmp_path: Path) -> None:
    city, hub = site.rig, Hub(tmp_path / "front.db")
    courier = Courier(city.app.engine, {"exchange": Route(hub.adapter, "370400", presume_hours=24)})
    done = assigned(city, party_code=USCC)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, decision="confirm")
    city.app.engine.execute(Collect("inspection", city.app.rulebook))
    courier.work()
    (sent,) = hub.rows("regulation_inspection")
    hub.reject(sent, china("2026-03-02T11:00:00"), "监管对象名称与登记不符")
    courier.work()

    page = visit(OFFICER)
    page.goto(site.url + "/exchange")
    picture(page, "exchange")
    page.click("text=被接收方退回")
    page.click("tbody a.row-title")
    expect(page.locator("main")).to_contain_text("监管对象名称与登记不符")
    expect(page.locator("main")).to_contain_text("请在来源案件中改正，或填写更正，再以更新方式重报")
    page.fill("#field-supervise_object", "演示置业公司")
    page.fill("#reason", "按市场主体登记的名称改正")
    picture(page, "exchange-record")
    page.click("button:has-text('更正并重报')")
    expect(page.locator("main")).to_contain_text("待发送")
    expect(page.locator("main")).to_contain_text("按市场主体登记的名称改正")
    courier.work()
    first, second = hub.rows("regulation_inspection")
    assert (first["cd_operation"], second["cd_operation"]) == ("i", "u")
    hub.reject(second, china("2026-03-02T12:00:00"), "", kind="通过")  # some receivers also say what they took
    courier.work()
    page.reload()
    expect(page.locator("main")).to_contain_text("已接收")
    page.click("dl.facts a")  # the case it came from, and back
    page.click("a:has-text('行政检查：演示置业有限公司')")
    expect(page.locator("h1")).to_contain_text("行政检查")

    policy = visit("zc.fagui")
    policy.goto(site.url + "/exchange/backfill")
    policy.select_option("#dataset", "penalty")
    policy.fill("#first_day", "2026-01-01")
    policy.fill("#reason", "补录一季度处罚")
    policy.click("button:has-text('开始补录')")
    expect(policy.locator("tbody")).to_contain_text("补录一季度处罚")
    policy.goto(site.url + "/exchange/batches")
    expect(policy.locator("tbody")).to_contain_text("2026030200001")
    picture(policy, "exchange-batches")
    hub.close()
