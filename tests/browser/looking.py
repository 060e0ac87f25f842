"""Shows the pages that a crawl found to Chromium, exactly as the server answered, and notes what is wrong with them."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.crawl import Found, sign_in

HOST = "http://desk.test"
STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
AXE = Path(__file__).parent / "vendor" / "axe-core" / "4.14.1" / "axe.min.js"
WIDE, PHONE = (1366, 768), (390, 844)
RULES = """(frame) => axe.run(frame ? document : {exclude: [['.topbar'], ['.side-nav'], ['.bottom-nav']]}, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], preload: false,
}).then((found) => found.violations.filter((one) => one.id !== 'target-size' || one.nodes.some((node) => {
  const box = document.querySelector(node.target[0]).getBoundingClientRect();
  return box.width < 24 || box.height < 24;  // larger ones lie under a bar that floats until the page is scrolled
})).map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`))"""
OVERFLOW = """() => {
  const root = document.documentElement, room = root.clientWidth;
  if (root.scrollWidth <= room) return '';
  const wide = [...document.querySelectorAll('main *')].find((one) => one.getBoundingClientRect().right > room + 1
    && !one.closest('.table-scroll, .diagram-canvas, .table-wide'));
  return `${root.scrollWidth} wide in ${room}: ${wide ? wide.outerHTML.slice(0, 160) : ''}`;
}"""
MARK = """() => {
  const mark = document.querySelector('.bjs-powered-by');
  if (!mark) return 'is missing';
  mark.scrollIntoView({block: 'center'});
  const box = mark.getBoundingClientRect();
  const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return mark.contains(above) ? '' : 'is covered';
}"""


class Viewer:
    """One window that looks at one page after the other."""

    def __init__(self, browser: Browser, app: Flask, script: bool = True) -> None:
        self.complaints: list[str] = []
        self._app, self._clients = app, dict[str, FlaskClient]()
        self._now: Found | None = None
        self._context: BrowserContext = browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]}, locale="zh-CN", java_script_enabled=script,
            service_workers="block",
        )  # fmt: skip
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self._context.route("**/*", self._answer)
        self._framed: set[str] = set()

    def close(self) -> None:
        self._context.close()

    def _note(self, text: str) -> None:
        self.complaints.append(f"{self._now}: {text}")

    def _answer(self, route: Route) -> None:
        url, now = route.request.url, self._now
        assert now is not None
        path = url.removeprefix(HOST)
        if not url.startswith((HOST, "data:", "blob:")):
            self._note(f"asks {url}")
            route.abort()
        elif path == now.url:
            headers = {"Content-Security-Policy": now.policy}
            route.fulfill(body=now.text, content_type="text/html; charset=utf-8", headers=headers)
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/").partition("?")[0]
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "text/plain")
        else:
            answer = self._client(now.login).get(path)
            route.fulfill(status=answer.status_code, body=answer.data, content_type=answer.content_type)

    def _client(self, login: str) -> FlaskClient:
        if login not in self._clients:
            self._clients[login] = sign_in(self._app, login)
        return self._clients[login]

    def open(self, found: Found) -> None:
        """Show a page."""
        self._now = found
        self.page.goto(HOST + found.url, wait_until="load")

    def look(self, found: Found, *, with_axe: bool) -> Iterator[str]:
        """Yield what is wrong with a page."""
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.open(found)
        if wide := self.page.evaluate(OVERFLOW):
            yield f"{found}: {wide}"
        if found.text.count("data-viewer-url") and (mark := self._mark()):
            yield f"{found}: the mark of bpmn.io {mark}"
        if with_axe:
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
            broken = self.page.evaluate(RULES, found.login not in self._framed)
            self._framed.add(found.login)
            yield from (f"{found}: {one}" for one in broken)
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        if wide := self.page.evaluate(OVERFLOW):
            yield f"{found}: {wide}"

    def _mark(self) -> str:
        self.page.locator(".bjs-powered-by").first.wait_for(state="attached")
        return str(self.page.evaluate(MARK))
