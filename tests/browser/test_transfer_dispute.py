"""A case that nobody wants is given to a unit by the arbiter, clicked through in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, send
from tests.processes.steps import CITY, sent_transfer
from tests.processes.test_case_transfer import BACK, SQUAD
from tests.processes.test_transfer_dispute import AGAIN, POLICY, TOWN

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("xzcf/25")]


@pytest.mark.walks("case_transfer")
def test_a_case_returned_twice_is_given_to_a_unit_that_cannot_return_it(
    visit: Callable[[str], Page], site: Site
) -> None:
    sent_transfer(site.rig)
    for _ in range(2):
        site.rig.complete("receive_transfer", SQUAD, **BACK)
        site.rig.complete("handle_return", CITY, **AGAIN)
    arbiter = visit(POLICY)
    open_first(arbiter, "裁定查处单位")
    choose(arbiter, "decision", "designate")
    arbiter.select_option("#designated_unit", "TN-SZ")
    arbiter.fill("#designation_document", "演示指〔2026〕1号")
    arbiter.fill("#arbitration_note", "位于村庄规划区")
    send(arbiter)
    town = visit(TOWN)
    open_first(town, "接收")
    expect(town.locator('input[name="decision"]').first).to_be_attached()
    expect(town.locator('input[name="decision"][value="return"]')).to_have_count(0)
    choose(town, "decision", "accept")
    town.fill("#case_officer", "演示·队员")
    send(town)
    open_first(town, "反馈立案")
