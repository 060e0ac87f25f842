"""A slow desk on demand: XIANJIE_TEST_LAG=4 makes browsers four times slower and answers late by chance.

A walk that passes only where the machine is quick waits for too little. This shows it on any machine.
"""

import os
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

LAG = float(os.environ.get("XIANJIE_TEST_LAG", "1"))
PATIENCE = 90_000  # milliseconds; a disk of a shared machine was seen to stand still for half a minute
_WAIT = 0.15  # seconds an answer waits at most, per LAG
expect.set_options(timeout=PATIENCE)


def late(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Return the application as it answers over a slow network."""
    if LAG <= 1:
        return app

    def answer(*asked: Any) -> Iterable[bytes]:
        time.sleep(random.uniform(0, _WAIT * LAG))
        return app(*asked)

    return answer


def patient(browser: Browser) -> Browser:
    """Let every page wait long for what a busy machine does late, and on demand have an old processor."""
    opened = browser.new_context

    def new_context(**how: Any) -> BrowserContext:
        context = opened(**how)
        context.set_default_timeout(PATIENCE)
        if LAG > 1:
            context.on("page", lambda page: _throttle(context, page))
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
    return browser


def _throttle(context: BrowserContext, page: Page) -> None:
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": LAG})
