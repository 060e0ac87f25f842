"""Gathers what persons were told inside the platform and sends it out: one digest instead of ten messages.

Three steps, each a transaction of its own or none: gather (a digest is written with its key), take (a lease), send
(outside any transaction). A message whose sending is not known to have worked is sent again with the same key.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Do
from workflows.notifications.channels import Channel
from workflows.notifications.wishes import URGENT, Wishes, wishes_of
from workflows.records.letters import notification
from workflows.records.lists import notice_delivery, notice_setting
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

logger = logging.getLogger(__name__)
GATHERED = timedelta(minutes=15)
LEASE = timedelta(minutes=2)
ATTEMPTS = 8
LINES = 30
_D, _S, _N = notice_delivery.c, notice_setting.c, notification.c


@dataclass(frozen=True, slots=True)
class Message:
    """One message that is to go out."""

    id: UUID
    key: str
    channel: str
    address: str
    subject: str
    text: str
    attempts: int


class Notifier:
    """A chore of the worker."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, channels: Mapping[str, Channel]) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self.channels = channels

    def work(self) -> int:
        """Gather and send; answers how many messages went out."""
        if not self.channels:
            return 0
        self._engine.execute(Do(self._gather))
        return sum(self._send(message) for message in self._engine.execute(Do(_take)))

    def _gather(self, uow: UnitOfWork) -> None:
        for row in uow.connection.execute(select(notice_setting)).all():
            wishes = wishes_of(row)
            ways = [way for way in wishes.channels if way in self.channels and wishes.address(way)]
            if ways:
                self._digest(uow, row, wishes, ways)

    def _digest(self, uow: UnitOfWork, row: Any, wishes: Wishes, ways: Sequence[str]) -> None:
        """Write a person's digest when something is urgent, or the oldest has waited and it is not quiet."""
        fresh = (_N.login == row.login) & _N.told_at.is_(None) & _N.read_at.is_(None) & (_N.created_at >= row.since)
        found = uow.connection.execute(select(notification).where(fresh).order_by(_N.id).limit(500)).all()
        urgent = [one for one in found if one.kind in URGENT]
        is_quiet = wishes.next_time(uow.now, self._rulebook.calendar) > uow.now
        has_waited = bool(found) and uow.now - found[0].created_at >= GATHERED
        told = urgent if is_quiet else found if urgent or has_waited else []
        if not told:
            return
        for way in ways:
            subject, text = written(way, told)
            made = {
                "id": uow.new_id(), "key": f"{row.login}-{way}-{told[-1].id}", "login": row.login, "channel": way,
                "address": wishes.address(way), "subject": subject, "text": text, "is_urgent": bool(urgent),
                "state": "waiting", "due_at": uow.now, "attempts": 0, "created_at": uow.now,
            }  # fmt: skip
            uow.connection.execute(insert(notice_delivery), made)
        ids = [one.id for one in told]
        uow.connection.execute(update(notification).where(_N.id.in_(ids)).values(told_at=uow.now))

    def _send(self, message: Message) -> int:
        try:
            self.channels[message.channel].send(message.address, message.subject, message.text, message.key)
        except Exception as exc:
            logger.exception("a message could not be sent", extra={"channel": message.channel, "key": message.key})
            error = f"{type(exc).__name__}: {exc}"
            self._engine.execute(Do(lambda uow: _failed(uow, message, error)))
            return 0
        done = update(notice_delivery).where(_D.id == message.id)
        self._engine.execute(Do(lambda uow: uow.connection.execute(done.values(state="sent", sent_at=uow.now))))
        return 1


def written(way: str, told: Sequence[Any]) -> tuple[str, str]:
    """Return the subject and text of a digest; a text message names case numbers and nothing else."""
    cases = list(dict.fromkeys(one.business_key for one in told if one.business_key))
    subject = f"衔接平台：{len(told)} 条新消息"
    if way != "mail":
        named = f"，案件 {'、'.join(cases[:3])}{' 等' if len(cases) > 3 else ''}" if cases else ""
        return subject, f"您有 {len(told)} 条新消息{named}，请登录平台查看。"
    lines = [f"· {one.text}{f'（{one.business_key}）' if one.business_key else ''}" for one in told[:LINES]]
    more = [f"另有 {len(told) - LINES} 条，请登录平台查看。"] if len(told) > LINES else []
    return subject, "\n".join([*lines, *more, "", "在平台“设置”中可以更改通知方式和免打扰时间。"])


def _take(uow: UnitOfWork) -> list[Message]:
    """Take what is due under a lease, so that two workers do not send the same."""
    due = select(notice_delivery).where(_D.state == "waiting", _D.due_at <= uow.now).order_by(_D.due_at, _D.id)
    rows = uow.connection.execute(due.limit(50).with_for_update(skip_locked=True)).all()
    values = {"due_at": uow.now + LEASE, "attempts": _D.attempts + 1}
    if rows:
        uow.connection.execute(update(notice_delivery).where(_D.id.in_([row.id for row in rows])).values(**values))
    return [Message(row.id, row.key, row.channel, row.address, row.subject, row.text, row.attempts + 1) for row in rows]


def _failed(uow: UnitOfWork, message: Message, error: str) -> None:
    """Try again later, each time after twice as long; at last it is left and shown as failed."""
    state = "failed" if message.attempts >= ATTEMPTS else "waiting"
    due = uow.now + timedelta(minutes=2**message.attempts)
    values = {"state": state, "due_at": due, "last_error": error[:500]}
    uow.connection.execute(update(notice_delivery).where(_D.id == message.id).values(**values))
