"""The second factor of an account: enrol, check, recover, reset."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine.process_engine import ProcessEngine
from workflows.accounts import errors as account_errors
from workflows.accounts import totp
from workflows.accounts.passwords import digest
from workflows.desk.asking import Ask, Do
from workflows.records.offices import second_factor
from workflows.uow import UnitOfWork

FAILURES = 5
LOCKED = timedelta(minutes=15)
_f = second_factor.c


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs: the QR code's text, and the secret to type by hand."""

    address: str
    typed: str


@dataclass(frozen=True, slots=True)
class Factor:
    """What a person sees of the own second factor; never the secret."""

    since: datetime
    recovery_left: int


class Factors:
    """Keeps the second factors."""

    def __init__(self, engine: ProcessEngine, key: str, issuer: str) -> None:
        self._engine = engine
        self._sealer = totp.Sealer(key)
        self._issuer = issuer

    def of(self, login: str) -> Factor | None:
        """Return the second factor of an account, or None when there is none yet."""
        row = self._engine.ask(Ask(lambda uow: _row(uow, login)))
        if row is None or row.confirmed_at is None:
            return None
        return Factor(row.confirmed_at, len(row.recovery))

    def begun(self, login: str) -> Enrolment | None:
        """Return what to scan when enrolling has begun and no first code was entered yet."""
        row = self._engine.ask(Ask(lambda uow: _row(uow, login)))
        secret = self._sealer.open(row.secret, login) if row is not None and row.confirmed_at is None else None
        return None if secret is None else self._shown(secret, login)

    def enrolment(self, login: str) -> Enrolment:
        """Begin to enrol, and return what to scan; the same until a first code is entered.

        Raises:
            FactorExists: there is a second factor already.
        """

        def begin(uow: UnitOfWork) -> str:
            row = _row(uow, login)
            if row is not None and row.confirmed_at is not None:
                raise account_errors.FactorExists
            known = self._sealer.open(row.secret, login) if row is not None else None
            if known is not None:
                return known
            secret = totp.new_secret()
            uow.connection.execute(delete(second_factor).where(_f.login == login))
            values = {"login": login, "secret": self._sealer.seal(secret, login), "recovery": [], "last_step": 0}
            uow.connection.execute(insert(second_factor), {**values, "failures": 0, "begun_at": uow.now})
            return secret

        return self._shown(self._engine.execute(Do(begin)), login)

    def _shown(self, secret: str, login: str) -> Enrolment:
        return Enrolment(totp.address(secret, login, self._issuer), totp.grouped(secret))

    def confirm(self, login: str, code: str) -> list[str]:
        """Let the second factor hold from now on; answers the recovery codes, which are shown once.

        Raises:
            FactorRefused: the code is not the one of now.
        """
        self._check(login, code, is_first=True)
        return self.renew_recovery(login)

    def renew_recovery(self, login: str) -> list[str]:
        """Return new recovery codes; the old ones end."""
        codes = totp.new_recovery_codes()
        values = {"recovery": [digest(_plain(one)) for one in codes]}
        self._engine.execute(
            Do(lambda uow: uow.connection.execute(update(second_factor).where(_f.login == login).values(values)))
        )
        return codes

    def check(self, login: str, code: str) -> None:
        """Accept a code of now, or a recovery code; each works once.

        Raises:
            FactorRefused: it is wrong, was used before, or the factor is locked after five failures.
        """
        self._check(login, code, is_first=False)

    def _check(self, login: str, code: str, *, is_first: bool) -> None:
        text = _plain(code)
        if not self._engine.execute(Do(lambda uow: self._accepted(uow, login, text, is_first=is_first))):
            raise account_errors.FactorRefused

    def _accepted(self, uow: UnitOfWork, login: str, code: str, *, is_first: bool) -> bool:
        """Tell whether a code is right, and note it or the failure; both outlive the answer."""
        row = _row(uow, login)
        if row is None or (row.confirmed_at is None) != is_first or (row.locked_until and row.locked_until > uow.now):
            return False
        used = self._used(row, code, uow.now)
        mine = (_f.login == login) & (_f.last_step == row.last_step) & (_f.failures == row.failures)
        if used is None:
            count = row.failures + 1
            locked = uow.now + LOCKED if count >= FAILURES else None
            used = {"failures": 0 if locked else count, "locked_until": locked}
            uow.connection.execute(update(second_factor).where(mine).values(used))
            return False
        used |= {"failures": 0, "locked_until": None, "confirmed_at": row.confirmed_at or uow.now}
        return uow.connection.execute(update(second_factor).where(mine).values(used)).rowcount == 1

    def _used(self, row: Any, code: str, now: datetime) -> dict[str, Any] | None:
        secret = self._sealer.open(row.secret, row.login)
        step = totp.matching_step(secret, code, now, row.last_step) if secret is not None else None
        if step is not None:
            return {"last_step": step}
        left = [one for one in row.recovery if one != digest(code)]
        # a recovery code counts as the code of its period, so that two requests with it cannot both win
        return {"recovery": left, "last_step": row.last_step + 1} if len(left) < len(row.recovery) else None

    def reset(self, login: str) -> None:
        """Take the second factor away; the next sign-in enrols anew where one is required."""
        self._engine.execute(Do(lambda uow: uow.connection.execute(delete(second_factor).where(_f.login == login))))


def _plain(code: str) -> str:
    """Return a code as it is compared: people type spaces and leave dashes out."""
    return "".join(code.split()).replace("-", "").lower()


def _row(uow: UnitOfWork, login: str) -> Any:
    return uow.connection.execute(select(second_factor).where(_f.login == login)).one_or_none()
