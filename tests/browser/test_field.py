"""An inspection recorded on the phone without a network arrives whole, once, and nothing of it is ever lost."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.phone import Phone, city_now, inspection_with_sheet, phones
from tests.processes.inspections import HEAD
from web.field_assets import Assets
from workflows.records.field import inspection_supplement
from workflows.records.inspections import evidence_file, inspection, inspection_record

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.5")]
Take = Callable[..., Phone]
DATABASES = "indexedDB.databases().then((found) => found.map((one) => one.name))"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A city with one inspection to be made."""
    rig = city_now(f"sqlite:///{tmp_path / 'field.db'}")
    inspection_with_sheet(rig)
    served = Site(rig)
    yield served
    served.close()


@pytest.fixture
def take(browser: Browser, site: Site) -> Iterator[Any]:
    yield from phones(browser, site)


def records(site: Site) -> list[Any]:
    return site.rig.rows(inspection_record)


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.acceptance("A25")
def test_ten_photos_and_a_signature_taken_offline_arrive_as_one_record(site: Site, take: Take, width: int) -> None:
    phone = take(width).sign_in().ready()
    phone.offline()
    phone.page.reload()
    phone.ready()
    expect(phone.page.locator("#network")).to_contain_text("离线")
    phone.fill_all()
    phone.photos(10)
    phone.submit()
    phone.expect_state("queued")
    assert records(site) == site.rig.rows(evidence_file) == []
    phone.offline(False)
    phone.expect_state("delivered")
    (record,) = records(site)
    files = {row["sha256"]: row["content"] for row in site.rig.rows(evidence_file)}
    named = [one["sha256"] for one in record["evidence"]]
    assert len(set(named)) == 11
    assert set(named) == set(files)
    assert all(hashlib.sha256(content).hexdigest() == digest for digest, content in files.items())
    assert record["signature"]["image_sha256"] in files
    assert max(len(content) for content in files.values()) < 400_000
    assert [line["verdict"] for line in record["lines"]] == ["yes"] * 3
    expect(phone.page.locator("#network")).to_have_text("在线")


