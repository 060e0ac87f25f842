"""Ways out: mail by SMTP, a text service by HTTPS, a file for demonstrations; never called in a transaction."""

import json
import smtplib
import ssl
import tomllib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

TIMEOUT = 15.0


class NoticesInvalid(ValueError):
    """The file that names the ways out cannot be used; the text says why."""


class Channel(Protocol):
    """A way out; *key* is the same when the same message is sent again."""

    def send(self, address: str, subject: str, text: str, key: str) -> None:
        """Hand a message over, or raise any error."""


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """Mail."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True

    def send(self, address: str, subject: str, text: str, key: str) -> None:
        """Send one mail; its Message-ID is made of the key."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, address, subject
        mail["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(text)
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT) as server:
            if self.tls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail)


@dataclass(frozen=True, slots=True)
class HttpChannel:
    """A text service, WeCom or DingTalk: one POST in JSON; ``body`` has {address}, {subject}, {text} and {key}."""

    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, address: str, subject: str, text: str, key: str) -> None:
        """Post one message."""
        values = {"address": address, "subject": subject, "text": text, "key": key}
        data = json.dumps(_filled(self.body, values), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self.headers}
        asked = urllib.request.Request(self.url, data, headers, method="POST")  # noqa: S310 - the scheme is checked when read
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310
            answer.read()


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Appends each message to a file: nothing leaves the machine."""

    path: Path

    def send(self, address: str, subject: str, text: str, key: str) -> None:
        """Write one line."""
        with self.path.open("a", encoding="utf-8") as file:
            line = {"to": address, "subject": subject, "text": text, "key": key}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _filled(body: Any, values: Mapping[str, str]) -> Any:
    if isinstance(body, Mapping):
        return {name: _filled(value, values) for name, value in body.items()}
    return body.format(**values) if isinstance(body, str) else body


def read_channels(path: str) -> Mapping[str, Channel]:
    """Read the ways out from a TOML file with the tables ``mail`` and ``sms``; none without a file.

    Raises:
        NoticesInvalid.
    """
    if not path:
        return {}
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return {name: _channel(dict(row)) for name, row in data.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as exc:
        raise NoticesInvalid(f"{path}: {exc}") from exc


def _channel(row: dict[str, Any]) -> Channel:
    kind = row.pop("kind")
    if "password_file" in row:
        row["password"] = Path(row.pop("password_file")).read_text(encoding="utf-8").strip()
    if kind == "smtp":
        return SmtpChannel(**row)
    if kind == "file":
        return FileChannel(Path(row["path"]))
    if kind != "http" or not str(row.get("url", "")).startswith(("https://", "http://127.0.0.1")):
        raise NoticesInvalid("kind must be smtp, http (with an https address) or file")
    return HttpChannel(**row)
