"""What is easily undone by one line: nothing is started, no certificate goes unread, no header is believed unasked."""

import ast
import configparser
import dataclasses
import fnmatch
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import request

from tests.http.api_caller import Caller
from tests.processes.rig import CityRig
from web.app import create_app
from workflows.logs import configure_logging
from workflows.notifications.channels import SmtpChannel

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8"))
           for part in ("engine", "workflows", "web") for path in sorted((ROOT / part).rglob("*.py"))}  # fmt: skip
STARTERS = ("subprocess", "pty", "multiprocessing")
STARTING = ("system", "popen", "fork", "forkpty", "startfile", "create_subprocess_exec", "create_subprocess_shell")


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call of the program: the file, the last part of what is called, the call."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                yield path.relative_to(ROOT).as_posix(), str(name), node


def imported() -> Iterator[tuple[str, str]]:
    """Yield what every file takes from elsewhere."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [one.name for one in node.names]
                yield from ((path.name, one) for one in [getattr(node, "module", None) or "", *names])


def test_the_program_starts_no_other_program() -> None:
    assert [one for one in imported() if one[1].partition(".")[0] in STARTERS] == []
    started = [(place, name) for place, name, call in calls()
               if name in STARTING or (isinstance(call.func, ast.Attribute) and name.startswith(("exec", "spawn"))
                                       and getattr(call.func.value, "id", "") == "os")]  # fmt: skip
    assert started == []


def test_no_certificate_goes_unread() -> None:
    words = ("CERT_NONE", "_create_unverified_context", "_create_stdlib_context")
    loose = [(path.name, word) for path in SOURCES for word in words if word in path.read_text(encoding="utf-8")]
    assert loose == []
    given = [(place, name, {one.arg for one in call.keywords if one.arg}, call) for place, name, call in calls()]
    for place, name, words_given, call in given:
        assert name not in ("starttls", "SMTP_SSL") or "context" in words_given, place
        off = [one for one in call.keywords if one.arg in ("verify", "check_hostname")]
        assert not any(isinstance(one.value, ast.Constant) and one.value.value is False for one in off), place


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return what an impostor shows: a certificate for localhost that nobody vouches for."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(made.public_bytes(plain[0]) + key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


class Impostor(threading.Thread):
    """A server of mail that offers encryption with a certificate nobody vouches for; keeps what it was told."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(daemon=True)
        self._context = context
        self._door = socket.create_server(("localhost", 0))
        self._door.settimeout(30)
        self.port = self._door.getsockname()[1]
        self.heard: list[bytes] = []

    def run(self) -> None:
        """Answer one caller."""
        with self._door, self._door.accept()[0] as caller:
            caller.settimeout(30)
            caller.sendall(b"220 localhost\r\n")
            for line in caller.makefile("rb"):
                self.heard.append(line)
                starts = line.upper().startswith(b"STARTTLS")
                caller.sendall(b"220 go\r\n" if starts else b"250-localhost\r\n250 STARTTLS\r\n")
                if starts:
                    self._encrypted(caller)
                    return

    def _encrypted(self, caller: socket.socket) -> None:
        try:
            with self._context.wrap_socket(caller, server_side=True) as sealed:
                self.heard.append(sealed.recv(1000))
        except OSError:
            self.heard.append(b"refused")


def test_mail_and_its_password_go_to_no_server_that_cannot_show_who_it_is(tmp_path: Path) -> None:
    impostor = Impostor(self_signed(tmp_path))
    impostor.start()
    channel = SmtpChannel("localhost", "demo@city.example", impostor.port, "demo", "secret-of-mail")
    with pytest.raises(ssl.SSLCertVerificationError):
        channel.send("who@city.example", "演示", "演示", "k1")
    impostor.join(30)
    assert impostor.heard[-1] in (b"refused", b"")
    assert not any(word in line for line in impostor.heard for word in (b"secret-of-mail", b"AUTH", b"who@"))


def test_only_the_proxies_that_the_operator_counts_are_believed(city: CityRig) -> None:
    told = {"X-Forwarded-For": "6.6.6.6, 10.0.0.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    behind = dataclasses.replace(city.app, settings=dataclasses.replace(city.app.settings, proxies=1))
    seen = []
    for application in (city.app, behind):
        with create_app(application).test_client() as client:
            client.get("/sign-in", headers=told)
            seen.append((request.remote_addr, request.scheme, request.host))
    assert seen == [("127.0.0.1", "http", "localhost"), ("10.0.0.9", "https", "evil.example")]


def test_of_a_parameter_that_is_given_twice_the_first_counts(city: CityRig) -> None:
    city.submit()
    city.run()
    officer = Caller(city, create_app(city.app).test_client(), "sp.jianshe")
    found = [officer.get(f"/cases?q={first}&q={second}").json
             for first, second in (("SG2026-00001", "nothing"), ("nothing", "SG2026-00001"))]  # fmt: skip
    assert [bool(one) for one in found] == [True, False]


def test_logs_go_to_standard_error_and_nowhere_else(capsys: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), (list(logging.getLogger().handlers), logging.getLogger().level)
    try:
        root.handlers = []
        configure_logging()
        logging.getLogger("demo").warning("演示")
        (handler,) = root.handlers
        assert type(handler) is logging.StreamHandler
    finally:
        root.handlers, root.level = before
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count('"event":"演示"')) == ("", 1)
    made = [(place, name) for place, name, _call in calls() if name.endswith("Handler") and "Stream" not in name]
    assert [one for one in made if "Log" in one[1] or "File" in one[1]] == []


def test_neither_tests_nor_their_tools_come_with_the_program() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    packed = setup["options.packages.find"]["include"].split()
    folders = [one.parent.name for one in ROOT.glob("*/*.py")]
    assert "tests" in folders
    assert [
        one for one in folders if one in ("tests", "bench", ".ci") and any(fnmatch.fnmatch(one, p) for p in packed)
    ] == []
    needed = setup["options"]["install_requires"].lower()
    assert [one for one in ("pytest", "playwright", "hypothesis", "ruff", "mypy", "coverage") if one in needed] == []
