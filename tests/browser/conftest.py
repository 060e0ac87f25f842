"""A real Chromium on a real server with a city in it."""

import shutil
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser.phone import Phone, city_now, inspection_with_sheet, phones
from tests.browser.slowness import late, patient
from tests.processes.rig import CityRig
from tests.serving import Served
from web.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed, so no page was looked at")


_running: list[Browser] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write below a failure what the pages showed and what the server's threads did at that moment."""
    report = yield
    if report.failed:
        pages = [page for browser in _running for context in browser.contexts for page in context.pages]
        report.sections += [(f"page {page.url}", _shown(page)) for page in pages]
        report.sections.append(("threads", "\n".join(_doing())))
    return report


def _shown(page: Page) -> str:
    try:
        state = page.evaluate("[document.readyState, Math.round(performance.now())]")
        return f"{state}\n{page.locator('body').inner_text(timeout=5_000)[:4_000]}"
    except Error as error:
        return f"(not to be read: {error.message})"


def _doing() -> Iterator[str]:
    for frame in sys._current_frames().values():
        yield "".join(traceback.format_stack(frame)[-8:])


class Site:
    """A served city."""

    def __init__(self, rig: CityRig) -> None:
        self.rig = rig
        self.app = create_app(rig.app)
        self._served = Served(late(self.app))
        self.url = self._served.url

    def close(self) -> None:
        self._served.stop()
        self.rig.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A city with one decision taken in."""
    rig = CityRig(f"sqlite:///{tmp_path / 'browser.db'}")
    rig.submit()
    rig.run()
    served = Site(rig)
    yield served
    served.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = patient(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]))
        _running.append(found)
        yield found
        _running.remove(found)
        found.close()


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visit(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Callable[[str], Page]]:
    """Sign a person in and return the page; no error may be logged, nothing may be asked of another host."""
    complaints: list[str] = []
    contexts = []

    def sign_in(login: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, java_script_enabled=request.param, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda sent: None if sent.url.startswith((site.url, "data:")) else complaints.append(sent.url)
        )
        page.goto(site.url + "/sign-in")
        page.fill("#login", login)
        page.fill("#password", "demo-2026")
        page.click("main button.btn-primary")
        page.wait_for_url(lambda url: "/sign-in" not in url)  # else the next address would cut the answer off
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def phone_site(tmp_path: Path) -> Iterator[Site]:
    """A city with one inspection to be made."""
    rig = city_now(f"sqlite:///{tmp_path / 'field.db'}")
    inspection_with_sheet(rig)
    served = Site(rig)
    yield served
    served.close()


@pytest.fixture
def take(browser: Browser, phone_site: Site) -> Iterator[Callable[..., Phone]]:
    yield from phones(browser, phone_site)
