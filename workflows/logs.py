"""Configures logging once: one JSON object a line, newlines escaped, no personal data by convention."""

import logging
import sys
from typing import Any

import orjson

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_CAP = 4000


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: time, level, logger, event, and the facts given as extra."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, at most 4,000 characters of text per field."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:_CAP],
        }
        line |= {key: str(value)[:_CAP] for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)[-_CAP:]
        return orjson.dumps(line).decode()


def configure_logging(level: str = "INFO") -> None:
    """Send all logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("waitress").setLevel(logging.WARNING)
