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
<form data-autosave-url="/draft" data-draft-version="1" method="post"><label for="finding">现场情况</label>
<textarea class="form-control" id="finding" name="finding"></textarea>
<span data-draft-state role="status"></span></form>
<div class="toasts" role="status"></div></main></body></html>"""
)
CASE = (
    HEAD
    + """<h1>案件</h1>{{ diagram(svg, "/case.bpmn", "/tokens.json",
"/static/vendor/bpmn-js/18.31.1/bpmn-navigated-viewer.production.min.js") }}</main></body></html>"""
)


class Site:
    """Answers the browser without a server and remembers what was asked and complained about."""

    def __init__(self) -> None:
        templates = jinja2.FileSystemLoader(str(ROOT / "web/templates"))
        environment = jinja2.Environment(loader=templates, autoescape=True)
        picture = render_svg(HANDOFF, TokenStates({"sign": ElementState("late", note="超期3日")}))
        self.pages = {
            "/parts": environment.from_string(PARTS).render(),
            "/case": environment.from_string(CASE).render(svg=picture),
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
    expect(page.locator("[data-draft-state]")).to_have_text("草稿已存 09:41", timeout=5000)
    assert site.drafts[0][0] == '"1"'
    page.fill("#finding", "西侧退线不足 0.8 米")
    page.wait_for_timeout(2000)
    assert site.drafts[-1][0] == '"2"'


@pytest.mark.acceptance("A12")
def test_a_draft_changed_elsewhere_is_not_overwritten(page, site):
    site.draft_status = 409
    page.goto("http://app.test/parts")
    page.fill("#finding", "甲")
    expect(page.locator("[data-draft-state]")).to_contain_text("已修改草稿", timeout=5000)
    page.fill("#finding", "乙")
    page.wait_for_timeout(2000)
    assert len(site.drafts) == 1
    site.complaints = [text for text in site.complaints if "409" not in text]


@pytest.mark.acceptance("A12")
def test_a_draft_the_server_never_got_comes_back_after_a_reload(page, site):
    site.draft_status = 503
    page.goto("http://app.test/parts")
    page.fill("#finding", "断网时写的")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存本机", timeout=5000)
    site.draft_status = 200
    page.reload()
    assert page.locator("#finding").input_value() == "断网时写的"
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
    expect(page.locator(".token-badge")).to_have_text("! 超期3日", timeout=15000)
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


@pytest.mark.acceptance("A20")
@pytest.mark.acceptance("A23")
def test_the_picture_is_complete_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.route("**/*", site.answer)
    opened.goto("http://app.test/case")
    assert opened.locator('svg.bpmn [data-element-id="sign"].is-late').count() == 1
    context.close()
