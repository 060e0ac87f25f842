"""Who is there: sign-in with lock-out, sessions with two limits, tokens for systems."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import insert, select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.records.offices import api_token, login_session, officer
from workflows.uow import UnitOfWork

FAILURES = 5
LOCKED = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SHORTEST = 10
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; the secret goes into the cookie and is stored only as a digest."""

    secret: str
    actor: Actor


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Identity:
    """Signs people and systems in."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def sign_in(self, login: str, password: str, ip: str, device: str) -> SignedIn:
        """Check name and password and open a session; five failures lock the account for fifteen minutes.

        Raises:
            SignInFailed: the same answer for a wrong name, a wrong password and a lock.
        """
        row = self._engine.ask(Ask(lambda uow: _officer(uow, login)))
        now = self._engine.clock.now()
        if row is None or (row.locked_until is not None and row.locked_until > now):
            _verified(_NOBODY, password)  # takes as long as a real check: time tells nothing about names
            raise errors.SignInFailed
        if not _verified(row.password_hash, password):
            self._engine.execute(Do(lambda uow: _failed(uow, login)))
            raise errors.SignInFailed
        secret = secrets.token_urlsafe(32)
        self._engine.execute(Do(lambda uow: _opened(uow, login, secret, ip, device)))
        actor = self._engine.ask(Ask(lambda uow: find_actor(uow, login)))
        if actor is None:
            raise errors.SignInFailed
        return SignedIn(secret, actor)

    def actor_of(self, secret: str, *, touch: bool = True) -> Actor | None:
        """Return the person of a session that is neither idle too long, expired nor revoked.

        Without *touch* the question does not count as an act of the person (badges that poll).
        """

        def read(uow: UnitOfWork) -> tuple[Actor | None, bool]:
            row = uow.connection.execute(
                select(login_session).where(login_session.c.id == digest(secret), login_session.c.revoked_at.is_(None))
            ).one_or_none()
            if row is None or uow.now >= row.expires_at or uow.now - row.last_seen_at > IDLE:
                return None, False
            return find_actor(uow, row.login), uow.now - row.last_seen_at > timedelta(minutes=1)

        actor, stale = self._engine.ask(Ask(read))
        if actor is not None and stale and touch:
            self._engine.execute(Do(lambda uow: _seen(uow, secret)))
        return actor

    def sign_out(self, secret: str) -> None:
        """End a session."""
        mine = login_session.c.id == digest(secret)
        self._engine.execute(
            Do(lambda uow: uow.connection.execute(update(login_session).where(mine).values(revoked_at=uow.now)))
        )

    def devices(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the person's open sessions."""
        mine = (login_session.c.login == actor.login) & login_session.c.revoked_at.is_(None)
        statement = select(login_session).where(mine).order_by(login_session.c.last_seen_at.desc()).limit(20)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))

    def revoke(self, actor: Actor, session_id: str) -> None:
        """End one of the person's own sessions."""
        mine = (login_session.c.login == actor.login) & (login_session.c.id == session_id)
        self._engine.execute(
            Do(lambda uow: uow.connection.execute(update(login_session).where(mine).values(revoked_at=uow.now)))
        )

    def change_password(self, actor: Actor, old: str, new: str, keep: str = "") -> None:
        """Replace the password and end every other session; *keep* is the secret of the one that stays.

        Raises:
            FormInvalid: the old password is wrong, or the new one is too short or the same.
        """
        row = self._engine.ask(Ask(lambda uow: _officer(uow, actor.login)))
        if not _verified(row.password_hash, old):
            self._engine.execute(Do(lambda uow: _failed(uow, actor.login)))
            raise errors.FormInvalid(errors=[{"field": "old", "message": "原密码不正确"}])
        if len(new) < SHORTEST or new in (old, actor.login):
            text = f"新密码至少 {SHORTEST} 位，不能与原密码或登录名相同"
            raise errors.FormInvalid(errors=[{"field": "new", "message": text}])
        hashed = _HASHER.hash(new)
        self._engine.execute(Do(lambda uow: _replaced(uow, actor.login, hashed, digest(keep))))

    def issue_token(self, login: str, name: str) -> str:
        """Return a new token for a system that acts as *login*; it is shown once."""
        secret = f"xj_{secrets.token_urlsafe(32)}"
        row = {"id": digest(secret), "name": name, "login": login, "scopes": ["api"], "expires_at": None}
        self._engine.execute(Do(lambda uow: uow.connection.execute(insert(api_token), {**row, "created_at": uow.now})))
        return secret

    def tokens_of(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the tokens with which programs act as the person; never the secret."""
        t = api_token.c
        statement = (
            select(t.name, t.created_at, t.expires_at, t.revoked_at)
            .where(t.login == actor.login)
            .order_by(t.created_at.desc())
            .limit(50)
        )
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))

    def actor_of_token(self, secret: str) -> Actor | None:
        """Return whom a token stands for."""

        def read(uow: UnitOfWork) -> Actor | None:
            row = uow.connection.execute(
                select(api_token).where(api_token.c.id == digest(secret), api_token.c.revoked_at.is_(None))
            ).one_or_none()
            if row is None or (row.expires_at is not None and row.expires_at <= uow.now):
                return None
            return find_actor(uow, row.login)

        return self._engine.ask(Ask(read))

    def demo_accounts(self) -> tuple[Mapping[str, Any], ...]:
        """Return the demo accounts, for the sign-in page of a demo."""
        statement = select(officer.c.login, officer.c.name, officer.c.unit).where(officer.c.is_demo)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(statement).mappings())))


def _officer(uow: UnitOfWork, login: str) -> Any:
    return uow.connection.execute(select(officer).where(officer.c.login == login, officer.c.is_active)).one_or_none()


def _verified(stored: str | None, password: str) -> bool:
    try:
        return stored is not None and _HASHER.verify(stored, password)
    except VerificationError:
        return False


def _failed(uow: UnitOfWork, login: str) -> None:
    row = _officer(uow, login)
    count = row.failed_logins + 1
    locked = uow.now + LOCKED if count >= FAILURES else None
    values = {"failed_logins": 0 if locked else count, "locked_until": locked}
    uow.connection.execute(update(officer).where(officer.c.login == login).values(**values))


def _opened(uow: UnitOfWork, login: str, secret: str, ip: str, device: str) -> None:
    uow.connection.execute(update(officer).where(officer.c.login == login).values(failed_logins=0, locked_until=None))
    row = {
        "id": digest(secret), "login": login, "created_at": uow.now, "last_seen_at": uow.now,
        "expires_at": uow.now + ABSOLUTE, "ip": ip[:60], "device": device[:200],
    }  # fmt: skip
    uow.connection.execute(insert(login_session), row)


def _replaced(uow: UnitOfWork, login: str, hashed: str, kept: str) -> None:
    uow.connection.execute(update(officer).where(officer.c.login == login).values(password_hash=hashed))
    others = (login_session.c.login == login) & (login_session.c.id != kept) & login_session.c.revoked_at.is_(None)
    uow.connection.execute(update(login_session).where(others).values(revoked_at=uow.now))


def _seen(uow: UnitOfWork, secret: str) -> None:
    mine = login_session.c.id == digest(secret)
    uow.connection.execute(update(login_session).where(mine).values(last_seen_at=uow.now))
