"""The person's settings: how pages look, how to be told and when not, where to begin, which programs have a token."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import display
from web.auth import actor
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.notifications.wishes import WAYS

CLAUSES = ("zz2020/3.2",)
pages = Blueprint("settings", __name__)


@pages.get("/settings")
def show() -> ResponseReturnValue:
    """Show all settings."""
    return _page([])


def _page(mistakes: object) -> str:
    who, desk = actor(), platform().desk.lists
    failed = desk.notices.sent(who, everybody=True) if who.has("administrator") else ()
    return render_template(
        "more/settings.html", choices=display.CHOICES, wishes=desk.notices.wishes(who), ways=WAYS, errors=mistakes,
        open_ways=platform().notifier.channels, sent=desk.notices.sent(who), failed=failed, views=desk.views.all(who),
        tokens=platform().identity.tokens_of(who), given=request.form, people=people_of(failed, "login"),
    )  # fmt: skip


@pages.post("/settings/notices")
def notices() -> ResponseReturnValue:
    """Keep how and when to be told."""
    try:
        platform().desk.lists.notices.keep(actor(), request.form, request.form.getlist("channels"))
    except errors.FormInvalid as exc:
        return _page(mistakes_of(exc)), 422
    flash("通知设置已保存。")
    return redirect(url_for("settings.show"))


@pages.post("/settings/notices/<uuid:delivery_id>/again")
def again(delivery_id: UUID) -> ResponseReturnValue:
    """Have a failed message sent again."""
    platform().desk.lists.notices.again(actor(), delivery_id)
    flash("已重新排入发送。")
    return redirect(url_for("settings.show"))


@pages.post("/settings/begin")
def begin() -> ResponseReturnValue:
    """Choose the view the worklist begins with."""
    chosen = request.form.get("view", "")
    platform().desk.lists.views.begin_with(actor(), UUID(chosen) if chosen else None)
    flash("默认视图已保存。")
    return redirect(url_for("settings.show"))
