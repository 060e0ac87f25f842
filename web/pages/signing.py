"""Signing rounds: what is asked of me, the rounds of a task, sign, add and remove signers."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.worklist import OPENS
from web.platform import platform
from web.problems import mistakes_of
from web.whole import whole
from workflows import errors
from workflows.desk.signing import VIEWS, SigningDesk
from workflows.signing.rounds import CloseRound, OpenRound
from workflows.signing.rules import MODES, PLACES, RELATIONS, STATES
from workflows.signing.signers import AddSigners

CLAUSES = ("zz2020/2.1",)
pages = Blueprint("signing", __name__)
OPENS["signing"] = ("signing.entry", "entry_id")


def _desk() -> SigningDesk:
    return platform().desk.teamwork.signing


@pages.get("/signings")
def overview() -> ResponseReturnValue:
    """List the signatures the person owes or gave, and the rounds they opened."""
    view = request.args.get("view", "open")
    view = view if view in VIEWS else "open"
    rows = _desk().page(actor(), view)
    return render_template("teamwork/signings.html", rows=rows, view=view, views=VIEWS, states=STATES)


@pages.get("/signings/<uuid:entry_id>")
def entry(entry_id: UUID) -> ResponseReturnValue:
    """Show what is asked, what the others said, and the form to sign."""
    return _entry(entry_id)


def _entry(entry_id: UUID, mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200) -> ResponseReturnValue:
    round_, mine = _desk().entry(actor(), entry_id)
    people = _desk().eligible(actor(), round_.task_id) if mine["state"] == "open" else ()
    page = render_template(
        "teamwork/sign.html", round=round_, mine=mine, states=STATES, relations=RELATIONS, errors=mistakes,
        people=[one for one in people if one.login not in {other["login"] for other in round_.entries}],
        given=request.form,
    )  # fmt: skip
    return page, status


@pages.post("/signings/<uuid:entry_id>")
def sign(entry_id: UUID) -> ResponseReturnValue:
    """Agree, dissent, or add signers around the own signature."""
    form, act = request.form, request.form.get("act", "")
    try:
        if act == "add":
            round_, _mine = _desk().entry(actor(), entry_id)
            asked = AddSigners(
                round_.id, round_.task_id, actor(), form.getlist("signers"), form.get("relation", ""), entry_id
            )
            _desk().add(asked)
            flash("已加签。")
            return redirect(url_for(".entry", entry_id=entry_id))
        outcome = _desk().sign(actor(), entry_id, agrees=act == "agree", opinion=form.get("opinion", ""))
    except errors.FormInvalid as exc:
        return _entry(entry_id, mistakes_of(exc), 422)
    flash("已签署。" if outcome is None else "已签署，会签结束。")
    return redirect(url_for(".overview"))


@pages.post("/signings/<uuid:entry_id>/remove")
def remove(entry_id: UUID) -> ResponseReturnValue:
    """Take a signer off."""
    round_, _signer = _desk().entry(actor(), entry_id)
    try:
        _desk().remove(actor(), entry_id, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _task(round_.task_id, mistakes_of(exc), 422)
    flash("已减签。")
    return redirect(url_for(".task", task_id=round_.task_id))


@pages.get("/tasks/<uuid:task_id>/signing")
def task(task_id: UUID) -> ResponseReturnValue:
    """Show the rounds of a task and the form to open one."""
    return _task(task_id)


def _task(
    task_id: UUID, mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200, preview: Any = None
) -> ResponseReturnValue:
    view = _desk().of_task(actor(), task_id)
    page = render_template(
        "teamwork/task.html", view=view, people=_desk().eligible(actor(), task_id) if view.is_owner else (),
        modes=MODES, places=PLACES, states=STATES, errors=mistakes, preview=preview, given=request.form,
        chosen=request.form.getlist("signers"), key=request.form.get("key") or secrets.token_urlsafe(16),
    )  # fmt: skip
    return page, status


@pages.post("/tasks/<uuid:task_id>/signing")
def change(task_id: UUID) -> ResponseReturnValue:
    """Preview or open a round, add signers, close the round."""
    act = request.form.get("act", "")
    acts = {"preview": _preview, "add": _add, "close": _close}
    try:
        return acts.get(act, _open)(task_id)
    except errors.FormInvalid as exc:
        return _task(task_id, mistakes_of(exc), 422)


def _asked(task_id: UUID) -> OpenRound:
    form = request.form
    signers = form.getlist("signers")
    weights = {login: form.get(f"weight-{login}", 1, type=whole) for login in signers}
    return OpenRound(
        task_id, actor(), signers, form.get("question", ""), form.get("mode", "all"), form.get("place", "joint"),
        form.get("threshold", 100, type=whole), weights,
    )  # fmt: skip


def _preview(task_id: UUID) -> ResponseReturnValue:
    return _task(task_id, preview=_desk().preview(actor(), _asked(task_id)))


def _open(task_id: UUID) -> ResponseReturnValue:
    _desk().open(_asked(task_id), key=request.form.get("key", ""))
    flash("已发起会签。")
    return redirect(url_for(".task", task_id=task_id))


def _add(task_id: UUID) -> ResponseReturnValue:
    round_ = _desk().of_task(actor(), task_id).open
    if round_ is not None:
        _desk().add(AddSigners(round_.id, task_id, actor(), request.form.getlist("signers")))
        flash("已加签。")
    return redirect(url_for(".task", task_id=task_id))


def _close(task_id: UUID) -> ResponseReturnValue:
    round_ = _desk().of_task(actor(), task_id).open
    if round_ is not None:
        _desk().close(CloseRound(round_.id, task_id, actor(), request.form.get("reason", "")))
        flash("已撤销会签。")
    return redirect(url_for(".task", task_id=task_id))
