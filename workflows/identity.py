"""Who is there: sign-in in one or two steps with lock-out, sessions with two limits, tokens for systems."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.accounts import sessions
from workflows.accounts.factors import Factors
from workflows.accounts.passwords import NOBODYS, digest, fault_of, hashed, verified
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.records.offices import api_token, login_session, officer
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; the secret goes into the cookie and is stored only as a digest.

    ``waits_for`` is ``code``, ``enrol`` or ``password`` while a further step is missing: until then it opens nothing.
    """

    secret: str
    actor: Actor
    waits_for: str = ""
    recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInRules:
    """What the city asks for: the roles that sign in in two steps, and for how many days a password holds (0: ever)."""

    second_factor: frozenset[str] = frozenset()
    password_days: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in of which a step is missing."""

    login: str
    waits_for: str


class Identity:
    """Signs people and systems in."""

    def __init__(self, engine: ProcessEngine, factors: Factors, rules: SignInRules) -> None:
        self._engine = engine
        self.factors = factors
        self._rules = rules

    def sign_in(self, login: str, password: str, ip: str, device: str) -> SignedIn:
        """Check name and password and open a session; five failures lock the account for fifteen minutes.

        Raises:
            SignInFailed: the same answer for a wrong name, a wrong password and a lock.
        """
        row = self._engine.ask(Ask(lambda uow: sessions.officer_of(uow, login)))
        now = self._engine.clock.now()
        if row is None or (row.locked_until is not None and row.locked_until > now):
            verified(NOBODYS, password)  # takes as long as a real check: time tells nothing about names
            self._engine.execute(Do(lambda uow: sessions.refused(uow, login)))
            raise errors.SignInFailed
        if not verified(row.password_hash, password):
            self._engine.execute(Do(lambda uow: sessions.failed(uow, login)))
            raise errors.SignInFailed
        return self._open(row, self._third_step(row), (ip, device))

    def sign_in_elsewhere(self, login: str, ip: str, device: str) -> SignedIn:
        """Open a session for a person whom the city's identity provider knows; the second step is asked for here, too.

        Raises:
            SignInFailed: no open account has this name, or it is locked.
        """
        row = self._engine.ask(Ask(lambda uow: sessions.officer_of(uow, login)))
        if row is None or (row.locked_until is not None and row.locked_until > self._engine.clock.now()):
            self._engine.execute(Do(lambda uow: sessions.refused(uow, login)))
            raise errors.SignInFailed
        return self._open(row, "", (ip, device))

    def _open(self, row: Any, third_step: str, place: tuple[str, str]) -> SignedIn:
        actor = self._engine.ask(Ask(lambda uow: find_actor(uow, row.login)))
        if actor is None:
            raise errors.SignInFailed
        waits_for = self._second_step(actor, is_demo=row.is_demo) or third_step
        if waits_for == "enrol":
            self.factors.enrolment(row.login)
        secret = secrets.token_urlsafe(32)
        self._engine.execute(Do(lambda uow: sessions.opened(uow, row.login, secret, place, waits_for)))
        return SignedIn(secret, actor, waits_for)

    def needs_factor(self, actor: Actor) -> bool:
        """Tell whether the person's roles need a second factor; the city says which do."""
        return not self._rules.second_factor.isdisjoint(actor.roles)

    def _second_step(self, actor: Actor, *, is_demo: bool) -> str:
        """Return what is still missing; demo accounts, whose password is public, need not enrol."""
        if self.factors.of(actor.login) is not None:
            return "code"
        return "enrol" if self.needs_factor(actor) and not is_demo else ""

    def _third_step(self, row: Any) -> str:
        """Return ``password`` when somebody else gave it, or it is older than the city allows."""
        limit = timedelta(days=self._rules.password_days)
        is_old = limit and row.password_set_at and self._engine.clock.now() - row.password_set_at > limit
        return "password" if row.must_change or is_old else ""

    def waiting(self, secret: str) -> Waiting | None:
        """Return the sign-in that waits for its second step."""
        found = self._engine.ask(Ask(lambda uow: sessions.session_of(uow, secret)))
        return Waiting(found.login, found.waits_for) if found is not None and found.waits_for else None

    def enter_code(self, secret: str, code: str) -> SignedIn:
        """Take the second step: answers a session of its own; the one that waited is gone.

        Raises:
            SignInFailed: nothing waits any more.
            FactorRefused: the code is wrong, was used, or the factor is locked.
        """
        waiting = self.waiting(secret)
        if waiting is None:
            raise errors.SignInFailed
        recovery: list[str] = []
        if waiting.waits_for == "enrol":
            recovery = self.factors.confirm(waiting.login, code)
        else:
            self.factors.check(waiting.login, code)
        row = self._engine.ask(Ask(lambda uow: sessions.officer_of(uow, waiting.login)))
        return self._completed(secret, waiting, self._third_step(row), recovery)

    def enter_password(self, secret: str, new: str) -> SignedIn:
        """Take the last step: a password of the person's own choice.

        Raises:
            SignInFailed: nothing waits any more.
            FormInvalid: the password breaks a rule.
        """
        waiting = self.waiting(secret)
        if waiting is None or waiting.waits_for != "password":
            raise errors.SignInFailed
        self._choose(waiting.login, new, secret)
        return self._completed(secret, waiting, "", [])

    def _completed(self, secret: str, waiting: Waiting, next_step: str, recovery: list[str]) -> SignedIn:
        fresh = secrets.token_urlsafe(32)
        self._engine.execute(Do(lambda uow: sessions.completed(uow, secret, fresh, next_step)))
        actor = self._engine.ask(Ask(lambda uow: find_actor(uow, waiting.login)))
        if actor is None:
            raise errors.SignInFailed
        return SignedIn(fresh, actor, next_step, tuple(recovery))

    def remove_factor(self, actor: Actor, code: str) -> None:
        """Do without a second factor, against a code of now.

        Raises:
            NotAllowed: the person's role needs one.
            FactorRefused: the code is wrong.
        """
        if self.needs_factor(actor):
            raise errors.NotAllowed(reason="您的角色必须使用两步验证")
        self.factors.check(actor.login, code)
        self.factors.reset(actor.login)

    def actor_of(self, secret: str, *, touch: bool = True) -> Actor | None:
        """Return the person of a session that is neither idle too long, expired nor revoked.

        Without *touch* the question does not count as an act of the person (badges that poll).
        """

        def read(uow: UnitOfWork) -> tuple[Actor | None, bool]:
            row = sessions.session_of(uow, secret)
            if row is None or row.waits_for:
                return None, False
            return find_actor(uow, row.login), uow.now - row.last_seen_at > timedelta(minutes=1)

        actor, stale = self._engine.ask(Ask(read))
        if actor is not None and stale and touch:
            self._engine.execute(Do(lambda uow: sessions.seen(uow, secret)))
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
        mine &= login_session.c.waits_for == ""
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
            FormInvalid: the old password is wrong, or the new one breaks a rule of passwords.
        """
        row = self._engine.ask(Ask(lambda uow: sessions.officer_of(uow, actor.login)))
        if not verified(row.password_hash, old):
            self._engine.execute(Do(lambda uow: sessions.failed(uow, actor.login)))
            raise errors.FormInvalid(errors=[{"field": "old", "message": "原密码不正确"}])
        self._choose(actor.login, new, keep)

    def _choose(self, login: str, new: str, keep: str) -> None:
        row = self._engine.ask(Ask(lambda uow: sessions.officer_of(uow, login)))
        earlier = self._engine.ask(Ask(lambda uow: sessions.earlier(uow, login)))
        if fault := fault_of(new, login=login, name=row.name, earlier=[row.password_hash, *earlier]):
            raise errors.FormInvalid(errors=[{"field": "new", "message": fault}])
        fresh = hashed(new)
        self._engine.execute(Do(lambda uow: sessions.replaced(uow, login, fresh, digest(keep))))

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
