"""The catalogue in Chromium, with and without JavaScript: found, changed, claimed, imported, checked."""

import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.2", "zz2020/1.2")]


@pytest.mark.walks("catalogue_change")
def test_an_item_is_changed_claimed_and_approved(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    policy.goto(site.url + "/catalogue")
    policy.select_option("#unit", "NR-CITY-CH")
    policy.click("text=筛选")
    expect(policy.locator("a.row-title")).to_have_count(5)
    picture(policy, "catalogue-filtered")
    policy.click("a.row-title >> nth=0")
    picture(policy, "catalogue-item")
    policy.click("text=提出修改")
    policy.fill("#measure", "每年抽查并联合市场监管部门检查")
    policy.fill("#reason", "演示：补充联合检查")
    picture(policy, "catalogue-form")
    press(policy, ".form-bar button.btn-primary")
    expect(policy.locator("ins").first).to_have_text("每年抽查并联合市场监管部门检查")
    unit = visit("ks.ch")
    open_first(unit, "认领或提出异议")
    choose(unit, "claim_answer", "claim")
    send(unit)
    head = visit("zc.kezhang")
    open_first(head, "合法性审核")
    choose(head, "review", "pass")
    send(head)
    leader = visit("ju.lingdao")
    open_first(leader, "审批清单调整")
    choose(leader, "approval", "approve")
    send(leader)
    policy.goto(site.url + "/catalogue/changes/QD2026-00001")
    expect(policy.locator("main")).to_contain_text("待生效")
    site.rig.at("2026-03-03T00:00:00")
    policy = visit("zc.fagui")  # the session of yesterday is over
    policy.goto(site.url + "/catalogue/items/ZR027")
    expect(policy.locator("#versions")).to_contain_text("第 2 版")
    expect(policy.locator("#versions ins").first).to_have_text("每年抽查并联合市场监管部门检查")
    picture(policy, "catalogue-versions")


def test_an_owner_claims_and_disputes(visit: Callable[[str], Page], site: Site) -> None:
    clerk = visit("ks.jsgc")
    clerk.goto(site.url + "/catalogue/items/ZR004")
    clerk.click('button:has-text("认领")')
    expect(clerk.locator("main")).to_contain_text("待生效")
    clerk.goto(site.url + "/catalogue/items/ZR007")
    clerk.click("text=提出异议")
    clerk.fill("#reason", "不属本科室职责")
    clerk.select_option("#suggested_unit", "NR-CITY-PHJG")
    press(clerk, ".form-bar button.btn-primary")
    policy = visit("zc.fagui")
    open_first(policy, "裁定归属")
    expect(policy.locator("#arbitrated_unit")).to_have_value("NR-CITY-PHJG")
    choose(policy, "arbitration", "reassign")
    policy.fill("#arbitration_note", "按三定方案")
    send(policy)
    policy.goto(site.url + "/catalogue/changes?state=open")
    expect(policy.locator("tbody tr")).to_have_count(2)
    picture(policy, "catalogue-changes")


def test_a_file_is_previewed_and_proposed(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    policy.goto(site.url + "/catalogue")
    policy.click("summary:has-text('导入导出')")
    with policy.expect_download() as waiting:
        policy.click("text=导出目录清单（xlsx）")
    book = load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    header = [cell.value for cell in book.worksheets[0][1]]
    book.worksheets[0].cell(2, header.index("监管措施") + 1).value = "查验有效期"
    book.worksheets[0].cell(3, header.index("监管对象") + 1).value = None
    out = io.BytesIO()
    book.save(out)
    policy.goto(site.url + "/catalogue/imports")
    policy.set_input_files("#file", {"name": "清单.xlsx", "mimeType": "application/octet-stream",
                                     "buffer": out.getvalue()})  # fmt: skip
    policy.fill("#reason", "演示：换版")
    policy.click("text=上传并预览")
    expect(policy.locator("main")).to_contain_text("缺少监管对象")
    expect(policy.locator("ins").first).to_have_text("查验有效期")
    picture(policy, "catalogue-import")
    policy.click("text=提出 1 个调整")
    expect(policy.locator("main")).to_contain_text("QD2026-00001")


def test_every_screen_fits_a_phone(visit: Callable[[str], Page], site: Site) -> None:
    policy = visit("zc.fagui")
    policy.set_viewport_size({"width": 390, "height": 844})
    screens = {
        "list": "/catalogue", "item": "/catalogue/items/ZR008", "form": "/catalogue/items/ZR008/amend",
        "changes": "/catalogue/changes", "imports": "/catalogue/imports", "check": "/catalogue/check",
    }  # fmt: skip
    for name, path in screens.items():
        policy.goto(site.url + path)
        width = policy.evaluate("document.documentElement.scrollWidth") if _has_script(policy) else 390
        assert width <= 390, path
        picture(policy, f"catalogue-phone-{name}")


def _has_script(page: Page) -> bool:
    try:
        return bool(page.evaluate("1") == 1)
    except Exception:  # noqa: BLE001 - a page without script cannot be asked
        return False
