"""The books of letters: what came and what went, each with its receipt, or how long it has been waiting for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask, lamp_of
from workflows.directory import names_of
from workflows.pinyin import like
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, receipt
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
PAGE = 25  # a page of the longest lines stays under 60 KB
_SIGNING = {"push": "claim_duty", "copy": "acknowledge_copy", "transfer": "receive_transfer",
            "feedback": "acknowledge_feedback", "criticism": "receive_criticism"}  # fmt: skip
_BY_RECEIVER = receipt.c.unit == letter.c.receiver_unit
_ALL_AT_ONCE = (letter.c.kind == "feedback") & (receipt.c.business_key == letter.c.business_key)
_ALL_AT_ONCE &= receipt.c.outcome == "acknowledged"  # the bureau signs for what all units fed back with one receipt
_SIGNED_BY = or_(
    receipt.c.letter_id == letter.c.id, (receipt.c.about == letter.c.about) & _BY_RECEIVER, _ALL_AT_ONCE & _BY_RECEIVER
)
_HAS_RECEIPT = select(receipt.c.id).where(_SIGNED_BY).exists()
_CLOCK = (running_limit.c.instance_id == letter.c.instance_id) & (running_limit.c.unit == letter.c.receiver_unit)
_STEP = or_(*((letter.c.kind == kind) & (running_limit.c.element_id == step) for kind, step in _SIGNING.items()))
_AWAITED = ~_HAS_RECEIPT & select(running_limit.c.id).where(_CLOCK, running_limit.c.ended_at.is_(None), _STEP).exists()


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter with its receipt; without one, the lamp of the clock under which it must be signed, if it must."""

    id: UUID
    number: str
    kind: str
    subject: str
    business_key: str
    sender: str
    receiver: str
    receiver_unit: str | None
    sent_at: Any
    receipt_id: UUID | None
    receipt_number: str
    signed_by: str
    signed_at: Any
    remark: str
    sha256: str
    lamp: Lamp
    due_at: Any
    task_id: UUID | None


@dataclass(frozen=True, slots=True)
class LetterBook:
    """A page of a book with the number of each part; ``next`` is where the following page begins."""

    lines: tuple[LetterLine, ...]
    counts: Mapping[str, int]
    next: int = 0


class LetterBookDesk:
    """Answers books of letters."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def page(self, actor: Actor, direction: str, part: str, text: str = "", after: int = 0) -> LetterBook:
        """Return letters sent (``out``) or received (``in``), newest first: all, the ``signed``, or the ``unsigned``
        that a step still waits to sign for; most kinds of letters need no receipt."""
        return self._engine.ask(Ask(lambda uow: self._page(uow, _scope(actor, direction, text), part, after)))

    def _page(self, uow: UnitOfWork, scope: ColumnElement[bool], part: str, after: int) -> LetterBook:
        parts = {"signed": _HAS_RECEIPT, "unsigned": _AWAITED}
        counts = {
            name: uow.connection.scalar(select(func.count()).select_from(letter).where(scope, condition)) or 0
            for name, condition in parts.items()
        }
        counts["all"] = uow.connection.scalar(select(func.count()).select_from(letter).where(scope)) or 0
        wanted = and_(scope, parts[part]) if part in parts else scope
        order = (letter.c.created_at.desc(), letter.c.id.desc())
        found = uow.connection.execute(
            select(letter).where(wanted).order_by(*order).offset(after).limit(PAGE + 1)
        ).all()  # fmt: skip
        return LetterBook(self._lines(uow, found[:PAGE]), counts, after + PAGE if len(found) > PAGE else 0)

    def _lines(self, uow: UnitOfWork, letters: Sequence[Any]) -> tuple[LetterLine, ...]:
        found = select(letter.c.id.label("signed"), receipt).join(receipt, _SIGNED_BY)
        found = found.where(letter.c.id.in_([row.id for row in letters])).order_by(receipt.c.signed_at.desc())
        signed = {row.signed: row for row in uow.connection.execute(found)}
        names = names_of(uow, {row.signed_by for row in signed.values()})
        clocks = self._clocks(uow, [row for row in letters if row.id not in signed])
        return tuple(self._line(uow, row, signed.get(row.id), names, clocks.get(row.id)) for row in letters)

    def _clocks(self, uow: UnitOfWork, waiting: Sequence[Any]) -> dict[UUID, Any]:
        """Return the clock under which each letter must be signed for, the latest of its case."""
        if not waiting:
            return {}
        c = running_limit.c
        found = select(letter.c.id.label("waiting"), running_limit).join(running_limit, _CLOCK & _STEP)
        found = found.where(letter.c.id.in_([row.id for row in waiting]), c.ended_at.is_(None)).order_by(c.anchor_at)
        return {row.waiting: row for row in uow.connection.execute(found)}

    def _line(self, uow: UnitOfWork, row: Any, signed: Any, names: Mapping[str, str], clock: Any) -> LetterLine:
        return LetterLine(
            row.id, row.number, row.kind, row.subject, row.business_key, str(row.data.get("sender", "")),
            str(row.data.get("receiver", "")), row.receiver_unit, row.created_at,
            signed.id if signed else None, signed.number if signed else "",
            names.get(signed.signed_by, signed.signed_by) if signed else "", signed.signed_at if signed else None,
            (signed.remark or "") if signed else "", signed.sha256 if signed else row.sha256,
            lamp_of(self._rulebook, clock, uow.now) if clock is not None else Lamp("none", "", 0),
            clock.due_at if clock is not None else None,
            clock.task_id if clock is not None else None,
        )  # fmt: skip


def _scope(actor: Actor, direction: str, text: str) -> ColumnElement[bool]:
    column = letter.c.sender_unit if direction == "out" else letter.c.receiver_unit
    mine = letter.c.id.is_not(None) if actor.oversees else column.in_(actor.units)
    if not text.strip():
        return mine
    found = (func.lower(column).like(like(text), escape="\\")
             for column in (letter.c.number, letter.c.subject, letter.c.business_key))  # fmt: skip
    return mine & or_(*found)
