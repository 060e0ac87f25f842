"""A real Chromium on a real server with a city in it."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress import create_server

from tests.processes.rig import CityRig
from web.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed, so no page was looked at")


class Site:
    """A served city."""

    def __init__(self, rig: CityRig) -> None:
        self.rig = rig
        self._server = create_server(create_app(rig.app), host="127.0.0.1", port=0, threads=6)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.close()
        self._server.task_dispatcher.shutdown()
        self._thread.join(5)
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
