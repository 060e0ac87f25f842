"""An alert from the webhook to its evidence, in Chromium: dismissed with one click, checked on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send
from tests.processes.alerts import FIELD, HEAD, PNG, POLICY, WATCH, device, key_for
from workflows.alerts.simulator import Sender
from workflows.records.alerts import alert

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.7", "xzcf/41", "sanyuan/on-site")]


@pytest.mark.walks("site_alert")
def test_noise_goes_with_one_click_and_a_true_alert_is_checked_on_a_phone(
    visit: Callable[[str], Page], site: Site
) -> None:
    issued = key_for(site.rig, device(site.rig))
    sender, now = Sender(site.url, issued.key_id, issued.secret), site.rig.clock.now()
    for number in range(3):
        seen = {"device": "CAM-01", "source_key": f"S-{number}", "class": "quarrying", "confidence": 0.8,
                "happened_at": now.isoformat()}  # fmt: skip
        status, _ = sender.send(seen, now, f"nonce-{number:016d}")
        assert status == 201
    watch = visit(WATCH)
    watch.goto(site.url + "/alerts")
    watch.get_by_role("button", name="误报 YJ2026-00001").click()
    expect(watch.locator("tbody tr")).to_have_count(2)
    watch.get_by_role("button", name="撤销忽略 YJ2026-00001").click()
    expect(watch.locator("tbody tr")).to_have_count(3)
    watch.locator('input[name="number"][value="YJ2026-00001"]').check()
    watch.get_by_role("button", name="全部按重复忽略").click()
    expect(watch.locator("tbody tr")).to_have_count(2)
    picture(watch, "alerts-screen")
    watch.get_by_role("link", name="派到现场 YJ2026-00002").click()
    watch.fill("#decision_note", "看东侧便道")
    watch.get_by_role("button", name="派到现场").click()
    expect(watch.locator(".banner-good").first).to_contain_text("两小时内反馈")

    officer = visit(FIELD)
    officer.set_viewport_size({"width": 390, "height": 844})
    officer.goto(site.url + "/tasks")
    officer.locator('tr:has-text("到场核查") a.row-title').first.click()
    expect(officer.locator("main")).to_contain_text("看东侧便道")
    assert officer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    choose(officer, "verdict", "true")
    officer.fill("#site_note", "演示：挖掘机正在开采，已制止")
    officer.fill("#party_name", "演示石料有限公司")
    officer.set_input_files("#photos", [{"name": "IMG.png", "mimeType": "image/png", "buffer": PNG}])
    picture(officer, "alert-phone")
    officer.get_by_role("button", name="提交核查结果").click()
    expect(officer.locator(".banner-good").first).to_contain_text("核查结果已登记")
    assert site.rig.rows(alert, number="YJ2026-00002")[0]["verdict"] == "true"
    officer.set_viewport_size({"width": 1366, "height": 768})
    open_first(officer, "提出处置意见")
    choose(officer, "follow_up", "persuade")
    officer.select_option("#item_code", "ZR023")
    expect(officer.locator("#follow_up_note")).to_have_value("演示：挖掘机正在开采，已制止")
    send(officer)
    for login, kind in ((HEAD, "technical"), (POLICY, "legal")):
        reviewer = visit(login)
        open_first(reviewer, "审核记录")
        choose(reviewer, f"{kind}_decision", "pass")
        reviewer.fill(f"#{kind}_note", "演示：符合要求")
        send(reviewer)
    watch.goto(site.url + "/alerts/statistics")
    picture(watch, "alerts-statistics")
    watch.locator('table.heat a:has-text("1/3")').click()
    watch.get_by_role("link", name="YJ2026-00002").click()
    expect(watch.locator("main")).to_contain_text("设备和记录均经审核，地点已公布")
    picture(watch, "alert-show")


def test_a_device_is_registered_reviewed_published_and_given_a_key(visit: Callable[[str], Page], site: Site) -> None:
    keeper = visit("ks.zf.kz")
    keeper.goto(site.url + "/alerts/devices/new")
    given = {
        "#code": "CAM-07", "#name": "演示·南山口", "#place": "演示南山口", "#coordinates": "34.812000,117.323000",
        "#purpose": "演示：发现私挖盗采", "#vendor": "演示厂家",
    }  # fmt: skip
    for field, text in given.items():
        keeper.fill(field, text)
    for field, value in {"#kind": "camera", "#area": "370402", "#watch_unit": "NR-CITY-ZF", "#unit": "NR-SZ"}.items():
        keeper.select_option(field, value)
    press(keeper, ".form-bar button.btn-primary")
    expect(keeper.locator("main")).to_contain_text("记录只作线索")
    for kind in ("legal", "technical"):
        keeper.get_by_role("link", name="登记证书").click()
        choose(keeper, "kind", kind)
        keeper.fill("#number", f"演示-{kind}")
        keeper.fill("#issuer", "演示审核单位")
        keeper.fill("#valid_from", "2026-01-01")
        keeper.fill("#valid_until", "2026-03-20")
        press(keeper, ".form-bar button.btn-primary")
    keeper.get_by_role("link", name="登记公布").click()
    keeper.fill("#published_on", "2026-02-01")
    keeper.fill("#published_at", "演示公告第1号")
    keeper.fill("#sign_on", "2026-02-01")
    press(keeper, ".form-bar button.btn-primary")
    expect(keeper.locator("main")).to_contain_text("已公布，有标志")
    expect(keeper.locator(".lamp-soon")).to_have_count(2)
    keeper.get_by_role("button", name="发放设备密钥").click()
    secret = keeper.locator("#key-secret").inner_text()
    picture(keeper, "alerts-device")
    keeper.goto(site.url + "/alerts/devices")
    keeper.get_by_role("link", name="演示·南山口").click()
    expect(keeper.locator("main")).not_to_contain_text(secret)
