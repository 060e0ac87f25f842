"""Full phones, two windows, no encryption, no script: nothing recorded on site is lost."""

import hashlib

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.field_site import Take, records
from tests.browser.phone import inspection_with_sheet
from tests.processes.inspections import HEAD
from workflows.records.inspections import evidence_file

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.5")]

UNTIL_KEPT = """(summary) => new Promise((done) => { indexedDB.open("xianjie-field").onsuccess = ({ target }) => {
    const records = () => target.result.transaction("records").objectStore("records");
    const look = () => { records().getAll().onsuccess = (read) => {
        if (!read.target.result.some((one) => one.values.summary === summary)) return look();
        target.result.close(); done(); }; };
    look(); }; })"""


def test_a_full_phone_says_so_and_keeps_what_it_had(phone_site: Site, take: Take) -> None:
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


def test_two_windows_do_not_overwrite_each_other(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    first = phone.page
    second = phone.new_page()
    second.goto(first.url)
    second.fill("#summary", "第二个窗口")
    expect(second.locator("#draft-state")).to_contain_text("草稿已存本机")
    second.evaluate(UNTIL_KEPT, "第二个窗口")
    first.fill("#summary", "第一个窗口")
    expect(first.locator("#messages")).to_contain_text("另一个窗口")
    first.click("text=载入最新内容")
    expect(first.locator("#summary")).to_have_value("第二个窗口")


def test_a_refused_signature_needs_reason_and_witness_and_only_the_keyboard(phone_site: Site, take: Take) -> None:
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
    kept = records(phone_site)[0]["signature"]
    assert (kept["kind"], kept["reason"], kept["witnesses"]) == ("refused", "认为与其无关", ["演示·社区干部"])
    assert kept["image_sha256"] is None


def test_the_place_is_read_once_and_only_when_asked(phone_site: Site, take: Take) -> None:
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
    found = records(phone_site)[0]["location"]
    assert (found["lat"], found["lon"], found["accuracy_m"]) == (34.8107, 117.3238, 12)
    phone.page.reload()
    expect(phone.page.locator(".f-row")).to_be_visible()
    assert phone.page.locator("html").get_attribute("data-asked") is None


def test_without_encryption_the_page_still_records_and_says_what_does_not_work(phone_site: Site, take: Take) -> None:
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
    files = phone_site.rig.rows(evidence_file)
    assert len(files) == 2
    assert all(hashlib.sha256(row["content"]).hexdigest() == row["sha256"] for row in files)


def test_who_submits_while_the_signature_is_being_kept_waits_for_it(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""const own = HTMLCanvasElement.prototype.toBlob;
        HTMLCanvasElement.prototype.toBlob = function (...given) {
            document.documentElement.dataset.kept = "1";
            setTimeout(() => own.apply(this, given), 1500);
        };""")
    phone.sign_in().ready()
    phone.fill_all()
    expect(phone.page.locator("html[data-kept]")).to_be_attached()
    phone.submit()
    phone.expect_state("delivered")
    assert records(phone_site)[0]["signature"]["image_sha256"] in {
        row["sha256"] for row in phone_site.rig.rows(evidence_file)
    }


def test_a_photo_that_is_being_kept_does_not_undo_the_signature(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""const put = IDBObjectStore.prototype.put;
        const own = HTMLCanvasElement.prototype.toBlob;
        let writing;
        const begun = new Promise((resolve) => { writing = resolve; });
        IDBObjectStore.prototype.put = function (...given) {
            if (given[0].type === "image/jpeg") {
                const end = Date.now() + 2000;
                const wait = () => { if (Date.now() < end) this.get("").onsuccess = wait; };
                wait();
                writing();
            }
            return put.apply(this, given);
        };
        HTMLCanvasElement.prototype.toBlob = function (done, type, ...more) {
            if (type === "image/png") begun.then(() => own.call(this, done, type));
            else own.call(this, done, type, ...more);
        };""")
    phone.sign_in().ready()
    phone.fill_all()
    phone.photos(1)
    phone.submit()
    phone.expect_state("delivered")
    kept = {row["sha256"] for row in phone_site.rig.rows(evidence_file)}
    assert len(kept) == 2
    assert records(phone_site)[0]["signature"]["image_sha256"] in kept


def test_who_submits_while_a_photo_is_being_made_smaller_sends_it_too(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""const own = HTMLCanvasElement.prototype.toBlob;
        HTMLCanvasElement.prototype.toBlob = function (done, type, ...more) {
            setTimeout(() => own.call(this, done, type, ...more), type === "image/jpeg" ? 2000 : 0);
        };""")
    phone.sign_in().ready()
    phone.fill_all()
    phone.page.set_input_files("#album", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": phone.photo()}])
    phone.submit()
    phone.expect_state("delivered")
    assert len(phone_site.rig.rows(evidence_file)) == 2


def test_a_phone_that_makes_no_picture_of_the_signature_lets_one_leave_the_form(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("HTMLCanvasElement.prototype.toBlob = (done) => done(null);")
    phone.sign_in().ready()
    phone.fill_all("写完了")
    phone.page.click("#submit")
    expect(phone.page.locator("#sheet")).to_contain_text("没有手写签名")
    expect(phone.page.locator("main")).to_contain_text("签名没有存下")
    phone.page.click("#back")
    expect(phone.page.locator(".f-chip")).to_have_text("草稿 3/3")


def test_a_position_that_comes_after_the_form_was_left_stops_no_later_form(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""Geolocation.prototype.getCurrentPosition = (found) => {
            window.arrive = () => found({coords: {latitude: 34.81, longitude: 117.32, accuracy: 9}}); };
        const [make, free] = [URL.createObjectURL, URL.revokeObjectURL];
        const count = (step) => { const { dataset } = document.documentElement;
            dataset.urls = String(Number(dataset.urls || "0") + step); };
        URL.createObjectURL = (blob) => { count(1); return make.call(URL, blob); };
        URL.revokeObjectURL = (url) => { count(-1); free.call(URL, url); };""")
    phone.sign_in().ready()
    phone.begin()
    phone.photos(1)
    phone.page.click("text=获取一次坐标")
    phone.page.click("#back")
    phone.page.locator(".f-task").click()
    expect(phone.page.locator(".f-thumb")).to_have_count(1)
    phone.page.evaluate("window.arrive()")
    phone.page.fill("#summary", "后写的")
    phone.page.click("#back")
    phone.page.locator(".f-task").click()
    expect(phone.page.locator("#summary")).to_have_value("后写的")
    expect(phone.page.locator("#messages")).to_be_empty()
    expect(phone.page.locator("html")).to_have_attribute("data-urls", "0")


def test_a_draft_another_window_has_submitted_cannot_be_given_up(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.fill_all()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    first = phone.page
    expect(first.locator("main")).to_contain_text("签名已存")
    phone.new_page().goto(first.url)
    phone.submit()
    phone.expect_state("queued")
    first.once("dialog", lambda dialog: dialog.accept())
    first.click("#drop-draft")
    expect(first.locator("main")).to_contain_text("不能在此修改")
    phone.page.reload()
    phone.expect_state("queued")


def test_our_own_hash_is_the_one_of_the_standard(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    ask = """(sizes) => import('/static/js/field/sha256.js').then(({ ownSha256 }) => sizes.map((size) => {
        const bytes = new Uint8Array(size); bytes.forEach((_, place) => { bytes[place] = (place * 7 + size) % 256; });
        return ownSha256(bytes.buffer); }))"""
    sizes = [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000]
    wanted = [hashlib.sha256(bytes((place * 7 + size) % 256 for place in range(size))).hexdigest() for size in sizes]
    assert phone.page.evaluate(ask, sizes) == wanted
    assert wanted[0] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_queue_is_sent_with_the_page_closed(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    phone.fill_all()
    phone.submit()
    phone.expect_state("queued")
    phone.page.goto(phone_site.url + "/help/field")
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
    for _ in range(150):
        if known:
            break
        phone.page.wait_for_timeout(200)
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": phone_site.url,
            "registrationId": known[0],
            "tag": "field-sync",
            "lastChance": False,
        },
    )
    for _ in range(150):
        if records(phone_site):
            break
        phone.page.wait_for_timeout(200)
    assert len(records(phone_site)) == 1


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.acceptance("A26")
def test_the_screens_are_accessible_and_reach_the_thumb(phone_site: Site, take: Take, width: int) -> None:
    inspection_with_sheet(phone_site.rig, party_name="演示石材加工厂（普通合伙）", site="演示区文化路北侧 2 号地块")
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


def test_without_script_the_page_leads_to_the_work_list(phone_site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(phone_site.url + "/sign-in?next=/field/")
    page.fill("#login", "ks.jsgc")
    page.fill("#password", "demo-2026")
    page.click("main button.btn-primary")
    page.click("main a")
    expect(page.locator("main")).to_contain_text("演示置业有限公司")
    context.close()


def test_a_draft_whose_task_a_colleague_finished_is_still_there_and_ends_as_a_conflict(
    phone_site: Site, take: Take
) -> None:
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
    assert [one["summary"] for one in records(phone_site)] == ["先到"]


def test_a_draft_begun_by_mistake_is_given_up(phone_site: Site, take: Take) -> None:
    phone = take().sign_in().ready()
    phone.begin()
    phone.photos(1)
    phone.reply("#drop-draft", is_yes=True)
    expect(phone.page.locator(".f-chip")).to_have_text("未开始")


def test_an_expired_form_token_is_fetched_anew(phone_site: Site, take: Take) -> None:
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
    assert len(records(phone_site)) == 1
