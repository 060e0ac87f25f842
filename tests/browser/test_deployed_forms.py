"""In Chromium: an administrator deploys a changed form; an official is asked by it in new cases, not in old ones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.processes.steps import CITY
from tests.processes.test_deployed_forms import FORM, PROCESS, claim_of, longer

pytestmark = [pytest.mark.browser, needs_chromium]
NEW_QUESTION = "现场联系人"


def test_a_deployed_form_reaches_the_official_in_new_cases_only(visit: Callable[[str], Page], site: Site) -> None:
    old = claim_of(site.rig, "BJ-OLD", "21")
    admin = visit("xt.admin")
    admin.goto(site.url + "/engine/deployments/new")
    admin.set_input_files("#files", [{"name": "claim_duty.form", "mimeType": "application/json", "buffer": longer()}])
    admin.click("main form button.btn-primary")
    expect(admin.locator(".banner-good").first).to_contain_text("可以部署")
    admin.click('button[value="deploy"]')
    expect(admin.locator(".banner-good").last).to_contain_text(f"{PROCESS} 第 2 版")
    admin.goto(f"{site.url}/engine/definitions/{PROCESS}/2")
    admin.locator(f'a[href$="/forms/{FORM}"]').click()
    expect(admin.get_by_label(NEW_QUESTION)).to_be_visible()
    new = claim_of(site.rig, "BJ-NEW", "22")
    official = visit(CITY)
    official.goto(f"{site.url}/tasks/{old.id}")
    expect(official.get_by_text("认领", exact=True).first).to_be_visible()
    expect(official.locator("#contact")).to_have_count(0)
    official.goto(f"{site.url}/tasks/{new.id}")
    expect(official.get_by_label(NEW_QUESTION)).to_be_visible()
