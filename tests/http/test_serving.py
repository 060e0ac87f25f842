"""The server of the tests stops in order: what is under way is answered, what is open is closed without an error."""

import threading
import time
from http.client import HTTPConnection, HTTPException

import pytest

from tests.serving import Served

begun = threading.Event()


def slow(_environ: object, start_response: object) -> list[bytes]:
    begun.set()
    time.sleep(0.2)
    start_response("200 OK", [("Content-Length", "4")])  # type: ignore[operator]
    return [b"done"]


def test_a_request_under_way_is_answered_and_open_connections_are_closed() -> None:
    for _ in range(10):
        served, answers = Served(slow), []
        idle = [HTTPConnection(served.url.removeprefix("http://"), timeout=30) for _ in range(5)]
        for connection in idle:
            connection.connect()
        busy = HTTPConnection(served.url.removeprefix("http://"), timeout=30)

        def ask(connection: HTTPConnection = busy, answers: list[bytes] = answers) -> None:
            connection.request("GET", "/")
            answers.append(connection.getresponse().read())

        asking = threading.Thread(target=ask)
        begun.clear()
        asking.start()
        assert begun.wait(30)
        served.stop()
        asking.join(30)
        for connection in (*idle, busy):
            connection.close()
        assert answers == [b"done"]
        late = HTTPConnection(served.url.removeprefix("http://"), timeout=30)
        with pytest.raises((OSError, HTTPException)):
            late.request("GET", "/")
        late.close()
