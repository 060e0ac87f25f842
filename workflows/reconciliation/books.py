"""Reads both sides' books: what the senders sent, and what the receivers signed for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from engine.store.tables import process_instance
from workflows.clocks import spans
from workflows.reconciliation.entries import Entry
from workflows.reconciliation.uploads import uploads
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty, transfer, transfer_milestone
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, receipt
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

LIMITS: Mapping[str, str] = {
    "decision": "push", "handoff": "claim", "copy": "copy_acknowledge", "transfer": "transfer_accept",
}  # fmt: skip
_ENDINGS = {"accepted": "received", "returned": "returned", "forwarded": "returned", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides' books from one instant up to another, with the clocks that say how long a thing may be on its way."""

    uow: UnitOfWork
    rulebook: Rulebook
    begin: datetime
    cut: datetime
    bureau: str
    clocks: Mapping[str, Any]

    def due(self, kind: str, key: str, sent_at: datetime) -> dict[str, Any]:
        """Return until when a thing may be on its way, by its clock, else by the limit in force."""
        clock = self.clocks.get(key)
        if clock is not None:
            return {"due_at": clock.due_at, "pauses": spans(clock.pauses)}
        return {"due_at": self.rulebook.reckon(LIMITS[kind], sent_at).due_at}


def entries_between(uow: UnitOfWork, rulebook: Rulebook, begin: datetime, cut: datetime) -> list[Entry]:
    """Return everything sent before *cut* that was not settled before *begin*."""
    clocks = uow.connection.execute(
        select(running_limit).where(
            running_limit.c.limit_name.in_(LIMITS.values()),
            or_(running_limit.c.ended_at.is_(None), running_limit.c.ended_at >= begin),
        )
    )
    books = Books(uow, rulebook, begin, cut, rulebook.city.bureau_unit, {row.key: row for row in clocks})
    sources: tuple[Callable[[Books], Iterable[Entry]], ...] = (_decisions, _duties, _copies, _transfers)
    found = [entry for read in sources for entry in read(books)]
    return [entry for entry in (*found, *uploads(uow, rulebook, begin, cut)) if entry.concerns(begin, cut)]


def _decisions(books: Books) -> Iterable[Entry]:
    """What the approval bureaus decided, until the first duty was pushed, or the case ended without one."""
    pushed = select(duty.c.approval_id, func.min(duty.c.pushed_at).label("pushed_at")).group_by(duty.c.approval_id)
    first = pushed.subquery()
    rows = books.uow.connection.execute(
        select(approval, first.c.pushed_at, process_instance.c.ended_at.label("case_ended_at"))
        .join(process_instance, process_instance.c.id == approval.c.instance_id)
        .join(first, first.c.approval_id == approval.c.id, isouter=True)
        .where(
            approval.c.received_at < books.cut,
            or_(first.c.pushed_at >= books.begin, first.c.pushed_at.is_(None)),
            or_(process_instance.c.ended_at.is_(None), process_instance.c.ended_at >= books.begin),
        )
    )
    for row in rows:
        ended = ("received", row.pushed_at) if row.pushed_at else _ended("withdrawn", row.case_ended_at)
        yield Entry(
            "decision", str(row.id), row.project_no, row.project_name, row.approving_unit, books.bureau,
            row.received_at, business_key=row.business_key, ended=ended,
            **books.due("decision", f"{row.business_key}/check_push", row.decided_at),
        )  # fmt: skip


def _ended(how: str, at: datetime | None) -> tuple[str, datetime] | None:
    return (how, at) if at is not None else None


