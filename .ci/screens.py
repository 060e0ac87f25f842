"""Take pictures of the main screens of a demo city, as an office computer and as a phone show them: docs/screens.

.venv/bin/python .ci/screens.py                 # every screen
.venv/bin/python .ci/screens.py worklist task   # some of them
.venv/bin/python .ci/screens.py --out var/look --whole worklist    # whole pages, to look for what is wrong
.venv/bin/python .ci/screens.py --out var/plain --no-script worklist    # as somebody without JavaScript sees it
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from waitress import create_server

from engine.testing import FakeClock
from web.app import create_app
from workflows import bootstrap, cli
from workflows.bootstrap import Application
from workflows.migrate import migrate
from workflows.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "screens"
SIZES = {"1366": (1366, 768), "390": (390, 844)}
COLOURS = 128
NOW = datetime(2026, 3, 12, 7, 30, tzinfo=UTC)  # a Thursday afternoon in China
HEAD_TEXT = """# Screens

Every main screen of the demo city, as an office computer (1366×768) and as a phone (390×844) show it.
`.ci/screens.py` takes the pictures; whoever changes a screen takes them again and looks at them.

| screen | office computer | phone |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture: who looks, from where, which links lead there, what is ticked, filled in and clicked."""

    name: str
    title: str
    path: str
    login: str = ""
    links: tuple[str, ...] = ()
    ticks: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    click: str = ""
    at: str = ""
    sizes: tuple[str, ...] = tuple(SIZES)


def screens() -> tuple[Screen, ...]:
    """Return all screens, as screens.toml names them."""
    known = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        Screen(name, **{key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()})
        for name, facts in known.items()
    )


def city(folder: Path) -> Application:
    """Return a demo city as ``make demo`` makes it, at a day that is always the same."""
    settings = Settings(database=f"sqlite:///{folder / 'city.db'}", secret="s" * 40, is_demo=True)
    if not (folder / "city.db").exists():
        migrate(settings.database)
        app = bootstrap.build(settings, clock=FakeClock(NOW))
        with app.engine.database.expendable():
            cli._fill(app, folder)
        app.close()
    app = bootstrap.build(settings, clock=FakeClock(NOW))
    app.rulebook.attach(app.engine)
    return app


@contextmanager
def served(app: Application) -> Iterator[str]:
    """Serve a city on a free port."""
    server = create_server(create_app(app), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(5)


class Camera:
    """One size of window, with a session of each person."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int], *, script: bool) -> None:
        self._browser, self._url, self._size, self._script = browser, url, size, script
        self._sessions: dict[str, BrowserContext] = {}

    def page_of(self, login: str) -> Page:
        """Return a new window of a person who has signed in."""
        if login not in self._sessions:
            width, height = self._size
            is_phone = width < 600
            self._sessions[login] = context = self._browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
                is_mobile=is_phone, has_touch=is_phone, java_script_enabled=self._script,
            )  # fmt: skip
            if login:
                page = context.new_page()
                page.goto(f"{self._url}/sign-in")
                page.fill("#login", login)
                page.fill("#password", "demo-2026")
                page.click("main button.btn-primary")
                page.wait_for_url(lambda url: "/sign-in" not in url)  # a window closed on its way may hang for ever
                page.close()
        page = self._sessions[login].new_page()
        page.set_default_timeout(15_000)
        return page

    def take(self, screen: Screen, *, whole: bool) -> bytes:
        """Return the picture of a screen."""
        page = self.page_of(screen.login)
        page.goto(self._url + screen.path)
        for link in screen.links:
            address = page.locator(link).first.get_attribute("href")
            assert address is not None, link
            page.goto(self._url + re.sub(r"^https?://[^/]+", "", address))
        for box in page.locator('tr[data-row] input[type="checkbox"]').all()[: screen.ticks]:
            box.check()
        for name, answer in screen.answers.items():
            answered = page.locator(f'main [name="{name}"]')
            if answered.first.get_attribute("type") == "radio":
                page.locator(f'main [name="{name}"][value="{answer}"]').check(force=True)
            else:
                answered.first.fill(answer)
        if screen.click:
            page.locator(screen.click).first.click()
        page.wait_for_load_state("networkidle")
        if screen.at:
            page.locator(screen.at).first.scroll_into_view_if_needed()
        picture = page.screenshot(full_page=whole)
        page.close()
        return picture

    def close(self) -> None:
        """End all sessions."""
        for context in self._sessions.values():
            context.close()


def small(picture: bytes) -> bytes:
    """Return a picture with few colours: a third of the bytes, and nobody sees the difference."""
    kept = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        kept, "PNG", optimize=True
    )
    return kept.getvalue()


def index() -> str:
    """Return the page that shows all pictures."""
    lines = [f"| {one.title} | {_shown(one, '1366')} | {_shown(one, '390')} |" for one in screens()]
    return HEAD_TEXT + "\n".join(lines) + "\n"


def _shown(screen: Screen, label: str) -> str:
    """Return the picture of a screen in one size, nothing when it was never taken."""
    name = f"{screen.name}-{label}.png"
    return f"![{screen.title}]({name})" if (TARGET / name).exists() else ""


def shots(
    url: str, browser: Browser, wanted: list[Screen], *, whole: bool, script: bool
) -> Iterator[tuple[str, bytes]]:
    """Yield each picture by its file's name; a screen that cannot be reached yields nothing, but says so."""
    for label, size in SIZES.items():
        camera = Camera(browser, url, size, script=script)
        for screen in (one for one in wanted if label in one.sizes):
            try:
                yield f"{screen.name}-{label}.png", small(camera.take(screen, whole=whole))
            except (AssertionError, Error) as exc:  # the others are taken all the same
                print(f"{screen.name} {label}: {str(exc).splitlines()[0]}", flush=True)
        camera.close()


def take(out: Path, folder: Path, wanted: list[Screen], *, whole: bool, script: bool) -> int:
    """Write the pictures of a city's screens; answers how many are missing."""
    for path in (out, folder):
        path.mkdir(parents=True, exist_ok=True)
    app, taken = city(folder), 0
    with sync_playwright() as playwright, served(app) as url:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--lang=zh-CN"])
        for name, picture in shots(url, browser, wanted, whole=whole, script=script):
            (out / name).write_bytes(picture)
            taken += 1
        browser.close()
    app.close()
    return sum(len(one.sizes) for one in wanted) - taken


def main() -> int:
    """Take the pictures; answers how many are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--city", type=Path, help="a folder that keeps the city for the next time")
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what is seen first")
    parser.add_argument("--no-script", action="store_true", help="without JavaScript")
    given = parser.parse_args()
    wanted = [one for one in screens() if not given.names or one.name in given.names]
    with tempfile.TemporaryDirectory() as scratch:
        missing = take(given.out, given.city or Path(scratch), wanted, whole=given.whole, script=not given.no_script)
    if given.out == TARGET:
        (TARGET / "README.md").write_text(index(), encoding="utf-8")
    return missing


if __name__ == "__main__":
    sys.exit(main())
