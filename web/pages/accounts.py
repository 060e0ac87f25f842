"""Accounts: the system administrator asks, the security administrator confirms, the audit administrator reads."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.accounts.changes import ASKERS, DECIDERS, KINDS, STATES
from workflows.policy import ROLES

CLAUSES = ("none/account-administration",)
pages = Blueprint("accounts", __name__)
_FIELDS = ("name", "unit", "title")


@pages.get("/accounts")
def overview() -> ResponseReturnValue:
    """Show the accounts, and find some."""
    text, after = request.args.get("q", ""), request.args.get("after", "")
    found = platform().desk.accounts.all(actor(), text, after)
    return render_template("accounts/list.html", page=found, q=text, roles=ROLES, asks=actor().has(*ASKERS))


@pages.get("/accounts/new")
def new() -> ResponseReturnValue:
    """Ask for a new account."""
    if not actor().has(*ASKERS):
        raise errors.NotAllowed(reason="新账号由系统管理员提出")
    return _form("", [])


@pages.get("/accounts/<login>")
def show(login: str) -> ResponseReturnValue:
    """Show an account, and what may be asked for."""
    return _form(login, [])


def _form(login: str, mistakes: object) -> str:
    desk, who = platform().desk.accounts, actor()
    return render_template(
        "accounts/account.html", row=desk.one(who, login) if login else None, units=desk.units(who), roles=ROLES,
        kinds=KINDS, errors=mistakes, given=request.form, asks=who.has(*ASKERS), decides=who.has(*DECIDERS),
    )  # fmt: skip


@pages.post("/accounts/new")
def ask_new() -> ResponseReturnValue:
    """Send the request for a new account."""
    return _ask("create", request.form.get("login", "").strip(), "")


@pages.post("/accounts/<login>")
def ask(login: str) -> ResponseReturnValue:
    """Send a request about an account."""
    kind = request.form.get("kind", "")
    if kind not in KINDS or kind == "create":
        raise errors.FormInvalid(errors=[{"field": "kind", "message": "请选择要申请的操作"}])
    return _ask(kind, login, login)


def _ask(kind: str, login: str, shown: str) -> ResponseReturnValue:
    form = request.form
    wanted = {**{name: form.get(name, "") for name in _FIELDS}, "roles": form.getlist("roles")}
    try:
        platform().desk.accounts.ask(actor(), kind, login, wanted, form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _form(shown, mistakes_of(exc)), 422
    flash("已提出申请，安全管理员确认后生效。")
    return redirect(url_for("accounts.asked"))


@pages.post("/accounts/<login>/sessions")
def end_sessions(login: str) -> ResponseReturnValue:
    """End all sessions of a person and lift the lock."""
    try:
        ended = platform().desk.accounts.end_sessions(actor(), login, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _form(login, mistakes_of(exc)), 422
    flash(f"已结束 {ended} 个会话，并解除锁定。")
    return redirect(url_for("accounts.show", login=login))


@pages.get("/account-requests")
def asked() -> ResponseReturnValue:
    """Show what was asked for."""
    return _asked([])


def _asked(mistakes: object, password: str = "") -> str:
    who = actor()
    rows = platform().desk.accounts.requests(who)
    return render_template(
        "accounts/requests.html", rows=rows, kinds=KINDS, states=STATES, roles=ROLES, errors=mistakes,
        password=password, decides=who.has(*DECIDERS), people=people_of(rows, "asked_by", "decided_by"),
    )  # fmt: skip


@pages.post("/account-requests/<uuid:request_id>")
def decide(request_id: UUID) -> ResponseReturnValue:
    """Confirm, refuse or withdraw; a new password is shown once."""
    form, desk = request.form, platform().desk.accounts
    state = {"confirm": "confirmed", "refuse": "refused", "withdraw": "withdrawn"}.get(form.get("act", ""), "")
    if not state:
        raise errors.FormInvalid(errors=[{"field": "act", "message": "请选择确认、否决或撤回"}])
    try:
        password = desk.decide(actor(), request_id, state, form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _asked(mistakes_of(exc)), 422
    if password:
        return _asked([], password)
    flash(f"申请{STATES[state]}。")
    return redirect(url_for("accounts.asked"))
