"""Sessions, failures and passwords as rows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from workflows.accounts.passwords import HISTORY, digest
from workflows.audit.kinds import ACCESS
from workflows.audit.noting import note
from workflows.records.audit import audit_event
from workflows.records.offices import login_session, officer, password_history
from workflows.uow import UnitOfWork

FAILURES = 5
LOCKED = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
WAITS = timedelta(minutes=10)  # how long a sign-in waits for its next step
FAILED = "sign-in-failed"
KEPT_AN_HOUR = 600  # failures of which each is a record; a flood must not fill the disk
_LONGEST_NAME = 40


def officer_of(uow: UnitOfWork, login: str) -> Any:
    """Return an account that is not closed, or None."""
    return uow.connection.execute(select(officer).where(officer.c.login == login, officer.c.is_active)).one_or_none()


def session_of(uow: UnitOfWork, secret: str) -> Any:
    """Return a session that is neither idle too long, expired nor revoked."""
    mine = (login_session.c.id == digest(secret)) & login_session.c.revoked_at.is_(None)
    row = uow.connection.execute(select(login_session).where(mine)).one_or_none()
    is_over = row is None or uow.now >= row.expires_at or uow.now - row.last_seen_at > IDLE
    return None if is_over else row


def failed(uow: UnitOfWork, login: str) -> None:
    """Count a failure; the fifth locks the account."""
    row = officer_of(uow, login)
    count = row.failed_logins + 1
    locked = uow.now + LOCKED if count >= FAILURES else None
    values = {"failed_logins": 0 if locked else count, "locked_until": locked}
    uow.connection.execute(update(officer).where(officer.c.login == login).values(**values))


def refused(uow: UnitOfWork, login: str) -> None:
    """Record a sign-in under a name that nobody has, or whose account is locked; in a flood no longer each of them.

    It asks and writes as much as a wrong password does, so that time tells nothing about names.
    """
    is_open = officer_of(uow, login) is not None
    is_active = uow.connection.scalar(select(officer.c.is_active).where(officer.c.login == login))
    since = UUID(int=int((uow.now - timedelta(hours=1)).timestamp() * 1000) << 80)
    e = audit_event.c
    recent = select(e.id).where(e.id >= since, e.kind == FAILED).limit(KEPT_AN_HOUR)
    known = len(uow.connection.execute(recent).all())
    if known >= KEPT_AN_HOUR:
        return
    reason = "账号已锁定" if is_open else ("没有这个登录名" if is_active is None else "账号已停用")
    if known == KEPT_AN_HOUR - 1:
        reason += "；一小时内失败过多，以后的不再逐条记录"
    typed = typed_name(login)
    note(uow, ACCESS, FAILED, typed, typed, {"reason": reason})


def typed_name(text: str) -> str:
    """Return a name as somebody typed it, for a record: one line, only what can be printed, and short."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in text[: _LONGEST_NAME + 1])
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}…"


def opened(uow: UnitOfWork, login: str, secret: str, place: tuple[str, str], waits_for: str) -> None:
    """Open a session that may still wait for a step."""
    ip, device = place
    uow.connection.execute(update(officer).where(officer.c.login == login).values(failed_logins=0, locked_until=None))
    row = {
        "id": digest(secret), "login": login, "created_at": uow.now, "last_seen_at": uow.now,
        "expires_at": uow.now + (WAITS if waits_for else ABSOLUTE), "ip": ip[:60], "device": device[:200],
        "waits_for": waits_for,
    }  # fmt: skip
    uow.connection.execute(insert(login_session), row)


def completed(uow: UnitOfWork, secret: str, fresh: str, next_step: str) -> None:
    """Put a session that is one step further in the place of the one that waited."""
    row = session_of(uow, secret)
    if row is None:
        return
    revoke = update(login_session).where(login_session.c.id == row.id).values(revoked_at=uow.now)
    uow.connection.execute(revoke)
    full = {
        "id": digest(fresh), "login": row.login, "created_at": row.created_at, "last_seen_at": uow.now,
        "expires_at": uow.now + (WAITS if next_step else ABSOLUTE), "ip": row.ip, "device": row.device,
        "waits_for": next_step,
    }  # fmt: skip
    uow.connection.execute(insert(login_session), full)


def earlier(uow: UnitOfWork, login: str) -> list[str]:
    """Return what is stored of the passwords before the present one."""
    h = password_history.c
    newest = select(h.password_hash).where(h.login == login).order_by(h.at.desc()).limit(HISTORY - 1)
    return list(uow.connection.scalars(newest))


def replaced(uow: UnitOfWork, login: str, fresh: str, kept: str) -> None:
    """Change the password, remember the old one, forget older ones, end all other sessions."""
    h = password_history.c
    old = officer_of(uow, login).password_hash
    row = {"id": uow.new_id(), "login": login, "at": uow.now, "password_hash": old}
    uow.connection.execute(insert(password_history), row)
    newest = select(h.id).where(h.login == login).order_by(h.at.desc()).limit(HISTORY - 1)
    uow.connection.execute(delete(password_history).where(h.login == login, h.id.not_in(newest)))
    values = {"password_hash": fresh, "password_set_at": uow.now, "must_change": False}
    uow.connection.execute(update(officer).where(officer.c.login == login).values(values))
    others = (login_session.c.login == login) & (login_session.c.id != kept) & login_session.c.revoked_at.is_(None)
    uow.connection.execute(update(login_session).where(others).values(revoked_at=uow.now))


def seen(uow: UnitOfWork, secret: str) -> None:
    """Note that the person is there."""
    mine = login_session.c.id == digest(secret)
    uow.connection.execute(update(login_session).where(mine).values(last_seen_at=uow.now))
