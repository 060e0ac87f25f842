"""Sign in and out, and the first page."""

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor, forget, keep, safe_next, secret
from web.platform import platform
from workflows import errors

pages = Blueprint("home", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    """Lead each role to its home."""
    return redirect(url_for("cockpit.overview" if actor().has("leader", "discipline_watcher") else "worklist.show"))


@pages.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; a demo lists its accounts."""
    return _form(request.args.get("next", ""))


def _form(target: str, *, failed: bool = False, login: str = "", reason: str = "") -> str:
    settings = platform().settings
    accounts = platform().identity.demo_accounts() if settings.is_demo else ()
    shown = {"accounts": accounts, "next": safe_next(target), "failed": failed, "login": login, "reason": reason}
    return render_template("sign_in.html", **shown, has_sso=bool(settings.oidc_issuer))


def refused(reason: str) -> str:
    """Return the sign-in form with what went wrong elsewhere."""
    return _form("", failed=True, reason=reason)


@pages.post("/sign-in")
def sign_in_post() -> ResponseReturnValue:
    """Open a session, or say that it failed."""
    form = request.form
    login = form.get("login", "").strip()
    try:
        signed = platform().identity.sign_in(
            login, form.get("password", ""), request.remote_addr or "", str(request.user_agent)
        )
    except errors.SignInFailed:
        return _form(form.get("next", ""), failed=True, login=login), 403
    session.clear()  # a fresh form token for the person
    target = safe_next(form.get("next"))
    return keep(
        make_response(redirect(url_for("factor.code", next=target) if signed.waits_for else target)), signed.secret
    )


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    platform().identity.sign_out(secret())
    session.clear()
    return forget(make_response(redirect(url_for("home.sign_in"))))
