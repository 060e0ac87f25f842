"""The written decision on a recusal, whatever the case: who was objected to, why, and who goes on (xzcf/43)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.process import TaskContext
from workflows.uow import UnitOfWork

_DECISIONS: Mapping[bool, str] = {True: "同意回避", False: "不同意回避"}
_CLOSING: Mapping[bool, str] = {
    True: "自本决定作出之日起，被申请回避的人员不再参加本案。本决定作出前没有停止调查。",
    False: "被申请回避的人员继续参加本案。本决定作出前没有停止调查。",
}


@dataclass(frozen=True, slots=True)
class Recusal:
    """A request that was decided: ``officers`` are those who go on."""

    case: str
    officer: str
    reason: str
    is_granted: bool
    note: str
    officers: Sequence[str]


def write_decision(uow: UnitOfWork, task: TaskContext, row: Any, decided: Recusal) -> str:
    """Write the decision to the party and the officer; answers its number."""
    names = names_of(uow, {decided.officer, *decided.officers, task.actor.login})
    content = {
        "receiver": f"{row.party_name}、{names[decided.officer]}",
        "opening": f"对{decided.case}中{names[decided.officer]}的回避，经审查，决定如下。",
        "facts": facts(
            ("当事人", row.party_name), ("被申请回避的人员", names[decided.officer]), ("申请的理由", decided.reason),
            ("决定", _DECISIONS[decided.is_granted]), ("决定的理由", decided.note),
            ("继续办理的人员", "、".join(names[one] for one in decided.officers)),
            ("决定人", names[task.actor.login]),
        ),
        "basis": ["《行政处罚法》第四十三条"], "closing": _CLOSING[decided.is_granted],
    }  # fmt: skip
    _, number = write_letter(
        uow, task.rulebook.city, task, kind="recusal_decision", about=row.id, sender=row.unit, receiver="",
        subject="回避决定书", content=content, by=task.actor.login,
    )  # fmt: skip
    return number
