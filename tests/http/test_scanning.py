"""Files with malware are refused wherever they come in, and none is taken while nobody can look."""

import base64
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import Client, stored, token_of
from tests.http.test_site_evidence import PNG
from tests.processes.rig import CityRig
from web.app import create_app
from web.scanning import scan_base64
from web.security import UPLOADS
from workflows.adapters.malware import ClamAv, FileInfected, NoScanner, ScannerAway, open_scanner
from workflows.settings import SettingsInvalid

NOBODY = "0199c6a0-0000-7000-8000-000000000000"
BAD = b"X5O!-made-up-signature"


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does, and finds one made-up signature."""

    answers: ClassVar[dict[bytes, bytes]] = {}

    def handle(self) -> None:
        assert self._read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self._read(4))[0]:
            content += self._read(size)
        verdict = b"stream: Test-Signature FOUND" if BAD in content else b"stream: OK"
        self.request.sendall(self.answers.get(content, verdict) + b"\0")

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            found += self.request.recv(size - len(found))
        return found


@pytest.fixture(scope="module")
def clamd() -> Iterator[ClamAv]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    host, port = server.server_address[:2]
    found = open_scanner(f"clamd://{host!s}:{port}")
    assert isinstance(found, ClamAv)
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def scanned(city: CityRig, clamd: ClamAv) -> CityRig:
    object.__setattr__(city.app, "scanner", clamd)
    return city


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_a_file_of_any_length_is_sent_whole(clamd: ClamAv, size: int) -> None:
    clamd.scan(b"x" * size)
    with pytest.raises(FileInfected) as refused:
        clamd.scan(b"x" * size + BAD)
    assert "Test-Signature" in str(refused.value.facts["reason"])


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"", b"stream: ERROR", b"OK?", b"FOUND"])
def test_whatever_is_no_clear_answer_takes_no_file_in(clamd: ClamAv, answer: bytes) -> None:
    Clamd.answers = {b"odd": answer}
    with pytest.raises(ScannerAway):
        clamd.scan(b"odd")
    Clamd.answers = {}


def test_a_local_socket_is_asked_too_and_one_that_is_away_takes_no_file_in(tmp_path: Path) -> None:
    path = tmp_path / "clamd.ctl"
    scanner = open_scanner(f"clamd://{path}")
    with pytest.raises(ScannerAway):
        scanner.scan(b"x")
    with socketserver.UnixStreamServer(str(path), Clamd) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        scanner.scan(b"x")


def test_a_scanner_that_never_answers_is_away_after_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ScannerAway):
        ClamAv(silent.getsockname()[:2], timeout=0.1).scan(b"x")


@pytest.mark.parametrize("text", ["http://x", "clamd://", "clamd://x:99999", "/run/clamd"])
def test_an_address_of_another_form_stops_the_program(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="XIANJIE_SCANNER"):
        open_scanner(text)
    assert isinstance(open_scanner(""), NoScanner)


def post(client: FlaskClient, content: bytes) -> Any:
    token = token_of(client.get("/intake").text)
    data = {"csrf_token": token, "file": (BytesIO(content), "办件.csv")}
    return client.post("/intake", data=data, content_type="multipart/form-data")


def test_a_bad_file_is_refused_on_the_page_and_nothing_is_kept(scanned: CityRig, client_of: Client) -> None:
    client = client_of("sp.jianshe")
    before = stored(scanned)
    answer = post(client, b"a,b\n" + BAD)
    assert answer.status_code == 422
    assert "恶意代码" in answer.text
    assert "Test-Signature" in answer.text
    assert stored(scanned) == before


@pytest.mark.parametrize("kind", ["image/png", "application/json", "text/plain", ""])
def test_a_program_cannot_call_a_bad_file_something_else(scanned: CityRig, caller: Client, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    place = f"/api/v1/inspections/{NOBODY}/evidence/{'0' * 64}"
    for content, code in ((PNG + BAD, "file-infected"), (PNG, "")):
        answer = caller("ks.jsgc").put(place, data=content, headers=headers)
        assert (answer.json["type"].endswith("file-infected"), answer.status_code < 500) == (code != "", True)


def test_nothing_is_taken_while_nobody_can_look_and_other_work_goes_on(
    city: CityRig, client_of: Client, caller: Client
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    object.__setattr__(city.app, "scanner", ClamAv(("127.0.0.1", port), timeout=0.2))
    client = client_of("sp.jianshe")
    answer = post(client, b"a,b\n")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "查毒" in answer.text
    assert client.get("/intake").status_code == 200
    with client.application.app_context(), pytest.raises(ScannerAway):
        scan_base64(base64.b64encode(PNG).decode())
    with client.application.app_context():
        scan_base64("no base64")
    answer = caller("sp.jianshe").post("/api/v1/messages", json={})
    assert answer.status_code == 422
    assert create_app(city.app)


def test_a_photo_as_telephones_take_them_is_not_too_large_anywhere(city: CityRig, caller: Client) -> None:
    client = caller("ks.jsgc")
    assert set(client.application.view_functions) >= UPLOADS
    photo = PNG + b"x" * 4_000_000
    for place in (f"site-evidence/patrols/{NOBODY}", "penalties/CF2026-00001/evidence"):
        answer = client.post(f"/api/v1/{place}", data=photo, headers={"Content-Type": "image/png"})
        assert answer.status_code == 404, answer.text
