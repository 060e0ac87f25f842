"""Sign in, the first page, messages, help, and whether the system is well."""

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor, cookie_name, keep, safe_next
from web.platform import platform
from web.problems import words_of
from workflows import errors

pages = Blueprint("home", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    """Lead each role to its home."""
    return redirect(url_for("cockpit.overview" if actor().has("leader", "discipline_watcher") else "tasks.worklist"))


@pages.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; a demo lists its accounts."""
    accounts = platform().identity.demo_accounts() if platform().settings.is_demo else ()
    return render_template("sign_in.html", accounts=accounts, next=request.args.get("next", ""), failed=False)


@pages.post("/sign-in")
def sign_in_post() -> ResponseReturnValue:
    """Open a session, or say that it failed."""
    form = request.form
    try:
        signed = platform().identity.sign_in(
            form.get("login", "").strip(), form.get("password", ""), request.remote_addr or "", str(request.user_agent)
        )
    except errors.SignInFailed:
        accounts = platform().identity.demo_accounts() if platform().settings.is_demo else ()
        page = render_template("sign_in.html", accounts=accounts, next=form.get("next", ""), failed=True)
        return page, 403
    return keep(make_response(redirect(safe_next(form.get("next")))), signed.secret)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    platform().identity.sign_out(request.cookies.get(cookie_name(), ""))
    response = make_response(redirect(url_for("home.sign_in")))
    response.delete_cookie(cookie_name())
    return response


@pages.get("/me/badge")
def badge() -> ResponseReturnValue:
    """Answer how much waits, cheaply when nothing has changed."""
    response = make_response(jsonify(dict(platform().desk.worklist.counts(actor()))))
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)


@pages.get("/me")
def me() -> ResponseReturnValue:
    """Show messages and devices."""
    who = actor()
    return render_template(
        "more/me.html", messages=platform().desk.letters.messages(who), devices=platform().identity.devices(who)
    )


@pages.post("/me/read")
def read() -> ResponseReturnValue:
    """Mark messages as read."""
    platform().desk.letters.mark_read(actor())
    return redirect(url_for("home.me"))


@pages.post("/me/devices/<session_id>/revoke")
def revoke(session_id: str) -> ResponseReturnValue:
    """End one of the person's sessions."""
    platform().identity.revoke(actor(), session_id)
    return redirect(url_for("home.me"))


@pages.get("/help/<topic>")
def help_page(topic: str) -> ResponseReturnValue:
    """Explain the platform in a page."""
    return render_template("more/help.html", topic=topic)


@pages.get("/problems/<code>")
def problem(code: str) -> ResponseReturnValue:
    """Explain an error and its remedy."""
    title, remedy = words_of(code)
    return render_template("error.html", title=title, remedy=remedy, detail="", errors=[], code=code)


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer a monitor."""
    return jsonify(dict(platform().desk.cockpit.health()))