def _duties(books: Books) -> Iterable[Entry]:
    """Duties pushed by letter, until the unit claimed by receipt, returned it, or the decision was withdrawn."""
    settled = func.coalesce(duty.c.claimed_at, duty.c.returned_at, duty.c.ended_at)
    rows = books.uow.connection.execute(
        select(duty, approval.c.project_no, approval.c.project_name, approval.c.approving_unit)
        .join(approval, approval.c.id == duty.c.approval_id)
        .where(duty.c.pushed_at < books.cut, or_(settled.is_(None), settled >= books.begin))
    ).all()
    sent, signed = _letters(books, "push", [row.pushed_at for row in rows]), _receipts(books, "claimed")
    for row in rows:
        ended = _ended("received", row.claimed_at) or _ended("returned", row.returned_at)
        ended = ended or _ended("withdrawn", row.ended_at)
        faults = () if str(row.id) in sent else ("no_letter",)
        if row.claimed_at is not None and str(row.id) not in signed:
            faults = (*faults, "no_receipt")
        yield Entry(
            "handoff", str(row.id), row.project_no, row.project_name, row.approving_unit, row.unit, row.pushed_at,
            business_key=row.business_key, ended=ended, faults=faults,
            **books.due("handoff", f"{row.business_key}/claim_duty/{row.id}", row.pushed_at),
        )  # fmt: skip


def _copies(books: Books) -> Iterable[Entry]:
    """Copies sent by letter, until the receiver signed for them."""
    rows = books.uow.connection.execute(
        select(copy, approval.c.project_no, approval.c.project_name, approval.c.approving_unit)
        .join(approval, approval.c.id == copy.c.approval_id)
        .where(copy.c.sent_at < books.cut,
               or_(copy.c.acknowledged_at.is_(None), copy.c.acknowledged_at >= books.begin))
    ).all()  # fmt: skip
    sent, signed = _letters(books, "copy", [row.sent_at for row in rows]), _receipts(books, "acknowledged", "reserved")
    for row in rows:
        faults = () if str(row.id) in sent else ("no_letter",)
        if row.acknowledged_at is not None and str(row.id) not in signed:
            faults = (*faults, "no_receipt")
        yield Entry(
            "copy", str(row.id), row.project_no, row.project_name, row.approving_unit, row.unit, row.sent_at,
            business_key=row.business_key, ended=_ended("received", row.acknowledged_at), faults=faults,
            **books.due("copy", f"{row.business_key}/acknowledge_copy/{row.id}", row.sent_at),
        )  # fmt: skip


def _transfers(books: Books) -> Iterable[Entry]:
    """Every sending of a case, until it was accepted, returned, forwarded or withdrawn."""
    open_or_new = or_(transfer.c.closed_at.is_(None), transfer.c.closed_at >= books.begin)
    rows = books.uow.connection.execute(
        select(transfer_milestone, transfer.c.business_key, transfer.c.number, transfer.c.project_name,
               transfer.c.sender_unit)
        .join(transfer, transfer.c.id == transfer_milestone.c.transfer_id)
        .where(open_or_new, transfer_milestone.c.kind.in_(("sent", *_ENDINGS)))
        .order_by(transfer_milestone.c.reported_at, transfer_milestone.c.id)
    )  # fmt: skip
    by_case: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        by_case[row.transfer_id].append(row)
    for steps in by_case.values():
        sendings = [at for at, step in enumerate(steps) if step.kind == "sent"]
        for number, at in enumerate(sendings, 1):
            until = sendings[number] if number < len(sendings) else len(steps)
            yield _sending(books, steps[at], steps[at + 1 : until], number)


def _sending(books: Books, sent: Any, answers: list[Any], number: int) -> Entry:
    answer = next((step for step in answers if step.kind in _ENDINGS), None)
    return Entry(
        "transfer", str(sent.id), sent.number or sent.business_key, sent.project_name, sent.sender_unit,
        str(sent.detail.get("receiver") or ""), sent.reported_at, business_key=sent.business_key,
        ended=(_ENDINGS[answer.kind], answer.reported_at) if answer is not None else None,
        **books.due("transfer", f"{sent.business_key}/receive_transfer/{number}", sent.reported_at),
    )  # fmt: skip


def _letters(books: Books, kind: str, sent: Sequence[datetime]) -> frozenset[str]:
    """Return what the senders' book has letters about, since the first of these instants."""
    since = min(sent, default=books.cut)
    written = select(letter.c.about).where(letter.c.kind == kind, letter.c.created_at >= since)
    return frozenset(books.uow.connection.scalars(written))


def _receipts(books: Books, *outcomes: str) -> frozenset[str]:
    """Return what the receivers' book has numbered receipts for."""
    signed = select(receipt.c.about).where(receipt.c.outcome.in_(outcomes), receipt.c.signed_at >= books.begin)
    return frozenset(books.uow.connection.scalars(signed))
