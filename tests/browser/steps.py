"""What people do on the pages: choose, send, open a task; and a picture for whoever wants to look."""

import re
import warnings
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, expect

PICTURES = Path(__file__).resolve().parents[2] / "var" / "screenshots"
AGAIN = 30_000  # milliseconds


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'label:has(input[name="{name}"][value="{value}"])').click()


def press(page: Page, button: str) -> None:
    """Press what leads to another page and wait for it: who goes elsewhere at once may stop what was sent.

    Chromium was seen to lose a click on a busy machine, with the server idle. Whoever sees nothing happen for half a
    minute presses again, and so do we, once, and say so among the warnings.
    """
    place = page.locator(button).first
    try:
        with page.expect_navigation(timeout=AGAIN):
            place.click()
    except TimeoutError:
        warnings.warn(f"nothing came of a click on {page.url}; pressed again", stacklevel=2)
        with page.expect_navigation():
            place.click()


def send(page: Page) -> None:
    page.wait_for_load_state()  # nobody sends a form whose page is still being loaded
    press(page, '.form-bar button.btn-primary, main form button[value="complete"]')
    done, confirm = page.locator(".banner-good").first, page.locator('button:has-text("确认提交")')
    expect(done.or_(confirm).first).to_be_visible()
    if confirm.count():
        confirm.click()
    expect(done).to_be_visible()


def open_first(page: Page, text: str, view: str = "todo") -> None:
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", page.url) + f"/tasks?view={view}")
    page.locator(f'tr:has-text("{text}") a.row-title').first.click()
    page.wait_for_url(re.compile(r"/tasks/[0-9a-f]{8}-"))
