"""Items in other hands: the register of delegation, the units' reviews, and both sides of each file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.answers import answers_of, unasked
from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.devolved import FOLLOW_UPS, KINDS, STATES

CLAUSES = ("zz2020/2.9", "zz2020/1.1")
pages = Blueprint("devolved", __name__)


def _names() -> dict[str, str]:
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


@pages.get("/devolved-reviews")
def overview() -> ResponseReturnValue:
    """Show the units with delegated items and how their last review went."""
    return render_template("devolved/overview.html", rows=platform().desk.devolved.units(actor()), states=STATES)


@pages.get("/devolved-reviews/register")
def register() -> ResponseReturnValue:
    """Show who has which item, and who bears the consequences."""
    unit = request.args.get("unit", "")
    rows = platform().desk.devolved.register(actor(), unit)
    return render_template("devolved/register.html", rows=rows, unit=unit, kinds=KINDS, names=_names())


@pages.get("/devolved-reviews/units/<unit>")
def unit_reviews(unit: str) -> ResponseReturnValue:
    """Show the reviews of a unit."""
    rows = platform().desk.devolved.reviews(actor(), unit)
    return render_template("devolved/unit.html", rows=rows, unit=unit, name=_names().get(unit, unit), states=STATES)


@pages.get("/devolved-reviews/<uuid:review_id>")
def review(review_id: UUID) -> ResponseReturnValue:
    """Show a review: what the office decided beside what the holder of the permit does."""
    view = platform().desk.devolved.review(actor(), review_id)
    return render_template("devolved/review.html", view=view, states=STATES, follow_ups=FOLLOW_UPS, names=_names())


@pages.get("/devolved-reviews/register/new")
def new() -> ResponseReturnValue:
    """Show the form of a delegation."""
    return _form("delegation", url_for("devolved.delegate"), "登记下放、委托或授权")


@pages.post("/devolved-reviews/register/new")
def delegate() -> ResponseReturnValue:
    """Register a delegation."""

    def done(answers: Mapping[str, Any]) -> str:
        platform().desk.devolved.delegate(actor(), answers)
        return url_for("devolved.register")

    return _submitted("delegation", url_for("devolved.delegate"), "登记下放、委托或授权", done)


@pages.get("/devolved-reviews/register/<uuid:delegation_id>/take-back")
def ask_back(delegation_id: UUID) -> ResponseReturnValue:
    """Show the form by which an item goes back."""
    return _form("take_back", url_for("devolved.take_back", delegation_id=delegation_id), "登记收回")


@pages.post("/devolved-reviews/register/<uuid:delegation_id>/take-back")
def take_back(delegation_id: UUID) -> ResponseReturnValue:
    """Register that an item goes back."""
    desk = platform().desk.devolved

    def done(answers: Mapping[str, Any]) -> str:
        desk.take_back(actor(), delegation_id, answers)
        return url_for("devolved.register")

    return _submitted("take_back", url_for("devolved.take_back", delegation_id=delegation_id), "登记收回", done)


@pages.get("/devolved-reviews/units/<unit>/new")
def ask_review(unit: str) -> ResponseReturnValue:
    """Show the form of a review out of turn."""
    return _form("start", url_for("devolved.start", unit=unit), f"专项评查：{_names().get(unit, unit)}")


@pages.post("/devolved-reviews/units/<unit>/new")
def start(unit: str) -> ResponseReturnValue:
    """Start a review out of turn and open its file."""
    desk = platform().desk.devolved
    return _submitted(
        "start", url_for("devolved.start", unit=unit), f"专项评查：{_names().get(unit, unit)}",
        lambda answers: url_for("cases.show", business_key=desk.start(actor(), unit, answers)),
    )  # fmt: skip


def _form(
    form: str, action: str, title: str, given: Mapping[str, Any] | None = None,
    mistakes: Sequence[Mapping[str, Any]] = (),
) -> str:  # fmt: skip
    fields = platform().desk.devolved.fields(actor(), form, given)
    return render_template("devolved/form.html", fields=fields, action=action, title=title, errors=mistakes)


def _submitted(form: str, action: str, title: str, send: Callable[[Mapping[str, Any]], str]) -> ResponseReturnValue:
    desk = platform().desk.devolved
    given = answers_of(desk.fields(actor(), form), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(desk.fields(actor(), form, given))})
    try:
        target = send(given)
    except errors.FormInvalid as exc:
        return _form(form, action, title, given, mistakes_of(exc)), 422
    flash("已登记。")
    return redirect(target)
