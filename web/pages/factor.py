"""The second factor: a code at the sign-in, and enrolling by QR code; works without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor, keep, safe_next, secret
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.accounts import errors as account_errors

CLAUSES = ("none/account-administration",)
pages = Blueprint("factor", __name__)
_FAILED = "验证码不正确、已用过或已锁定（连续 5 次失败锁定 15 分钟）。请等手机显示下一个验证码后重试。"


def _picture(address: str) -> str:
    """Return the QR code as an image that the page carries itself."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4)


@pages.get("/sign-in/code")
def code() -> ResponseReturnValue:
    """Ask for the code of the second factor, or lead to what is asked for instead."""
    return _step(request.args.get("next", ""))


def _step(target: str, *, failed: bool = False) -> ResponseReturnValue:
    waiting = platform().identity.waiting(secret())
    if waiting is None:
        return redirect(url_for("home.sign_in", next=safe_next(target)))
    if waiting.waits_for == "password":
        return redirect(url_for(".password", next=safe_next(target)))
    shown = {"next": safe_next(target), "error": _FAILED if failed else ""}
    if waiting.waits_for == "enrol":
        found = platform().identity.factors.begun(waiting.login)
        if found is None:
            return redirect(url_for("home.sign_in", next=safe_next(target)))
        shown |= {"picture": _picture(found.address), "typed": found.typed}
    return make_response(render_template("factor/step.html", **shown), 403 if failed else 200)


@pages.post("/sign-in/code")
def code_post() -> ResponseReturnValue:
    """Take the code; then the person is signed in, with a new session."""
    target = request.form.get("next", "")
    try:
        signed = platform().identity.enter_code(secret(), request.form.get("code", ""))
    except account_errors.FactorRefused:
        return _step(target, failed=True)
    except errors.SignInFailed:
        return redirect(url_for("home.sign_in", next=safe_next(target)))
    session.clear()
    further = url_for(".password", next=safe_next(target)) if signed.waits_for else safe_next(target)
    if signed.recovery:
        shown = render_template("factor/recovery.html", codes=signed.recovery, next=further)
        return keep(make_response(shown), signed.secret)
    return keep(make_response(redirect(further)), signed.secret)


@pages.get("/sign-in/password")
def password() -> ResponseReturnValue:
    """Ask for a password of the person's own choice."""
    return _password(request.args.get("next", ""))


def _password(target: str, mistakes: Sequence[Mapping[str, Any]] = ()) -> ResponseReturnValue:
    waiting = platform().identity.waiting(secret())
    if waiting is None or waiting.waits_for != "password":
        return redirect(url_for("home.sign_in", next=safe_next(target)))
    shown = render_template("factor/password.html", next=safe_next(target), errors=mistakes, login=waiting.login)
    return make_response(shown, 422 if mistakes else 200)


@pages.post("/sign-in/password")
def password_post() -> ResponseReturnValue:
    """Take the new password; then the person is signed in."""
    form, target = request.form, request.form.get("next", "")
    if form.get("new", "") != form.get("again", ""):
        return _password(target, [{"field": "again", "message": "两次输入的新密码不一致"}])
    try:
        signed = platform().identity.enter_password(secret(), form.get("new", ""))
    except errors.FormInvalid as exc:
        return _password(target, mistakes_of(exc))
    except errors.SignInFailed:
        return redirect(url_for("home.sign_in", next=safe_next(target)))
    session.clear()
    return keep(make_response(redirect(safe_next(target))), signed.secret)


@pages.get("/me/factor")
def show() -> ResponseReturnValue:
    """Show whether there is a second factor, or what to scan once one was begun."""
    return _mine()


def _mine(error: str = "") -> ResponseReturnValue:
    factors, who = platform().identity.factors, actor()
    known = factors.of(who.login)
    shown = {"factor": known, "error": error, "required": platform().identity.needs_factor(who)}
    found = factors.begun(who.login)
    if found is not None:
        shown |= {"picture": _picture(found.address), "typed": found.typed}
    return make_response(render_template("factor/mine.html", **shown), 422 if error else 200)


@pages.post("/me/factor/begin")
def begin() -> ResponseReturnValue:
    """Make a secret, to be scanned on the page that follows."""
    platform().identity.factors.enrolment(actor().login)
    return redirect(url_for(".show"))


@pages.post("/me/factor")
def confirm() -> ResponseReturnValue:
    """Let the second factor hold from now on, and show the recovery codes once."""
    try:
        codes = platform().identity.factors.confirm(actor().login, request.form.get("code", ""))
    except account_errors.FactorRefused:
        return _mine(_FAILED)
    return make_response(render_template("factor/recovery.html", codes=codes, next=url_for(".show")))


@pages.post("/me/factor/recovery")
def recovery() -> ResponseReturnValue:
    """Show new recovery codes against a code of now; the old ones end."""
    factors, login = platform().identity.factors, actor().login
    try:
        factors.check(login, request.form.get("code", ""))
    except account_errors.FactorRefused:
        return _mine(_FAILED)
    return make_response(
        render_template("factor/recovery.html", codes=factors.renew_recovery(login), next=url_for(".show"))
    )


@pages.post("/me/factor/remove")
def remove() -> ResponseReturnValue:
    """Do without, against a code of now, where none is required."""
    try:
        platform().identity.remove_factor(actor(), request.form.get("code", ""))
    except account_errors.FactorRefused:
        return _mine(_FAILED)
    flash("已停用两步验证。")
    return redirect(url_for(".show"))
