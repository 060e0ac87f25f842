"""The letters of oversight: one way to write an opinion, whoever found the fault."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflows.letter_book import Case, facts, write_letter
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_end

KINDS: Mapping[str, str] = {
    "order": "督办单", "opinion": "监督意见书", "oversight_decision": "行政执法监督决定书",
    "oversight_report": "执行情况报告", "followup": "处理决定告知书", "interview_notice": "约谈通知书",
    "interview_minutes": "约谈纪要", "criticism": "通报批评", "referral": "问责线索移送函", "work_bulletin": "工作通报",
}  # fmt: skip


def deadline(rulebook: Rulebook, limit: str, anchor: datetime) -> str:
    """Return a limit as letters write it: its name, length, last day and source."""
    found = rulebook.reckon(limit, anchor)
    return f"{found.limit.title} {found.limit.text}，{chinese_end(found.due_at)}前（{found.limit.source}）"


def write_opinion(  # noqa: PLR0913 - an opinion has these parts
    uow: UnitOfWork, rulebook: Rulebook, case: Case, *, about: object, receiver: str, limit: str, opening: str,
    rows: Sequence[tuple[str, object]], basis: Sequence[str], closing: str,
) -> str:  # fmt: skip
    """Send a numbered opinion whose limit begins now; answers its number."""
    return write(
        uow, rulebook, case, "opinion", about=about, receiver=receiver, rows=rows, opening=opening, basis=basis,
        closing=closing, deadline=deadline(rulebook, limit, uow.now),
    )  # fmt: skip


def write(  # noqa: PLR0913 - a letter has these parts
    uow: UnitOfWork, rulebook: Rulebook, case: Case, kind: str, *, about: object, receiver: str,
    rows: Sequence[tuple[str, object]], sender: str = "", by: str = "system", **content: Any,
) -> str:  # fmt: skip
    """Send a letter of a kind; the policy section unless another sender is named. Answers its number."""
    city = rulebook.city
    _, number = write_letter(
        uow, city, case, kind=kind, about=about, sender=sender or city.policy_unit, receiver=receiver,
        subject=KINDS[kind], content={**content, "facts": facts(*rows)}, by=by,
    )  # fmt: skip
    return number