@pytest.mark.acceptance("A25")
def test_a_draft_survives_a_killed_tab_and_is_sent_once(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.page.reload()
    phone.begin()
    phone.answer("no")
    phone.page.fill("#note-L0", "西侧退线不足 0.8 米")
    phone.photos(1)
    phone.page.close(run_before_unload=False)
    phone.new_page()
    phone.open()
    expect(phone.page.locator(".f-chip")).to_have_text("草稿 3/3")
    phone.page.locator(".f-task").click()
    expect(phone.page.locator("#note-L0")).to_have_value("西侧退线不足 0.8 米")
    expect(phone.page.locator(".f-thumb")).to_have_count(1)
    phone.page.fill("#note-L1", "多一层")
    phone.page.fill("#note-L2", "没有公示")
    phone.conclude("violation", "责令停工")
    phone.sign()
    phone.submit()
    phone.page.close(run_before_unload=False)
    phone.offline(False)
    phone.new_page()
    phone.open()
    phone.expect_state("delivered")
    (record,) = records(site)
    assert [line["note"] for line in record["lines"]] == ["西侧退线不足 0.8 米", "多一层", "没有公示"]


def test_of_two_devices_one_is_first_and_the_other_loses_nothing(site: Site, take: Take) -> None:
    first, second = take().sign_in(HEAD).ready(), take().sign_in().ready()
    second.offline()
    second.fill_all("后到的记录")
    second.photos(2)
    second.submit()
    first.fill_all("先到的记录")
    first.submit()
    first.expect_state("delivered")
    second.offline(False)
    second.expect_state("conflict")
    second.accessible()
    second.page.click("text=处理冲突")
    shown = second.page.locator("main")
    expect(shown).to_contain_text("先到的记录")
    expect(shown).to_contain_text("后到的记录")
    expect(shown).to_contain_text(site.rig.actor(HEAD).name)
    second.accessible()
    second.picture("field-conflict")
    with second.page.expect_download() as download:
        second.page.click("#download")
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert "后到的记录" in saved
    assert saved.count('"base64"') == 3
    second.page.click("#supplement")
    second.expect_state("delivered")
    assert [one["summary"] for one in records(site)] == ["先到的记录"]
    (added,) = site.rig.rows(inspection_supplement)
    assert added["content"]["summary"] == "后到的记录"
    assert {one["sha256"] for one in added["content"]["evidence"]} <= {
        row["sha256"] for row in site.rig.rows(evidence_file)
    }


def test_an_own_record_that_came_too_late_can_be_given_up(site: Site, take: Take) -> None:
    first, second = take().sign_in(HEAD).ready(), take().sign_in().ready()
    second.offline()
    second.fill_all()
    second.submit()
    first.fill_all()
    first.submit()
    first.expect_state("delivered")
    second.offline(False)
    second.expect_state("conflict")
    second.page.click("text=处理冲突")
    second.page.once("dialog", lambda dialog: dialog.dismiss())
    second.page.click("#discard")
    expect(second.page.locator("#discard")).to_be_visible()
    second.page.once("dialog", lambda dialog: dialog.accept())
    second.page.click("#discard")
    expect(second.page.locator(".f-empty")).to_be_visible()
    assert site.rig.rows(inspection_supplement) == []


@pytest.mark.acceptance("A25")
def test_an_answer_that_is_lost_after_the_server_kept_the_record_makes_no_second_one(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    lost = []

    def keep_and_die(route: Route) -> None:
        answer = route.fetch()
        if answer.status == 201 and not lost:
            lost.append(answer.json()["number"])
            route.abort()
        else:
            route.fulfill(response=answer)

    phone.context.route("**/record", keep_and_die)
    phone.fill_all()
    phone.submit()
    phone.expect_state("delivered")
    assert lost == [site.rig.rows(inspection)[0]["number"]]
    assert len(records(site)) == 1


def test_the_button_sends_at_once_what_the_phone_would_send_later(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.fill_all()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    phone.submit()
    phone.expect_state("queued")
    expect(phone.page.locator("#network")).to_have_text("离线·可继续·待送 1")
    phone.accessible()
    phone.context.unroute("**/api/v1/**")
    phone.page.click("#sync-now")
    phone.expect_state("delivered")


def test_a_file_cut_off_half_way_is_sent_again(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    cut = []

    def cut_second(route: Route) -> None:
        cut.append(route.request.url)
        route.abort() if len(cut) == 2 else route.continue_()

    phone.context.route("**/evidence/*", cut_second)
    phone.fill_all()
    phone.photos(3)
    phone.submit()
    phone.expect_state("delivered")
    assert len(cut) == len(set(cut)) + 1
    assert len(records(site)[0]["evidence"]) == len(site.rig.rows(evidence_file)) == 4


def test_an_expired_session_keeps_the_queue_until_the_person_has_signed_in(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.fill_all()
    phone.submit()
    phone.context.clear_cookies()
    phone.offline(False)
    expect(phone.page.locator("#sign-in")).to_be_visible()
    phone.expect_state("queued")
    assert records(site) == []
    phone.page.click("#sign-in a")
    phone.page.fill("#login", "ks.jsgc")
    phone.page.fill("#password", "demo-2026")
    phone.page.click("main button.btn-primary")
    phone.expect_state("delivered")
    assert len(records(site)) == 1


def test_another_person_on_the_same_phone_neither_sees_nor_sends_it(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.fill_all("只给本人看")
    phone.submit()
    phone.context.clear_cookies()
    phone.offline(False)
    phone.sign_in(HEAD)
    expect(phone.page.locator("main .f-banner")).to_contain_text(site.rig.actor("ks.jsgc").name)
    expect(phone.page.locator(".f-row")).to_have_count(0)
    assert "只给本人看" not in phone.page.locator("body").inner_text()
    assert records(site) == []


def test_signing_out_forgets_everything(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.answer()
    phone.page.click("#back")
    phone.page.once("dialog", lambda dialog: dialog.dismiss())
    phone.page.click("#sign-out")
    expect(phone.page.locator(".f-chip")).to_have_text("草稿 3/3")
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.click("#sign-out")
    expect(phone.page.locator("#password")).to_be_visible()
    assert phone.page.evaluate(DATABASES) == []
    assert phone.page.evaluate("caches.keys()") == []
    assert phone.page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    phone.open()
    expect(phone.page.locator("#password")).to_be_visible()


def test_signing_out_on_any_other_page_forgets_it_too_and_warns_before(site: Site, take: Take) -> None:
    phone = take(1000).sign_in().ready()
    phone.offline()
    phone.fill_all()
    phone.submit()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    phone.offline(False)
    phone.page.goto(site.url + "/tasks")
    expect(phone.page.locator(".outbox-note")).to_contain_text("1 份现场检查记录还没有送达")
    phone.page.once("dialog", lambda dialog: dialog.dismiss())
    phone.page.click("form[data-logout] button")
    expect(phone.page.locator(".outbox-note")).to_be_visible()
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.click("form[data-logout] button")
    expect(phone.page.locator("#password")).to_be_visible()
    assert phone.page.evaluate(DATABASES) == phone.page.evaluate("caches.keys()") == []


def test_signing_out_without_a_network_ends_the_session_at_the_next_page(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.offline()
    phone.page.click("#sign-out")
    expect(phone.page.locator("main")).to_contain_text("已全部清除")
    phone.offline(False)
    phone.page.goto(site.url + "/tasks")
    expect(phone.page.locator("#password")).to_be_visible()
    phone.page.goto(site.url + "/tasks")
    expect(phone.page.locator("#password")).to_be_visible()


def versioned(site: Site, version: str) -> Assets:
    """Return the assets of another version whose app says so."""
    app = site.app
    now: Assets = app.extensions["xianjie-field"]
    mark = f'\ndocument.documentElement.dataset.version = "{version}";\n'.encode()
    changed = {
        name: replace(asset, content=asset.content + mark) if name == "js/field/app.js" else asset
        for name, asset in now.files.items()
    }
    return Assets(version, changed)


def test_a_new_version_is_taken_whole_and_works_offline(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.answer()
    asked: list[str] = []
    phone.page.on("request", lambda sent: asked.append(sent.url))
    site.app.extensions["xianjie-field"] = versioned(site, "b" * 16)
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


def test_a_new_version_that_cannot_be_fetched_whole_changes_nothing(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    before = phone.page.evaluate("caches.keys()")
    phone.context.route("**/field/a/cccccccccccccccc/js/field/sync.js", lambda route: route.abort())
    site.app.extensions["xianjie-field"] = versioned(site, "c" * 16)
    phone.page.reload()
    phone.ready()
    phone.page.wait_for_timeout(1500)
    phone.offline()
    phone.page.reload()
    phone.ready()
    assert phone.page.locator("html").get_attribute("data-version") is None
    assert before[0] in phone.page.evaluate("caches.keys()")
    phone.complaints = [text for text in phone.complaints if "import" not in text and "Failed to" not in text]


def test_what_the_server_refuses_comes_back_to_the_form_with_the_reason(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.fill_all()
    site.rig.clock.advance(timedelta(hours=-2))
    phone.submit()
    phone.expect_state("refused")
    phone.page.click("text=去修改")
    expect(phone.page.locator("#refused")).to_contain_text("结束时间不能晚于现在")
    phone.accessible()
    site.rig.clock.advance(timedelta(hours=2))
    phone.submit()
    phone.expect_state("delivered")
    assert len(records(site)) == 1


def test_a_full_phone_says_so_and_keeps_what_it_had(site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...rest) {
            const request = put.apply(this, rest);
            const full = new DOMException("full", "QuotaExceededError");
            if (this.name === "files") {
                Object.defineProperty(this.transaction, "error", {value: full});
                request.addEventListener("success", () => this.transaction.abort());
            }
            return request; };""")
    phone.sign_in().ready()
    phone.begin()
    phone.answer()
    phone.page.set_input_files("#album", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": phone.photo()}])
    expect(phone.page.locator("#messages")).to_contain_text("手机存储空间不足")
    phone.page.reload()
    expect(phone.page.locator(".f-card.is-done")).to_have_count(3)
    expect(phone.page.locator(".f-thumb")).to_have_count(0)


def test_two_windows_do_not_overwrite_each_other(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    first = phone.page
    second = phone.new_page()
    second.goto(first.url)
    second.fill("#summary", "第二个窗口")
    expect(second.locator("#draft-state")).to_contain_text("草稿已存本机")
    second.wait_for_timeout(300)
    first.fill("#summary", "第一个窗口")
    expect(first.locator("#messages")).to_contain_text("另一个窗口")
    first.click("text=载入最新内容")
    expect(first.locator("#summary")).to_have_value("第二个窗口")


def test_a_refused_signature_needs_reason_and_witness_and_only_the_keyboard(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.answer()
    phone.conclude("violation", "责令停工")
    phone.page.focus("input[name=signature-way][value=refused]")
    phone.page.keyboard.press("Space")
    phone.page.focus("#submit")
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator("#sheet")).to_contain_text("还差 3 处")
    phone.accessible()
    phone.page.focus("#sheet .f-link >> nth=0")
    phone.page.keyboard.press("Enter")
    for text in ("演示·王某", "认为与其无关", "演示·社区干部"):
        phone.page.keyboard.type(text)
        phone.page.keyboard.press("Tab")
    phone.page.focus("#submit")
    phone.page.keyboard.press("Enter")
    phone.page.focus("#confirm")
    phone.page.keyboard.press("Enter")
    phone.expect_state("delivered")
    kept = records(site)[0]["signature"]
    assert (kept["kind"], kept["reason"], kept["witnesses"]) == ("refused", "认为与其无关", ["演示·社区干部"])
    assert kept["image_sha256"] is None


def test_the_place_is_read_once_and_only_when_asked(site: Site, take: Take) -> None:
    phone = take(permissions=["geolocation"], geolocation={"latitude": 34.8107, "longitude": 117.3238, "accuracy": 12})
    phone.context.add_init_script("""let asked = 0; const read = Geolocation.prototype.getCurrentPosition;
        Geolocation.prototype.watchPosition = () => { throw new Error("tracked"); };
        Geolocation.prototype.getCurrentPosition = function (...rest) {
            document.documentElement.dataset.asked = String(++asked); return read.apply(this, rest); };""")
    phone.sign_in().ready()
    phone.fill_all()
    assert phone.page.locator("html").get_attribute("data-asked") is None
    phone.page.click("text=获取一次坐标")
    expect(phone.page.locator("main")).to_contain_text("北纬 34.8107")
    phone.submit()
    phone.expect_state("delivered")
    found = records(site)[0]["location"]
    assert (found["lat"], found["lon"], found["accuracy_m"]) == (34.8107, 117.3238, 12)
    phone.page.reload()
    expect(phone.page.locator(".f-row")).to_be_visible()
    assert phone.page.locator("html").get_attribute("data-asked") is None


def test_without_encryption_the_page_still_records_and_says_what_does_not_work(site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""Object.defineProperty(navigator, "serviceWorker", {value: undefined});
        Object.defineProperty(crypto, "subtle", {value: undefined});
        Object.defineProperty(navigator, "locks", {value: undefined});""")
    phone.sign_in()
    expect(phone.page.locator("#offline")).to_contain_text("没有加密")
    phone.fill_all()
    phone.photos(1)
    phone.offline()
    phone.submit()
    phone.expect_state("queued")
    phone.offline(False)
    phone.expect_state("delivered")
    files = site.rig.rows(evidence_file)
    assert len(files) == 2
    assert all(hashlib.sha256(row["content"]).hexdigest() == row["sha256"] for row in files)


def test_our_own_hash_is_the_one_of_the_standard(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    ask = """(sizes) => import('/static/js/field/sha256.js').then(({ ownSha256 }) => sizes.map((size) => {
        const bytes = new Uint8Array(size); bytes.forEach((_, place) => { bytes[place] = (place * 7 + size) % 256; });
        return ownSha256(bytes.buffer); }))"""
    sizes = [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000]
    wanted = [hashlib.sha256(bytes((place * 7 + size) % 256 for place in range(size))).hexdigest() for size in sizes]
    assert phone.page.evaluate(ask, sizes) == wanted
    assert wanted[0] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_queue_is_sent_with_the_page_closed(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    phone.fill_all()
    phone.submit()
    phone.expect_state("queued")
    phone.page.goto(site.url + "/help/field")
    phone.context.unroute("**/api/v1/**")
    session = phone.context.new_cdp_session(phone.page)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: known.extend(
            one["registrationId"] for one in said["registrations"] if one["scopeURL"].endswith("/field/")
        ),
    )
    session.send("ServiceWorker.enable")
    phone.page.wait_for_timeout(500)
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": site.url,
            "registrationId": known[0],
            "tag": "field-sync",
            "lastChance": False,
        },
    )
    for _ in range(50):
        if records(site):
            break
        phone.page.wait_for_timeout(200)
    assert len(records(site)) == 1


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.acceptance("A26")
def test_the_screens_are_accessible_and_reach_the_thumb(site: Site, take: Take, width: int) -> None:
    inspection_with_sheet(site.rig, party_name="演示石材加工厂（普通合伙）", site="演示区文化路北侧 2 号地块")
    phone = take(width).sign_in().ready()
    phone.accessible()
    phone.picture(f"field-list-{width}")
    phone.page.locator(".f-task").first.click()
    expect(phone.page.locator("#start")).to_be_visible()
    phone.accessible()
    phone.page.click("#start")
    phone.answer("no")
    phone.photos(2)
    phone.accessible()
    phone.page.click("#submit")
    phone.accessible()
    phone.page.keyboard.press("Escape")
    for line in ("L0", "L1", "L2"):
        phone.page.fill(f"#note-{line}", "与许可不一致")
    phone.conclude("violation")
    phone.sign()
    phone.picture(f"field-form-{width}")
    phone.page.click("#submit")
    phone.accessible()
    phone.page.click("#confirm")
    phone.expect_state("delivered")
    phone.accessible()
    phone.picture(f"field-done-{width}")


def test_without_script_the_page_leads_to_the_work_list(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/sign-in?next=/field/")
    page.fill("#login", "ks.jsgc")
    page.fill("#password", "demo-2026")
    page.click("main button.btn-primary")
    page.click("main a")
    expect(page.locator("main")).to_contain_text("演示置业有限公司")
    context.close()


def test_a_draft_whose_task_a_colleague_finished_is_still_there_and_ends_as_a_conflict(site: Site, take: Take) -> None:
    late = take().sign_in().ready()
    late.fill_all("写到一半")
    late.offline()
    first = take().sign_in(HEAD).ready()
    first.fill_all("先到")
    first.submit()
    first.expect_state("delivered")
    late.offline(False)
    late.page.click("#back")
    expect(late.page.locator("main")).to_contain_text("任务已由他人办理或转办")
    late.page.click("text=打开草稿")
    expect(late.page.locator("#summary")).to_have_value("写到一半")
    late.submit()
    late.expect_state("conflict")
    assert [one["summary"] for one in records(site)] == ["先到"]


def test_a_draft_begun_by_mistake_is_given_up(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.photos(1)
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.click("#drop-draft")
    expect(phone.page.locator(".f-chip")).to_have_text("未开始")


def test_an_expired_form_token_is_fetched_anew(site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    refused = []

    def expired(route: Route) -> None:
        refused.append(route.request.url)
        headers = {**route.request.headers, "x-csrftoken": "old"} if len(refused) == 1 else route.request.headers
        route.continue_(headers=headers)

    phone.context.route("**/record", expired)
    phone.fill_all()
    phone.submit()
    phone.expect_state("delivered")
    assert len(refused) == 2
    assert len(records(site)) == 1
