"""Pages made of the parts and scripts alone, without a server: what shows them, answers for them, looks at them."""

import json
import re
from pathlib import Path

import jinja2

from web.diagrams import ElementState, TokenStates, render_svg

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
<input id="note" name="note"></label></div><button id="send">提交</button></form></main></body></html>"""
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


class Parts:
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


def opened(browser, site):
    """Open a page on the parts; nothing may have been complained about at the end."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.on("console", lambda message: site.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: site.complaints.append(str(error)))
    page.route("**/*", site.answer)
    yield page
    context.close()
    assert site.complaints == []


def violations(page) -> list[str]:
    """Return the accessibility rules that are broken."""
    page.evaluate((ROOT / "tests/browser/vendor/axe-core/4.14.1/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found["violations"]]


def hold(page, url):
    """Hold back every answer for *url*; return the requests, to be answered by hand."""
    held = []
    page.route(url, lambda route: held.append(route))
    return held
