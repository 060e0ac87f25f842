"""The audit trail in words that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.queries.instances import HistoryLine, InstanceDetails
from workflows.clauses import Clause, Clauses
from workflows.directory import names_of
from workflows.uow import UnitOfWork

_WORDS = {
    "instance-started": "立案登记", "task-completed": "办结", "task-claimed": "签收", "task-released": "退签",
    "task-assigned": "转办", "timer-fired": "到期", "message-received": "收到通知", "incident-opened": "异常",
    "incident-resolved": "异常已处理", "instance-cancelled": "案件撤销", "instance-suspended": "案件挂起",
    "instance-resumed": "案件恢复", "timers-moved": "时限变更", "element-decided": "按规则判断",
    "clock-pause-requested": "申请中止计时", "clock-paused": "中止计时", "clock-resumed": "恢复计时",
    "clock-extended": "延长时限", "clock-pause-refused": "不同意中止",
    "clock-recalculated": "规则调整后重算时限", "signing-opened": "发起会签",
    "signing-agreed": "会签同意", "signing-dissented": "会签不同意", "signing-added": "加签", "signing-removed": "减签",
    "signing-submitted": "提交待签", "signing-decided": "会签结束", "signing-closed": "撤销会签", "urged": "催办",
    "copied": "抄送", "read": "已阅",
}  # fmt: skip
_SHOWN_TYPES = frozenset({"serviceTask", "endEvent", "intermediateThrowEvent", "sendTask"})


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened."""

    at: datetime
    kind: str
    what: str
    step: str
    person: str
    note: str
    clauses: tuple[Clause, ...] = ()


def timeline(
    uow: UnitOfWork, case: InstanceDetails, lines: Sequence[HistoryLine], clauses: Clauses
) -> tuple[TimelineEntry, ...]:
    """Return the entries people care about, oldest first."""
    shown = [line for line in lines if _is_shown(line, case)]
    names = names_of(uow, {line.actor for line in shown} | {str(line.detail.get("for", "")) for line in shown})
    return tuple(_entry(line, case, names, clauses) for line in shown)


def _is_shown(line: HistoryLine, case: InstanceDetails) -> bool:
    if line.kind in _WORDS:
        return True
    element = case.elements.get(line.element_id or "", {})
    return line.kind == "element-completed" and element.get("type") in _SHOWN_TYPES


def _entry(line: HistoryLine, case: InstanceDetails, names: Mapping[str, str], clauses: Clauses) -> TimelineEntry:
    element: Mapping[str, Any] = case.elements.get(line.element_id or "", {})
    found = tuple(clauses.get(key) for key in element.get("clauses", ()) if clauses.exists(key))
    note = str(line.detail.get("reason") or line.detail.get("message") or "")
    if line.kind == "timer-fired" and float(line.detail.get("late_seconds") or 0) > 3600:
        note = "系统停机期间到期，恢复后补办"
    what = _WORDS.get(line.kind, "系统登记")
    person, principal = names.get(line.actor, line.actor), str(line.detail.get("for") or "")
    if principal:
        person = f"{person} 代 {names.get(principal, principal)}"
    return TimelineEntry(line.at, line.kind, what, str(element.get("name") or ""), person, note, found)
