"""The parts and small behaviours in a real browser, under the content policy of production."""

import json
import re
from pathlib import Path

import jinja2
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import needs_chromium
from web.diagrams import ElementState, TokenStates, render_svg

pytestmark = [pytest.mark.browser, needs_chromium]

ROOT = Path(__file__).resolve().parents[2]
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:"
TYPES = {".css": "text/css", ".js": "text/javascript"}
HANDOFF = (ROOT / "tests/http/data/handoff.bpmn").read_bytes()
TOKENS = {"sign": {"state": "late", "count": 1, "note": "超期3日", "label": "超期，超期3日"}}
HEAD = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>部件</title>
<link rel="stylesheet" href="/static/vendor/bootstrap/5.3.9/bootstrap.min.css">
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/app.css">
<link rel="stylesheet" href="/static/css/screens.css"><link rel="stylesheet" href="/static/css/diagram.css">
<script src="/static/vendor/htmx.org/2.0.11/htmx.min.js" defer></script>
<meta name="htmx-config" content='{"allowEval":false,"includeIndicatorStyles":false}'>
<script type="module" src="/static/js/main.js"></script></head><body><main>
{% from "_macros.html" import lamp, badge, tabs, chip, error_summary, pager, timeline, clause, clock_box, metric %}
{% from "_macros.html" import diagram, text_steps, flag, due %}"""
PARTS = (
    HEAD
    + """<h1>部件</h1><input data-search aria-label="搜索">
{{ tabs([{"url": "#", "text": "待办", "count": 2, "current": true}]) }}{{ chip("超期", "#", 2, true, "red") }}
{{ error_summary([{"field": "finding", "message": "请填写现场情况"}]) }}
{{ clause({"title": "第四十条", "text": "应当申请办理。", "url": "#"}) }}
{{ clock_box("red", "超期 3 个工作日", "到期 11-20 17:00", 100) }}{{ metric("超期", 47, "占 3.7%", "red", "#") }}
{{ timeline([{"when": "11-14", "title": "许可办结", "kind": "done"},
{"when": "11-25", "title": "分级", "expected": true}]) }}
<form data-bulk method="post"><table class="worklist"><tbody>{% for n in (1, 2) %}<tr data-row><td>
<input type="checkbox" name="task" value="{{ n }}" aria-label="选择 {{ n }}"></td><td>{{ lamp("yellow") }}</td>
<td><a class="row-title" data-preview href="#r{{ n }}">事项 {{ n }} {{ flag("重点", "urgent") }}</a></td>
<td>{{ due("yellow", "今日到期", "17:00") }}</td></tr>{% endfor %}</tbody></table><span data-chosen></span>
<button class="btn btn-primary" data-needs-chosen>批量签收</button></form>
<form data-autosave-url="/draft" data-draft-version="1" data-draft-owner="a" method="post">
<label for="finding">现场情况</label>
<textarea class="form-control" id="finding" name="finding"></textarea>
<span data-draft-state role="status"></span><button class="btn" id="send">提交</button></form>
<div class="toasts" role="status"></div></main></body></html>"""
)
CASE = (
    HEAD
    + """<h1>案件</h1>{{ diagram(svg, "/case.bpmn", "/tokens.json",
"/static/vendor/bpmn-js/18.31.1/bpmn-navigated-viewer.production.min.js") }}</main></body></html>"""
)


LIST = (
    HEAD
    + """<h1>列表</h1><form data-bulk><table data-gone-url="/gone"><tbody>
{% for n in (1, 2) %}<tr data-row="{{ n }}"><td>
<input type="checkbox" name="task" value="{{ n }}" aria-label="选择 {{ n }}"></td><td>
<a data-preview data-side href="/list?sel={{ n }}">事项 {{ n }}</a><span data-gone></span></td></tr>{% endfor %}</tbody>
</table><span data-chosen></span><button data-needs-chosen>批量签收</button></form>
<aside id="preview"><form method="post" action="/sign-of-another"><button data-act="sign">签收</button></form></aside>
<dialog class="key-help" id="key-help"><h2>快捷键</h2></dialog></main></body></html>"""
)
ASKING = (
    HEAD
    + """<h1>条件</h1><form data-conditions-url="/conditions"><div data-field="kind" data-watched><label>
<input type="checkbox" name="kind" id="kind">整改</label></div><div data-field="note"><label>说明
<input id="note" name="note"></label></div></form></main></body></html>"""
)


MODELER = (
    HEAD
    + """<h1>建模</h1><div data-modeler data-script="/modeler-of-test.js" data-xml-url="" data-failed="打不开：">
