"""Whoever signs out, is signed out or takes over the phone: the queue stays with its owner."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.field_site import Take, records
from tests.processes.inspections import HEAD
from web.field_assets import Assets

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.5")]
DATABASES = "indexedDB.databases().then((found) => found.map((one) => one.name))"


def test_an_expired_session_keeps_the_queue_until_the_person_has_signed_in(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.fill_all()
    phone.submit()
    phone.context.clear_cookies()
    phone.offline(False)
    expect(phone.page.locator("#sign-in")).to_be_visible()
    phone.expect_state("queued")
    assert records(phone_site) == []
    phone.page.click("#sign-in a")
    phone.page.fill("#login", "ks.jsgc")
    phone.page.fill("#password", "demo-2026")
    phone.page.click("main button.btn-primary")
    phone.expect_state("delivered")
    assert len(records(phone_site)) == 1


def test_another_person_on_the_same_phone_neither_sees_nor_sends_it(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.fill_all("只给本人看")
    phone.submit()
    phone.context.clear_cookies()
    phone.offline(False)
    phone.sign_in(HEAD)
    expect(phone.page.locator("main .f-banner")).to_contain_text(phone_site.rig.actor("ks.jsgc").name)
    expect(phone.page.locator(".f-row")).to_have_count(0)
    assert "只给本人看" not in phone.page.locator("body").inner_text()
    assert records(phone_site) == []


def test_signing_out_forgets_everything(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.answer()
    phone.page.click("#back")
    phone.reply("#sign-out", is_yes=False)
    expect(phone.page.locator(".f-chip")).to_have_text("草稿 3/3")
    phone.reply("#sign-out", is_yes=True)
    expect(phone.page.locator("#password")).to_be_visible()
    assert phone.page.evaluate(DATABASES) == []
    assert phone.page.evaluate("caches.keys()") == []
    assert phone.page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    phone.open()
    expect(phone.page.locator("#password")).to_be_visible()


def test_signing_out_on_any_other_page_forgets_it_too_and_warns_before(phone_site: Site, take: Take) -> None:
    phone = take(1000).sign_in().ready()
    phone.offline()
    phone.fill_all()
    phone.submit()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    phone.offline(False)
    phone.page.goto(phone_site.url + "/tasks")
    expect(phone.page.locator(".outbox-note")).to_contain_text("1 份现场检查记录还没有送达")
    phone.reply("form[data-logout] button", is_yes=False)
    expect(phone.page.locator(".outbox-note")).to_be_visible()
    phone.reply("form[data-logout] button", is_yes=True)
    expect(phone.page.locator("#password")).to_be_visible()
    assert phone.page.evaluate(DATABASES) == phone.page.evaluate("caches.keys()") == []


def test_signing_out_without_a_network_ends_the_session_at_the_next_page(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.page.click("#sign-out")
    expect(phone.page.locator("main")).to_contain_text("已全部清除")
    phone.offline(False)
    expect(phone.page.locator("main")).to_contain_text("已退出登录")
    assert phone.page.evaluate(DATABASES) == []
    phone.page.goto(phone_site.url + "/tasks")
    expect(phone.page.locator("#password")).to_be_visible()
    phone.page.goto(phone_site.url + "/tasks")
    expect(phone.page.locator("#password")).to_be_visible()


def versioned(phone_site: Site, version: str) -> Assets:
    """Return the assets of another version whose app says so."""
    app = phone_site.app
    now: Assets = app.extensions["xianjie-field"]
    mark = f'\ndocument.documentElement.dataset.version = "{version}";\n'.encode()
    changed = {
        name: replace(asset, content=asset.content + mark) if name == "js/field/app.js" else asset
        for name, asset in now.files.items()
    }
    return Assets(version, changed)


def test_a_new_version_is_taken_whole_and_works_offline(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.answer()
    asked: list[str] = []
    phone.page.on("request", lambda sent: asked.append(sent.url))
    phone_site.app.extensions["xianjie-field"] = versioned(phone_site, "b" * 16)
    phone.page.evaluate("navigator.serviceWorker.getRegistration('/field/').then((found) => found.update())")
    phone.page.click("#take-update")
    expect(phone.page.locator("html")).to_have_attribute("data-version", "b" * 16)
    expect(phone.page.locator(".f-card.is-done")).to_have_count(3)
    phone.offline()
    asked.clear()
    phone.page.reload()
    expect(phone.page.locator(".f-card.is-done")).to_have_count(3)
    versions = {url.split("/field/a/")[1].split("/")[0] for url in asked if "/field/a/" in url}
    assert versions == {"b" * 16}
    assert phone.page.evaluate("caches.keys()") == ["xianjie-field-" + "b" * 16]


def test_a_new_version_that_cannot_be_fetched_whole_changes_nothing(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    before = phone.page.evaluate("caches.keys()")
    phone.context.route("**/field/a/cccccccccccccccc/js/field/sync.js", lambda route: route.abort())
    phone_site.app.extensions["xianjie-field"] = versioned(phone_site, "c" * 16)
    phone.page.reload()
    phone.ready()
    phone.page.wait_for_timeout(1500)
    phone.offline()
    phone.page.reload()
    phone.ready()
    assert phone.page.locator("html").get_attribute("data-version") is None
    assert before[0] in phone.page.evaluate("caches.keys()")
    phone.complaints = [text for text in phone.complaints if "import" not in text and "Failed to" not in text]


def test_what_the_server_refuses_comes_back_to_the_form_with_the_reason(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.fill_all()
    phone_site.rig.clock.advance(timedelta(hours=-2))
    phone.submit()
    phone.expect_state("refused")
    phone.page.click("text=去修改")
    expect(phone.page.locator("#refused")).to_contain_text("结束时间不能晚于现在")
    phone.accessible()
    phone_site.rig.clock.advance(timedelta(hours=2))
    phone.submit()
    phone.expect_state("delivered")
    assert len(records(phone_site)) == 1
