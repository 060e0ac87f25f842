"""Measure what pages weigh and how soon they are seen, in Chromium on a processor slowed down six times.

Every kind of page that any role reaches is weighed as it is sent; the screens people live at are also opened, each
some times, and the median of their first contentful paint is taken. With ``--budget`` the script fails when a promise
is broken. The last line is one JSON object. First paint means something only on a calm machine: the load is told.

    .venv/bin/python -m bench.pages --budget
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, Response, sync_playwright

from tests.browser.crawl import Crawl, crawl
from tests.processes.rig import CityRig
from tests.serving import Served
from web.app import create_app
from workflows import demo

SLOWER, RUNS, DECISIONS = 6, 5, 60
HTML, SCRIPTS, PAINT_MS = 60_000, 70_000, 1500.0
PICTURED = ("as_of.case", "engine_definitions.", "engine_instances.")  # a whole diagram inside, for administrators
LIVED_AT = {
    "worklist": ("ks.jsgc", "/tasks"), "task": ("ks.jsgc", "task"), "case": ("ks.jsgc", "case"),
    "inbox": ("ks.jsgc", "/inbox"), "search": ("ks.jsgc", "/cases?q=演示"), "catalogue": ("ks.jsgc", "/catalogue"),
    "cockpit": ("ju.lingdao", "/cockpit"), "instances": ("xt.admin", "/engine/instances"),
}  # fmt: skip
PAINT = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0] || 0"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port."""
    site = Served(app, threads=4)
    yield site.url
    site.stop()


class Window:
    """One person's window on a slow computer."""

    def __init__(self, browser: Browser, url: str, login: str) -> None:
        self._url = url
        self._context = browser.new_context(viewport={"width": 1366, "height": 768}, service_workers="block")
        self.page: Page = self._context.new_page()
        self.page.goto(url + "/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", "demo-2026")
        self.page.click("main button.btn-primary")
        self.page.wait_for_url(lambda address: "/sign-in" not in address, wait_until="networkidle")
        self._cdp: CDPSession = self._context.new_cdp_session(self.page)

    def address(self, wanted: str) -> str:
        """Return the address of a screen; of the first task and its case when those are wanted."""
        if wanted.startswith("/"):
            return wanted
        self.page.goto(self._url + "/tasks")
        task = self.page.locator("a.row-title").first.get_attribute("href") or "/tasks"
        if wanted == "task":
            return task
        self.page.goto(self._url + task)
        return self.page.locator('.crumbs a[href^="/cases/"]').first.get_attribute("href") or task

    def paint_ms(self, path: str) -> float:
        """Return the median first contentful paint of a page; the first visit fills the cache and does not count."""
        self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        times = []
        for run in range(RUNS + 1):
            self.page.goto(self._url + path, wait_until="load")
            found = float(self.page.evaluate(PAINT))
            times += [found] if run and found else []
        self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        return round(statistics.median(times), 1)

    def script_bytes(self, path: str) -> int:
        """Return how many bytes of script a page loads with an empty cache, as they are."""
        loaded: list[Response] = []
        self.page.on("response", lambda response: loaded.append(response))  # a builtin cannot be a handler
        self._cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.page.goto(self._url + path, wait_until="networkidle")
        scripts = [one for one in loaded if one.request.resource_type == "script" and one.ok]
        return sum(len(one.body()) for one in scripts)

    def close(self) -> None:
        """Close it."""
        self._context.close()


def weights(found: Crawl) -> dict[str, int]:
    """Return the bytes of every kind of page that has to be light, the heaviest first."""
    light = {kind: page.size for kind, page in found.pages.items() if not kind.startswith(PICTURED)}
    return dict(sorted(light.items(), key=lambda one: -one[1]))


def measure(folder: Path) -> dict[str, Any]:
    """Fill a city, weigh its pages and open those people live at."""
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", start="2026-03-12T15:00:00")
    demo.fill(rig.app, folder, count=DECISIONS)
    app = create_app(rig.app)
    heavy = weights(crawl(app, rig.app))
    paints: dict[str, float] = {}
    with served(app) as url, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (login, wanted) in LIVED_AT.items():
            window = Window(browser, url, login)
            paints[name] = window.paint_ms(window.address(wanted))
            window.close()
        window = Window(browser, url, "ks.jsgc")
        scripts = window.script_bytes("/tasks")
        window.close()
        browser.close()
    rig.close()
    return {
        "pages": len(heavy), "heaviest": dict(list(heavy.items())[:5]), "worklist_script_bytes": scripts,
        "first_paint_ms": paints, "slower": SLOWER, "load": round(os.getloadavg()[0], 1), "cores": os.cpu_count(),
    }  # fmt: skip


def main() -> int:
    """Measure, print and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    print(json.dumps(found, ensure_ascii=False))
    kept = (
        max(found["heaviest"].values()) <= HTML, found["worklist_script_bytes"] <= SCRIPTS,
        max(found["first_paint_ms"].values()) <= PAINT_MS,
    )  # fmt: skip
    return 0 if all(kept) or not given.budget else 1


if __name__ == "__main__":
    sys.exit(main())
