"""Drafts of a form: saved after a pause, kept in the browser while the server does not answer, nobody's lost."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import needs_chromium
from tests.browser.parts import Parts, hold, opened

pytestmark = [pytest.mark.browser, needs_chromium]
STATE = "[data-draft-state]"


@pytest.fixture
def site():
    return Parts()


@pytest.fixture
def page(browser, site):
    yield from opened(browser, site)


@pytest.mark.acceptance("A12")
def test_a_draft_is_saved_after_a_pause_with_the_version_it_was_read_at(page, site):
    page.goto("http://app.test/parts")
    page.fill("#finding", "西侧退线不足")
    expect(page.locator(STATE)).to_have_text("草稿已存 09:41")
    assert site.drafts[0][0] == '"1"'
    with page.expect_request("**/draft") as second:
        page.fill("#finding", "西侧退线不足 0.8 米")
    assert second.value.headers["if-match"] == '"2"'


@pytest.mark.acceptance("A12")
def test_a_draft_changed_elsewhere_is_not_overwritten(page, site):
    site.draft_status = 409
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator(STATE)).to_contain_text("已修改草稿")
    page.fill("#finding", "乙")
    page.wait_for_timeout(2000)
    assert len(site.drafts) == 1
    site.complaints = [text for text in site.complaints if "409" not in text]


@pytest.mark.acceptance("A12")
def test_a_draft_the_server_never_got_comes_back_after_a_reload(page, site):
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "断网时写的")
    expect(page.locator(STATE)).to_contain_text("草稿已存本机")
    site.draft_status = 200
    page.reload()
    assert page.locator("#finding").input_value() == "断网时写的"
    site.complaints = [text for text in site.complaints if "503" not in text]


def saved(route, version, status=200):
    body = json.dumps({"version": version, "saved_at": f"09:0{version}"})
    route.fulfill(status=status, body=body, content_type="application/json")


def type_and_wait(page, text, wait=1600):
    page.fill("#finding", text)
    page.clock.run_for(wait)


@pytest.mark.acceptance("A12")
def test_a_draft_waits_for_the_answer_to_the_one_before_and_blames_nobody(page):
    page.clock.install()
    page.goto("http://app.test/parts")
    held = hold(page, "**/draft")
    with page.expect_request("**/draft"):
        type_and_wait(page, "甲")
    type_and_wait(page, "乙")
    type_and_wait(page, "丙")
    assert len(held) == 1
    saved(held[0], 2)
    expect(page.locator(STATE)).to_have_text("草稿已存 09:02")
    with page.expect_request("**/draft") as asked:
        page.clock.run_for(1600)
    assert asked.value.headers["if-match"] == '"2"'
    assert asked.value.post_data == "finding=%E4%B8%99"


@pytest.mark.acceptance("A12")
def test_what_is_typed_while_a_draft_is_being_saved_stays_in_the_browser(page):
    page.clock.install()
    page.goto("http://app.test/parts")
    held = hold(page, "**/draft")
    with page.expect_request("**/draft"):
        type_and_wait(page, "甲")
    page.fill("#finding", "甲乙")
    saved(held[0], 1)
    expect(page.locator(STATE)).to_have_text("草稿已存 09:01")
    page.reload()
    expect(page.locator("#finding")).to_have_value("甲乙")


@pytest.mark.acceptance("A12")
def test_a_copy_in_the_browser_does_not_replace_a_newer_draft_but_is_offered(page, site):
    site.draft_status = 412
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator(STATE)).to_contain_text("已修改草稿")
    newer = site.pages["/parts"].replace('data-draft-version="1"', 'data-draft-version="7"')
    site.pages["/parts"] = newer.replace('name="finding">', 'name="finding">另一窗口写的')
    page.reload()
    expect(page.locator(".banner-warn")).to_contain_text("没有上传的内容")
    expect(page.locator("#finding")).to_have_value("另一窗口写的")
    page.click("text=改用本机内容")
    expect(page.locator("#finding")).to_have_value("甲")
    site.complaints = [text for text in site.complaints if "412" not in text]


@pytest.mark.acceptance("A12")
def test_what_was_sent_and_did_not_arrive_comes_back_and_what_arrived_does_not(page, site):
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "断网时提交的")
    page.route("**/parts", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    page.click("#send", no_wait_after=True)
    expect(page.locator("#finding")).to_have_count(0)  # the browser shows a page of its own
    page.goto("http://app.test/parts")
    expect(page.locator("#finding")).to_have_value("断网时提交的")
    page.unroute("**/parts")
    refusal = '<!doctype html><script type="module" src="/static/js/main.js"></script><h1 data-refused>登录已过期</h1>'
    answers = [refusal, '<!doctype html><script type="module" src="/static/js/main.js"></script><h1>已提交</h1>']
    page.route(
        "**/parts",
        lambda route: (
            route.fulfill(body=answers.pop(0), content_type="text/html; charset=utf-8")
            if route.request.method == "POST"
            else route.fallback()
        ),
    )
    page.click("#send")
    expect(page.locator("h1")).to_have_text("登录已过期")
    page.wait_for_load_state()  # the answer's scripts have run
    page.goto("http://app.test/parts")
    expect(page.locator("#finding")).to_have_value("断网时提交的")
    page.click("#send")
    expect(page.locator("h1")).to_have_text("已提交")
    page.wait_for_load_state()
    page.goto("http://app.test/parts")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#finding")).to_have_value("")
    site.complaints = [text for text in site.complaints if "503" not in text and "net::" not in text]


@pytest.mark.parametrize(("status", "words"), [(401, "重新登录"), (413, "内容过多"), (403, "没有权限")])
@pytest.mark.acceptance("A12")
def test_a_draft_the_server_refuses_says_why(page, site, status, words):
    site.draft_status = status
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator(STATE)).to_contain_text("草稿已存本机")
    expect(page.locator(STATE)).to_contain_text(words)
    site.complaints = [text for text in site.complaints if str(status) not in text]


@pytest.mark.acceptance("A12")
def test_a_browser_that_keeps_nothing_is_not_said_to_have_kept_the_draft(page, site):
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };")
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator(STATE)).to_contain_text("草稿没有存下")
    site.complaints = [text for text in site.complaints if "503" not in text]


@pytest.mark.acceptance("A12")
def test_another_persons_copy_does_not_come_into_my_form(page, site):
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲写的")
    expect(page.locator(STATE)).to_contain_text("草稿已存本机")
    site.pages["/parts"] = site.pages["/parts"].replace('data-draft-owner="a"', 'data-draft-owner="b"')
    page.reload()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#finding")).to_have_value("")
    site.complaints = [text for text in site.complaints if "503" not in text]
