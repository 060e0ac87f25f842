"""Changes of accounts: the system administrator asks, the security administrator confirms, never the same person."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from workflows import errors
from workflows.accounts import errors as account_errors
from workflows.accounts.passwords import hashed
from workflows.directory import find_unit
from workflows.engine_admin.access import reason_of
from workflows.policy import Actor, fault_of_roles, require
from workflows.records.offices import account_request, api_token, login_session, officer, second_factor
from workflows.uow import UnitOfWork

ASKERS, DECIDERS = ("administrator",), ("security_administrator",)
READERS = ("administrator", "security_administrator", "audit_administrator")
KINDS: Mapping[str, str] = {
    "create": "新建账号", "change": "变更单位或角色", "close": "停用账号", "open": "恢复账号", "password": "重置密码",
    "factor": "重置两步验证",
}  # fmt: skip
STATES: Mapping[str, str] = {"open": "待确认", "confirmed": "已确认", "refused": "已否决", "withdrawn": "已撤回"}
_WITH_VALUES = ("create", "change")
_LOGIN = 40
_r = account_request.c
Row = Mapping[str, Any]


def ask(uow: UnitOfWork, actor: Actor, kind: str, login: str, wanted: Mapping[str, Any], reason: str) -> UUID:
    """Note what shall change; nothing changes before it is confirmed.

    Raises:
        FormInvalid: names each field and the remedy.
        AccountNotFound: there is no such account to change.
    """
    require(actor, *ASKERS)
    values = _checked(uow, kind, login, wanted) if kind in _WITH_VALUES else {}
    if kind != "create":
        account(uow, login)
    row = {
        "id": uow.new_id(), "kind": kind, "login": login, "wanted": values, "reason": reason_of(reason),
        "state": "open", "asked_by": actor.login, "asked_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(account_request), row)
    return UUID(str(row["id"]))


def account(uow: UnitOfWork, login: str) -> Row:
    """Return an account.

    Raises:
        AccountNotFound.
    """
    row = uow.connection.execute(select(officer).where(officer.c.login == login)).mappings().one_or_none()
    if row is None:
        raise account_errors.AccountNotFound(login=login)
    return dict(row)


def _checked(uow: UnitOfWork, kind: str, login: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "name": str(wanted.get("name", "")).strip(), "unit": str(wanted.get("unit", "")).strip(),
        "title": str(wanted.get("title", "")).strip() or None, "roles": sorted(set(wanted.get("roles", ()))),
    }  # fmt: skip
    faults = _faults(uow, kind, login, values)
    if faults:
        raise errors.FormInvalid(errors=[{"field": field, "message": text} for field, text in faults.items()])
    return values


def _faults(uow: UnitOfWork, kind: str, login: str, values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    if kind == "create":
        is_plain = login.isascii() and login.replace(".", "").replace("_", "").isalnum()
        if not is_plain or not 0 < len(login) <= _LOGIN:
            found["login"] = f"登录名只能用字母、数字、点和下划线，至多 {_LOGIN} 位"
        elif uow.connection.execute(select(officer.c.login).where(officer.c.login == login)).first():
            found["login"] = "登录名已被使用，请换一个；停用的账号请申请恢复"
    if not values["name"]:
        found["name"] = "请填写姓名"
    if not values["roles"]:
        found["roles"] = "请至少选择一个角色"
    elif fault := fault_of_roles(values["roles"]):
        found["roles"] = fault
    try:
        find_unit(uow, values["unit"])
    except errors.UnknownUnit:
        found["unit"] = "没有这个单位，请从列表选择"
    return found


def requests(uow: UnitOfWork, state: str = "", limit: int = 200) -> tuple[Row, ...]:
    """Return what was asked for, the newest first."""
    statement = select(account_request).order_by(_r.asked_at.desc(), _r.id.desc()).limit(limit)
    if state:
        statement = statement.where(_r.state == state)
    return tuple(dict(row) for row in uow.connection.execute(statement).mappings())


def request(uow: UnitOfWork, request_id: UUID) -> Row:
    """Return what was asked for.

    Raises:
        AccountRequestNotFound.
    """
    row = uow.connection.execute(select(account_request).where(_r.id == request_id)).mappings().one_or_none()
    if row is None:
        raise account_errors.AccountRequestNotFound
    return dict(row)


def decide(uow: UnitOfWork, actor: Actor, request_id: UUID, state: str, because: str) -> str:
    """Confirm, refuse or withdraw; a confirmed change holds at once. Answers a new password, if there is one.

    Raises:
        AccountRequestNotFound, AccountRequestDecided.
        SamePerson: the person asked for it, or it is about the person.
        FormInvalid: what was asked for cannot be done any more, or a refusal has no reason.
    """
    require(actor, *(ASKERS if state == "withdrawn" else DECIDERS))
    row = request(uow, request_id)
    if state == "withdrawn" and row["asked_by"] != actor.login:
        raise errors.NotAllowed(reason="只有提出的人可以撤回")
    if state != "withdrawn" and actor.login in (row["asked_by"], row["login"]):
        raise errors.SamePerson(reason="不能确认自己提出的或关于自己的申请，请由另一位安全管理员办理")
    why = reason_of(because) if state == "refused" else because.strip()[:500]
    done = {"state": state, "decided_by": actor.login, "decided_at": uow.now, "decided_because": why}
    mine = (_r.id == request_id) & (_r.state == "open")
    if uow.connection.execute(update(account_request).where(mine).values(done)).rowcount != 1:
        raise account_errors.AccountRequestDecided
    return _carried_out(uow, row) if state == "confirmed" else ""


def _carried_out(uow: UnitOfWork, row: Row) -> str:
    """Change the account; a person whose rights change signs in anew."""
    login, kind = row["login"], row["kind"]
    password = secrets.token_urlsafe(12) if kind in ("create", "password") else ""
    fresh: dict[str, Any] = {"password_hash": hashed(password), "must_change": True} if password else {}
    if kind in _WITH_VALUES:
        fresh |= _checked(uow, kind, login, row["wanted"])
    if kind == "create":
        same = {"is_active": True, "is_demo": False, "failed_logins": 0, "locale": "zh_Hans_CN"}
        uow.connection.execute(insert(officer), {"login": login, **same, **fresh})
        return password
    if kind in ("close", "open"):
        fresh["is_active"] = kind == "open"
    if kind == "factor":
        uow.connection.execute(delete(second_factor).where(second_factor.c.login == login))
    if fresh:
        fresh |= {"failed_logins": 0, "locked_until": None} if password else {}
        uow.connection.execute(update(officer).where(officer.c.login == login).values(fresh))
    end_sessions(uow, login)
    if kind == "close":
        tokens = (api_token.c.login == login) & api_token.c.revoked_at.is_(None)
        uow.connection.execute(update(api_token).where(tokens).values(revoked_at=uow.now))
    return password


def end_sessions(uow: UnitOfWork, login: str) -> int:
    """End all sessions of a person; answers how many."""
    mine = (login_session.c.login == login) & login_session.c.revoked_at.is_(None)
    return uow.connection.execute(update(login_session).where(mine).values(revoked_at=uow.now)).rowcount
