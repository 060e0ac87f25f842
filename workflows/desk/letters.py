"""Letters and receipts: read and download; messages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.directory import find_unit, names_of
from workflows.jurisdiction import if_seen
from workflows.letters import LetterTemplates
from workflows.policy import Actor
from workflows.records.letters import letter, notification, receipt
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_date, local_time

Row = Mapping[str, Any]


class LetterDesk:
    """Answers letters."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, templates: LetterTemplates) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._templates = templates

    def render(self, actor: Actor, letter_id: UUID, kind: str) -> tuple[str, bytes]:
        """Return a letter's file name and its bytes as ``docx`` or ``pdf``.

        Raises:
            LetterNotFound: there is none, or neither sender nor receiver is the actor's.
        """
        row = self._engine.ask(Ask(lambda uow: self._letter(uow, actor, letter_id)))
        return f"{row['number']}.{kind}", self._drawn(row["kind"], row["data"], kind)

    def render_receipt(self, actor: Actor, receipt_id: UUID, kind: str) -> tuple[str, bytes]:
        """Return a receipt's file name and its bytes."""
        number, data = self._engine.ask(Ask(lambda uow: self._receipt(uow, actor, receipt_id)))
        return f"{number}.{kind}", self._drawn("receipt", data, kind)

    def _drawn(self, kind: str, data: Row, file_kind: str) -> bytes:
        draw = self._templates.pdf if file_kind == "pdf" else self._templates.docx
        return draw(kind, data)

    def _letter(self, uow: UnitOfWork, actor: Actor, letter_id: UUID) -> Row:
        row = uow.connection.execute(select(letter).where(letter.c.id == letter_id)).mappings().one_or_none()
        mine = row is not None and not {row["sender_unit"], row["receiver_unit"]}.isdisjoint(actor.units)
        if row is None or not (mine or actor.oversees):
            raise errors.LetterNotFound(letter=str(letter_id))
        return dict(row)

    def _receipt(self, uow: UnitOfWork, actor: Actor, receipt_id: UUID) -> tuple[str, Row]:
        found = uow.connection.execute(select(receipt).where(receipt.c.id == receipt_id)).one_or_none()
        row = if_seen(uow, actor, found, lambda one: one.instance_id)
        if row is None:
            raise errors.LetterNotFound(receipt=str(receipt_id))
        unit = find_unit(uow, row.unit)
        signer = names_of(uow, [row.signed_by]).get(row.signed_by, row.signed_by)
        facts = [
            {"label": "业务编号", "value": row.business_key}, {"label": "签收人", "value": signer},
            {"label": "签收时间", "value": f"{local_time(row.signed_at):%Y-%m-%d %H:%M:%S}"},
            {"label": "内容摘要 SHA-256", "value": row.sha256},
        ]  # fmt: skip
        return row.number, {
            "number": row.number, "sender": unit.name, "receiver": "推送（抄送、移送）单位",
            "opening": "你单位来件已签收。", "facts": facts, "closing": row.remark or "特此回执。",
            "date": chinese_date(row.signed_at),
        }  # fmt: skip

    def messages(self, actor: Actor, limit: int = 50) -> tuple[Row, ...]:
        """Return the actor's newest messages."""
        statement = (
            select(notification)
            .where(notification.c.login == actor.login)
            .order_by(notification.c.created_at.desc(), notification.c.id.desc())
            .limit(limit)
        )
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))

    def mark_read(self, actor: Actor) -> None:
        """Mark all messages as read."""
        mine = (notification.c.login == actor.login) & notification.c.read_at.is_(None)
        self._engine.execute(
            Do(lambda uow: uow.connection.execute(update(notification).where(mine).values(read_at=uow.now)))
        )
