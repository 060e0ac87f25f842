"""An inspection recorded on the phone without a network arrives whole, once, and nothing of it is ever lost."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.field_site import Take, records
from tests.browser.phone import inspection_with_sheet
from tests.processes.inspections import HEAD
from workflows.records.field import inspection_supplement
from workflows.records.inspections import evidence_file, inspection

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.5")]
LOSE_FILES = """new Promise((done) => { indexedDB.open("xianjie-field").onsuccess = ({ target }) => {
    const change = target.result.transaction("files", "readwrite");
    change.objectStore("files").clear();
    change.oncomplete = () => { target.result.close(); done(); }; }; })"""


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.acceptance("A25")
def test_ten_photos_and_a_signature_taken_offline_arrive_as_one_record(
    phone_site: Site, take: Take, width: int
) -> None:
    phone = take(width).sign_in().ready()
    phone.offline()
    phone.page.reload()
    phone.ready()
    expect(phone.page.locator("#network")).to_contain_text("离线")
    phone.fill_all()
    phone.photos(10)
    phone.submit()
    phone.expect_state("queued")
    assert records(phone_site) == phone_site.rig.rows(evidence_file) == []
    phone.offline(False)
    phone.expect_state("delivered")
    (record,) = records(phone_site)
    files = {row["sha256"]: row["content"] for row in phone_site.rig.rows(evidence_file)}
    named = [one["sha256"] for one in record["evidence"]]
    assert len(set(named)) == 11
    assert set(named) == set(files)
    assert all(hashlib.sha256(content).hexdigest() == digest for digest, content in files.items())
    assert record["signature"]["image_sha256"] in files
    assert max(len(content) for content in files.values()) < 400_000
    assert [line["verdict"] for line in record["lines"]] == ["yes"] * 3
    expect(phone.page.locator("#network")).to_have_text("在线")


@pytest.mark.acceptance("A25")
def test_a_draft_survives_a_killed_tab_and_is_sent_once(phone_site: Site, take: Take) -> None:
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
    (record,) = records(phone_site)
    assert [line["note"] for line in record["lines"]] == ["西侧退线不足 0.8 米", "多一层", "没有公示"]


def test_of_two_devices_one_is_first_and_the_other_loses_nothing(phone_site: Site, take: Take) -> None:
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
    expect(shown).to_contain_text(phone_site.rig.actor(HEAD).name)
    second.accessible()
    second.picture("field-conflict")
    with second.page.expect_download() as download:
        second.page.click("#download")
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert "后到的记录" in saved
    assert saved.count('"base64"') == 3
    second.page.click("#supplement")
    second.expect_state("delivered")
    assert [one["summary"] for one in records(phone_site)] == ["先到的记录"]
    (added,) = phone_site.rig.rows(inspection_supplement)
    assert added["content"]["summary"] == "后到的记录"
    assert {one["sha256"] for one in added["content"]["evidence"]} <= {
        row["sha256"] for row in phone_site.rig.rows(evidence_file)
    }


def test_an_own_record_that_came_too_late_can_be_given_up(phone_site: Site, take: Take) -> None:
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
    second.page.evaluate(LOSE_FILES)
    with second.page.expect_download() as download:
        second.page.click("#download")
    assert "现场与许可一致" in Path(download.value.path()).read_text(encoding="utf-8")
    second.reply("#discard", is_yes=False)
    expect(second.page.locator("#discard")).to_be_visible()
    second.reply("#discard", is_yes=True)
    expect(second.page.locator(".f-empty")).to_be_visible()
    assert phone_site.rig.rows(inspection_supplement) == []


@pytest.mark.acceptance("A25")
def test_an_answer_that_is_lost_after_the_server_kept_the_record_makes_no_second_one(
    phone_site: Site, take: Take
) -> None:
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
    assert lost == [phone_site.rig.rows(inspection)[0]["number"]]
    assert len(records(phone_site)) == 1


def test_an_answer_cut_off_half_way_is_asked_for_again(phone_site: Site, take: Take) -> None:
    phone = take()
    phone.context.add_init_script("""for (const name of ["json", "text"]) {
        const own = Response.prototype[name];
        Response.prototype[name] = function () {
            if (!this.url.endsWith("/record") || sessionStorage.cut) return own.call(this);
            sessionStorage.cut = "yes";
            return Promise.reject(new TypeError("cut off"));
        }; }""")
    phone.sign_in().ready()
    phone.fill_all()
    phone.submit()
    phone.expect_state("delivered")
    assert phone.page.evaluate("sessionStorage.cut") == "yes"
    assert len(records(phone_site)) == 1


def test_a_record_taken_back_while_another_is_being_sent_is_not_sent_as_it_was(phone_site: Site, take: Take) -> None:
    inspection_with_sheet(phone_site.rig, party_name="演示石材加工厂")
    phone = take().sign_in().ready()
    phone.context.route("**/api/v1/**", lambda route: route.abort())
    for place, summary in enumerate(("第一份", "还要改的")):
        phone.fill_all(summary, place)
        phone.submit()
    held: list[Route] = []
    phone.context.route("**/record", lambda route: held.append(route))
    phone.context.unroute("**/api/v1/**")
    with phone.page.expect_request("**/record"):
        phone.page.click("#sync-now")
    phone.page.click(".f-row.is-queued >> text=撤回修改")
    expect(phone.page.locator(".f-row")).to_have_count(1)
    phone.page.locator(".f-task").nth(1).click()
    phone.page.fill("#summary", "改过的")
    held[0].continue_()
    phone.context.unroute("**/record")
    phone.page.click("#back")
    expect(phone.page.locator(".f-row.is-delivered")).to_have_count(1)
    phone.page.locator(".f-task").click()
    phone.submit()
    expect(phone.page.locator(".f-row.is-delivered")).to_have_count(2)
    assert {one["summary"] for one in records(phone_site)} == {"第一份", "改过的"}


def test_the_button_sends_at_once_what_the_phone_would_send_later(phone_site: Site, take: Take) -> None:
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


def test_a_file_cut_off_half_way_is_sent_again(phone_site: Site, take: Take) -> None:
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
    assert len(records(phone_site)[0]["evidence"]) == len(phone_site.rig.rows(evidence_file)) == 4
