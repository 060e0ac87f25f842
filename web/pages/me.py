"""The person's own page: messages, devices, password; keeping the display; and the counts of the navigation."""

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import display
from web.auth import actor, secret
from web.menu import counts_of
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.accounts.passwords import digest

CLAUSES = ("zz2020/3.2",)
pages = Blueprint("me", __name__)


@pages.get("/me/badge")
def badge() -> ResponseReturnValue:
    """Answer how much waits, cheaply when nothing has changed."""
    response = make_response(jsonify(counts_of(actor())))
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)


@pages.get("/me")
def show() -> ResponseReturnValue:
    """Show messages, devices and the password; what is set leads to the settings."""
    return _page([])


def _page(mistakes: object) -> str:
    who = actor()
    return render_template(
        "more/me.html", messages=platform().desk.letters.messages(who), devices=platform().identity.devices(who),
        here=digest(secret()), errors=mistakes,
    )  # fmt: skip


@pages.post("/me/read")
def read() -> ResponseReturnValue:
    """Mark messages as read."""
    platform().desk.letters.mark_read(actor())
    return redirect(url_for("me.show"))


@pages.post("/me/devices/<session_id>/revoke")
def revoke(session_id: str) -> ResponseReturnValue:
    """End one of the person's sessions."""
    platform().identity.revoke(actor(), session_id)
    return redirect(url_for("me.show"))


@pages.post("/me/password")
def password() -> ResponseReturnValue:
    """Change the password; every other session ends."""
    form = request.form
    if form.get("new", "") != form.get("again", ""):
        return _page([{"field": "again", "message": "两次输入的新密码不一致"}]), 422
    try:
        platform().identity.change_password(actor(), form.get("old", ""), form.get("new", ""), secret())
    except errors.FormInvalid as exc:
        return _page(mistakes_of(exc)), 422
    flash("密码已修改，其他设备上的会话已结束。")
    return redirect(url_for("me.show"))


@pages.post("/me/display")
def settings() -> ResponseReturnValue:
    """Keep how this browser shows pages."""
    chosen = display.read(request.form)
    return display.keep(make_response(redirect(url_for("settings.show"))), chosen, secure=platform().settings.tls)
