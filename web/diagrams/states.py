"""Where the tokens of a running case are, as the diagram wants to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

StateName = Literal["done", "active", "late", "waiting", "error", "cancelled"]

STATE_LABELS: Mapping[StateName, str] = {
    "done": "已完成",
    "active": "进行中",
    "late": "超期",
    "waiting": "等待中",
    "error": "异常",
    "cancelled": "已取消",
}


@dataclass(frozen=True, slots=True)
class ElementState:
    """The state of one element; ``count`` is the number of tokens or finished runs in it.

    ``note`` is a short Chinese remark such as ``超期3日``; up to eight characters are drawn on the
    badge, longer ones are shown in the tooltip only.
    """

    state: StateName
    count: int = 1
    note: str = ""

    @property
    def label(self) -> str:
        """Return the state in words, with count and note."""
        times = f" ×{self.count}" if self.count > 1 else ""
        return f"{STATE_LABELS[self.state]}{times}" + (f"，{self.note}" if self.note else "")


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The states of a case's elements by BPMN element id; an absent id was never reached."""

    states: Mapping[str, ElementState] = field(default_factory=dict)

    def of(self, element_id: str) -> ElementState | None:
        """Return the state of one element, or None when no token ever reached it."""
        return self.states.get(element_id)
