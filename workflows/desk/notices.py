"""How persons want to be told, and what could not be sent."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.notifications.wishes import Wishes, checked, keep_wishes, read_wishes
from workflows.policy import Actor, require
from workflows.records.lists import notice_delivery
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_D = notice_delivery.c


class NoticeDesk:
    """Keeps wishes and shows deliveries."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def wishes(self, actor: Actor) -> Wishes:
        """Return a person's choices."""
        return self._engine.ask(Ask(lambda uow: read_wishes(uow, actor.login)))

    def keep(self, actor: Actor, given: Mapping[str, str], channels: Sequence[str]) -> None:
        """Keep a person's choices.

        Raises:
            FormInvalid: names each wrong field.
        """
        wanted = checked(given, channels)
        self._engine.execute(Do(lambda uow: keep_wishes(uow, actor, wanted)))

    def sent(self, actor: Actor, *, everybody: bool = False) -> tuple[Row, ...]:
        """Return the person's newest deliveries; for the administrator those of everybody that failed or wait."""
        wanted = _D.login == actor.login
        if everybody:
            require(actor, "administrator")
            wanted = _D.state == "failed"
        statement = select(notice_delivery).where(wanted).order_by(_D.created_at.desc(), _D.id.desc()).limit(50)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))

    def again(self, actor: Actor, delivery_id: UUID) -> None:
        """Let a failed message be sent again.

        Raises:
            ViewNotFound: there is no failed one.
        """
        require(actor, "administrator")

        def do(uow: UnitOfWork) -> None:
            failed = (_D.id == delivery_id) & (_D.state == "failed")
            values = {"state": "waiting", "attempts": 0, "due_at": uow.now}
            if uow.connection.execute(update(notice_delivery).where(failed).values(**values)).rowcount == 0:
                raise errors.ViewNotFound(delivery=str(delivery_id))

        self._engine.execute(Do(do))
