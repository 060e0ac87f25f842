"""Configures logging once: one JSON object a line, newlines escaped, secrets and personal numbers blotted out."""

import logging
import re
import sys
from typing import Any

import orjson

from engine import log_marks

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_CAP = 4000
_LONGEST = 20_000  # of which anything is read at all
_BLOT = "…"
_SECRET = r"password|passwd|pwd|secret|token|api[_-]?key|private[_-]?key|cookie|authorization|signature|totp"  # noqa: S105 - names of secrets
_SECRET_NAME = re.compile(_SECRET, re.IGNORECASE)
_BLOTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^\s/:@]*:)[^\s@/]+(@)"), rf"\1{_BLOT}\2"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {_BLOT}"),
    (re.compile(rf"((?:{_SECRET})[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}})]+", re.IGNORECASE), rf"\1{_BLOT}"),
    (re.compile(r"(\bDETAIL:\s*)[^\n]*"), rf"\1{_BLOT}"),  # PostgreSQL repeats the values of a row
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)"), r"\1********\2"),  # number of an identity card
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),  # mobile telephone
)
_BREAKS = {0x7F: "\\u007f", 0x2028: "\\u2028", 0x2029: "\\u2029"} | {c: f"\\u{c:04x}" for c in range(0x80, 0xA0)}


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: time, level, logger, event, request, case, and the facts given as extra.

    Nothing that was sent to us can begin a line, hide one, or steer a terminal: control characters are escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, at most 4,000 characters of text per field."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": blotted(record.getMessage())[:_CAP],
        }
        line |= {name: text for name, text in (("request", log_marks.request.get()), ("case", log_marks.case.get()))
                 if text}  # fmt: skip
        facts = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        line |= {key: _BLOT if _SECRET_NAME.search(key) else _fact(value) for key, value in facts.items()}
        if record.exc_info:
            line["error"] = blotted(self.formatException(record.exc_info)[-_LONGEST:])[-_CAP:]
        return orjson.dumps(line).decode().translate(_BREAKS)


def blotted(text: str) -> str:
    """Return a text without what looks like a secret or a personal number, and without lone surrogates."""
    text = text[:_LONGEST].encode("utf-8", "replace").decode()
    for pattern, instead in _BLOTS:
        text = pattern.sub(instead, text)
    return text


def _fact(value: object) -> object:
    return value if isinstance(value, int | float) else blotted(str(value))[:_CAP]


def configure_logging(level: str = "INFO") -> None:
    """Send all logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("waitress").setLevel(logging.WARNING)