<form method="post" action="/prepare" data-modeler-form><input name="filename" aria-label="文件名"><input type="hidden"
name="xml"><button>检查</button></form><button data-modeler-download>下载</button><input type="file" data-modeler-file
aria-label="文件"><p data-modeler-state></p><div class="modeler-canvas"></div></div>
<script type="module" src="/static/js/modeler.js"></script></main></body></html>"""
)
MODELER_OF_TEST = """window.BpmnJS = class {
    async importXML(xml) { if (xml === "bad") throw new Error("bad"); this.xml = xml; }
    async saveXML() { if (!this.xml) throw new Error("no diagram"); return { xml: this.xml }; }
    get() { return { zoom() {} }; } };"""


class Site:
    """Answers the browser without a server and remembers what was asked and complained about."""

    def __init__(self) -> None:
        templates = jinja2.FileSystemLoader(str(ROOT / "web/templates"))
        environment = jinja2.Environment(loader=templates, autoescape=True)
        picture = render_svg(HANDOFF, TokenStates({"sign": ElementState("late", note="超期3日")}))
        self.pages = {
            "/parts": environment.from_string(PARTS).render(),
            "/case": environment.from_string(CASE).render(svg=picture),
            "/list": environment.from_string(LIST).render(),
            "/asking": environment.from_string(ASKING).render(),
            "/modeler": environment.from_string(MODELER).render(),
        }
        self.bpmn, self.drafts, self.complaints, self.draft_status = HANDOFF, [], [], 200

    def answer(self, route) -> None:
        """Fulfil one request."""
        url = route.request.url
        path = re.sub(r"^https?://[^/]+|[?#].*$", "", url)
        if not url.startswith("http://app.test/"):
            self.complaints.append(f"foreign request {url}")
        if path in self.pages:
            route.fulfill(body=self.pages[path], content_type="text/html", headers={"Content-Security-Policy": POLICY})
        elif path == "/case.bpmn":
            route.fulfill(body=self.bpmn, content_type="application/xml")
        elif path == "/tokens.json":
            route.fulfill(body=json.dumps({"states": TOKENS}), content_type="application/json")
        elif path == "/draft":
            self.drafts.append((route.request.headers.get("if-match"), route.request.post_data))
            body = json.dumps({"version": 2, "saved_at": "09:41"})
            route.fulfill(status=self.draft_status, body=body, content_type="application/json")
        else:
            self._file(route, ROOT / "web" / path.lstrip("/"))

    def _file(self, route, file: Path) -> None:
        if file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "application/octet-stream"))
        else:
            route.fulfill(status=204, body="")


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    opened = context.new_page()
    opened.on("console", lambda message: site.complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: site.complaints.append(str(error)))
    opened.route("**/*", site.answer)
    yield opened
    context.close()
    assert site.complaints == []


def violations(page) -> list[str]:
    """Return the accessibility rules that are broken."""
    page.evaluate((ROOT / "tests/browser/vendor/axe-core/4.14.1/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found["violations"]]


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


@pytest.mark.acceptance("A12")
def test_a_draft_is_saved_after_a_pause_with_the_version_it_was_read_at(page, site):
    page.goto("http://app.test/parts")
    page.fill("#finding", "西侧退线不足")
    expect(page.locator("[data-draft-state]")).to_have_text("草稿已存 09:41")
    assert site.drafts[0][0] == '"1"'
    with page.expect_request("**/draft") as second:
        page.fill("#finding", "西侧退线不足 0.8 米")
    assert second.value.headers["if-match"] == '"2"'


@pytest.mark.acceptance("A12")
def test_a_draft_changed_elsewhere_is_not_overwritten(page, site):
    site.draft_status = 409
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator("[data-draft-state]")).to_contain_text("已修改草稿")
    page.fill("#finding", "乙")
    page.wait_for_timeout(2000)
    assert len(site.drafts) == 1
    site.complaints = [text for text in site.complaints if "409" not in text]


@pytest.mark.acceptance("A12")
def test_a_draft_the_server_never_got_comes_back_after_a_reload(page, site):
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "断网时写的")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存本机")
    site.draft_status = 200
    page.reload()
    assert page.locator("#finding").input_value() == "断网时写的"
    site.complaints = [text for text in site.complaints if "503" not in text]


STATE = "[data-draft-state]"


def hold(page, url):
    """Hold back every answer for *url*; return the requests, to be answered by hand."""
    held = []
    page.route(url, lambda route: held.append(route))
    return held


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
