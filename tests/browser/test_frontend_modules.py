"""The parts and small behaviours in a real browser, under the content policy of production."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import needs_chromium
from tests.browser.parts import MODELER_OF_TEST, TYPES, Parts, hold, opened, violations

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def site():
    return Parts()


@pytest.fixture
def page(browser, site):
    yield from opened(browser, site)


@pytest.mark.parametrize("path", ["/parts", "/case"])
@pytest.mark.parametrize("width", [1366, 390, 360])
@pytest.mark.acceptance("A26")
def test_the_parts_are_accessible_and_fit_the_screen(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"http://app.test{path}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.acceptance("A3")
def test_the_list_is_worked_by_keyboard_and_counts_what_is_chosen(page):
    page.goto("http://app.test/parts")
    for key in "jxjx":
        page.keyboard.press(key)
    assert page.locator("[data-chosen]").inner_text() == "已选 2 件"
    assert page.locator("tr.is-selected").count() == 1
    assert page.locator("[data-needs-chosen]").is_enabled()


@pytest.mark.acceptance("A3")
def test_no_key_works_while_typing_or_composing(page):
    page.goto("http://app.test/parts")
    page.keyboard.press("/")
    page.keyboard.type("jx")
    assert page.locator("[data-search]").input_value() == "jx"
    page.evaluate("document.activeElement.blur()")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert page.locator("tr.is-selected").count() == 0


@pytest.mark.acceptance("A3")
def test_keys_can_be_switched_off(page):
    page.goto("http://app.test/parts")
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("j")
    assert page.locator("tr.is-selected").count() == 0


@pytest.mark.acceptance("A13")
def test_the_error_summary_has_the_focus_and_leads_to_the_field(page):
    page.goto("http://app.test/parts")
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a").click()
    assert page.url.endswith("#finding")


@pytest.mark.acceptance("A3")
def test_a_key_that_is_held_down_acts_once(page):
    page.goto("http://app.test/parts")
    page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")
    detail = {"text": "已签收 2 件", "undo_url": "/undo", "seconds": 10}
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('xianjie:toast', {detail}))", detail)
    page.evaluate(
        "document.querySelector('[data-act=undo]').addEventListener('click', () => document.body.append('撤'))"
    )
    for _ in range(3):
        page.keyboard.down("z")
    page.keyboard.up("z")
    assert page.locator("body").inner_text().count("撤") == 2  # the button's own word, and once


@pytest.mark.acceptance("A3")
def test_no_key_reaches_the_page_behind_the_help(page):
    page.goto("http://app.test/list")
    page.keyboard.press("?")
    expect(page.locator("#key-help")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator("#key-help")).to_be_hidden()
    expect(page.locator("tr.is-selected")).to_have_count(0)


@pytest.mark.acceptance("A3")
def test_who_signs_before_the_preview_has_come_signs_no_other_task(page, site):
    page.goto("http://app.test/list")
    held = hold(page, "**/list?sel=1")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    with page.expect_request("**/list?sel=1"):
        page.keyboard.press("j")
    page.keyboard.press("s")
    own = site.pages["/list"].replace("/sign-of-another", "/sign-of-this")
    held[0].fulfill(body=own, content_type="text/html")
    expect(page.locator("#preview form")).to_have_attribute("action", "/sign-of-this")
    with page.expect_request("**/sign-of-this"):
        page.keyboard.press("s")
    assert not [url for url in sent if "sign-of-another" in url]


@pytest.mark.acceptance("A3")
def test_a_chosen_task_that_a_colleague_finished_is_no_longer_counted(page):
    page.route("**/gone?*", lambda route: route.fulfill(json={"2": "同事已办"}))
    page.goto("http://app.test/list")
    page.check('input[value="2"]')
    expect(page.locator("[data-chosen]")).to_have_text("已选 1 件")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("tr.is-gone")).to_have_count(1)
    expect(page.locator("[data-chosen]")).to_have_text("")
    expect(page.locator("[data-needs-chosen]")).to_be_disabled()


@pytest.mark.acceptance("A13")
def test_an_older_answer_that_fails_does_not_show_what_is_not_asked(page, site):
    page.goto("http://app.test/asking")
    held = hold(page, "**/conditions")
    with page.expect_request("**/conditions"):
        page.check("#kind")
    with page.expect_request("**/conditions"):
        page.uncheck("#kind")
    held[1].fulfill(json={"hidden": ["note"]})
    expect(page.locator("#note")).to_be_hidden()
    with page.expect_response("**/conditions"):
        held[0].fulfill(status=503)
    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(page.locator("#note")).to_be_hidden()
    site.complaints = [text for text in site.complaints if "503" not in text]


@pytest.mark.acceptance("A13")
def test_an_answer_that_comes_while_a_button_is_held_down_moves_it_only_afterwards(page):
    page.goto("http://app.test/asking")
    held = hold(page, "**/conditions")
    with page.expect_request("**/conditions"):
        page.check("#kind")
    box = page.locator("#send").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    with page.expect_response("**/conditions"):
        held[0].fulfill(body=json.dumps({"hidden": ["note"]}), content_type="application/json")
    page.wait_for_timeout(300)
    expect(page.locator("#note")).to_be_visible()
    page.mouse.up()
    page.wait_for_url("**/asking?kind=on*")


@pytest.mark.acceptance("A11")
def test_an_act_can_be_undone_by_the_key_z(page):
    page.goto("http://app.test/parts")
    detail = {"text": "已签收 2 件", "undo_url": "/undo", "seconds": 10}
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('xianjie:toast', {detail}))", detail)
    assert page.locator(".toast-note").inner_text().startswith("已签收 2 件")
    with page.expect_request("**/undo") as request:
        page.keyboard.press("z")
    assert request.value.method == "POST"


@pytest.mark.acceptance("A20")
@pytest.mark.acceptance("A24")
def test_the_movable_diagram_shows_the_states_and_the_mark_stays_uncovered(page):
    page.goto("http://app.test/case")
    expect(page.locator(".token-badge")).to_have_text("! 超期3日")
    assert page.locator(".djs-element.is-late").count() >= 1
    is_on_top = """() => { const mark = document.querySelector('.bjs-powered-by'); mark.scrollIntoView();
        const box = mark.getBoundingClientRect();
        return mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"""
    assert page.evaluate(is_on_top)
    page.locator('[data-zoom="in"]').click()


@pytest.mark.acceptance("A20")
def test_the_servers_picture_stays_when_the_viewer_cannot_read_the_file(page, site):
    site.bpmn = b"<nonsense/>"
    page.goto("http://app.test/case")
    page.wait_for_timeout(1500)
    assert page.locator(".diagram-canvas svg.bpmn").is_visible()
    assert page.locator(".diagram-canvas.is-live").count() == 0


def diagram_file(name, text):
    return [{"name": name, "mimeType": "application/xml", "buffer": text.encode()}]


@pytest.mark.acceptance("A24")
def test_the_modeler_sends_what_is_drawn_now_and_says_what_it_cannot(page):
    page.route("**/modeler-of-test.js", lambda route: route.fulfill(body=MODELER_OF_TEST, content_type=TYPES[".js"]))
    page.goto("http://app.test/modeler")
    expect(page.locator("[data-modeler]")).to_have_attribute("data-started", "yes")
    page.click("text=检查")
    expect(page.locator("[data-modeler-state]")).to_have_text("no diagram")
    page.click("text=下载")
    for count, text in enumerate(("first", "second"), 1):
        page.set_input_files("[data-modeler-file]", diagram_file("a.bpmn", text))
        expect(page.locator("[data-modeler]")).to_have_attribute("data-opened", str(count))
        with page.expect_request("**/prepare") as sent:
            page.click("text=检查", no_wait_after=True)
        assert sent.value.post_data == f"filename=a.bpmn&xml={text}"
    page.set_input_files("[data-modeler-file]", diagram_file("bad.bpmn", "bad"))
    expect(page.locator("[data-modeler-state]")).to_have_text("打不开：bad")
    expect(page.locator("[name=filename]")).to_have_value("a.bpmn")


@pytest.mark.acceptance("A20")
@pytest.mark.acceptance("A23")
def test_the_picture_is_complete_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.route("**/*", site.answer)
    opened.goto("http://app.test/case")
    assert opened.locator('svg.bpmn [data-element-id="sign"].is-late').count() == 1
    context.close()
