"""Accounts for the three administrators: one asks, one confirms, one looks on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from engine.process_engine import ProcessEngine
from workflows.accounts import changes
from workflows.accounts.changes import DECIDERS, READERS, Row
from workflows.audit.kinds import RIGHTS
from workflows.audit.noting import note
from workflows.desk.asking import Ask, Do
from workflows.desk.once import made_once
from workflows.directory import Unit, all_units
from workflows.engine_admin.access import reason_of
from workflows.pinyin import like
from workflows.policy import Actor, require
from workflows.records.offices import officer, second_factor, unit
from workflows.uow import UnitOfWork

PAGE = 50
_COLUMNS = (
    officer.c.login, officer.c.name, officer.c.unit, officer.c.roles, officer.c.title, officer.c.is_active,
    officer.c.is_demo, officer.c.locked_until, officer.c.must_change, unit.c.short_name.label("unit_name"),
    second_factor.c.confirmed_at.label("factor_since"),
)  # fmt: skip
_ACCOUNTS = (
    select(*_COLUMNS)
    .join(unit, unit.c.code == officer.c.unit)
    .join(second_factor, second_factor.c.login == officer.c.login, isouter=True)
)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Some accounts, and the login after which the next page begins; empty on the last one."""

    rows: tuple[Row, ...]
    after: str


class AccountDesk:
    """Answers and changes accounts; case work is not for those who do."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def all(self, actor: Actor, text: str = "", after: str = "") -> AccountPage:
        """Return accounts by login."""
        require(actor, *READERS)
        wanted = like(text)
        found = or_(*(column.ilike(wanted, escape="\\") for column in (officer.c.login, officer.c.name, unit.c.name)))
        statement = _ACCOUNTS.where(officer.c.login > after, found if text else officer.c.login != "")
        rows = self._rows(statement.order_by(officer.c.login).limit(PAGE + 1))
        return AccountPage(rows[:PAGE], rows[PAGE - 1]["login"] if len(rows) > PAGE else "")

    def one(self, actor: Actor, login: str) -> Row:
        """Return an account.

        Raises:
            AccountNotFound.
        """
        require(actor, *READERS)
        self._engine.ask(Ask(lambda uow: changes.account(uow, login)))
        return self._rows(_ACCOUNTS.where(officer.c.login == login))[0]

    def _rows(self, statement: Any) -> tuple[Row, ...]:
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))

    def units(self, actor: Actor) -> tuple[Unit, ...]:
        """Return the units an account can belong to."""
        require(actor, *READERS)
        return self._engine.ask(Ask(all_units))

    def requests(self, actor: Actor, state: str = "") -> tuple[Row, ...]:
        """Return what was asked for, the newest first."""
        require(actor, *READERS)
        return self._engine.ask(Ask(lambda uow: changes.requests(uow, state)))

    def ask(
        self, actor: Actor, kind: str, login: str, wanted: Mapping[str, Any], reason: str, *, key: str = ""
    ) -> UUID:
        """Ask for a change; only a system administrator does. The same key asks once.

        Raises:
            FormInvalid, AccountNotFound, NotAllowed.
            KeyReused: the key came with something else before.
        """
        command = Do(lambda uow: changes.ask(uow, actor, kind, login, wanted, reason))
        return made_once(self._engine, command, actor.login, key, "account", kind, login, dict(wanted), reason)

    def request(self, actor: Actor, request_id: UUID) -> Row:
        """Return what was asked for.

        Raises:
            AccountRequestNotFound.
        """
        require(actor, *READERS)
        return self._engine.ask(Ask(lambda uow: changes.request(uow, request_id)))

    def decide(self, actor: Actor, request_id: UUID, state: str, because: str = "") -> str:
        """Confirm or refuse (security administrator) or withdraw (who asked); answers a new password, shown once."""
        return self._engine.execute(Do(lambda uow: changes.decide(uow, actor, request_id, state, because)))

    def end_sessions(self, actor: Actor, login: str, reason: str) -> int:
        """End all sessions of a person and lift the lock; answers how many were open."""
        require(actor, *DECIDERS)
        why = reason_of(reason)

        def act(uow: UnitOfWork) -> int:
            changes.account(uow, login)
            lifted = {"failed_logins": 0, "locked_until": None}
            uow.connection.execute(update(officer).where(officer.c.login == login).values(lifted))
            ended = changes.end_sessions(uow, login)
            note(uow, RIGHTS, "sessions-revoked", actor.login, login, {"reason": why, "sessions": ended})
            return ended

        return self._engine.execute(Do(act))
