"""Personal data of a case in full: asked for with a reason, and each time a record of the audit."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.privacy.veil import may_reveal

CLAUSES = ("pipl2021/34", "pipl2021/51")
pages = Blueprint("personal", __name__)


@pages.get("/cases/<path:business_key>/personal")
def ask(business_key: str) -> ResponseReturnValue:
    """Ask for the reason."""
    platform().desk.personal.check(actor(), business_key)
    return _page(business_key)


@pages.post("/cases/<path:business_key>/personal")
def reveal(business_key: str) -> ResponseReturnValue:
    """Show the values to whoever needs them."""
    try:
        found = platform().desk.personal.reveal(actor(), business_key, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _page(business_key, errors=mistakes_of(exc)), 422
    answer: Response = make_response(_page(business_key, values=found))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(business_key: str, **more: object) -> str:
    kinds = "、".join(one.title for one in may_reveal(actor()))
    return render_template("cases/personal.html", business_key=business_key, kinds=kinds, **more)
