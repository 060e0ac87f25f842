"""Reads the fields of one row and collects its faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from workflows.uow import ZONE

_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong with a field and what to do; a warning does not refuse the row."""

    field: str
    code: str
    message: str
    level: str = "error"

    def as_json(self) -> dict[str, str]:
        """Return it as plain JSON."""
        return {"field": self.field, "code": self.code, "message": self.message, "level": self.level}


@dataclass(slots=True)
class Reading:
    """Collects the faults of one row."""

    row: Mapping[str, str]
    messages: list[Message] = field(default_factory=list)

    def refuse(self, name: str, code: str, text: str, level: str = "error") -> None:
        """Note a fault."""
        self.messages.append(Message(name, code, text, level))

    def text(self, *names: str, label: str = "") -> str:
        """Return the first field that is filled; with a label a missing one is a fault."""
        for name in names:
            if self.row.get(name):
                return str(self.row[name]).strip()
        if label:
            named = next((name for name in names if name in self.row), names[0])
            self.refuse(named, "required", f"缺少{label}，请填写后重新导入")
        return ""

    def day(self, *names: str, label: str = "") -> datetime | None:
        """Return a date or an instant in Chinese time."""
        text = self.text(*names, label=label)
        if not text:
            return None
        for pattern in _FORMATS:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=ZONE)
            except ValueError:
                continue
        try:
            found = datetime.fromisoformat(text)
            return found.astimezone(ZONE) if found.tzinfo else found.replace(tzinfo=ZONE)
        except ValueError:
            self.refuse(names[0], "date-format", f"{label or '日期'}“{text[:30]}”不是有效日期，请写成 2026-03-02")
            return None

    @property
    def is_refused(self) -> bool:
        """Tell whether a fault forbids the row."""
        return any(message.level == "error" for message in self.messages)
