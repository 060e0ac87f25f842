"""Bulletins: one click begins one, every number leads to its list, every unit signs."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.auth import actor
from web.form_pages import asked, sent
from web.pages.letters import FILE_TYPES, as_file
from web.platform import platform
from workflows.bulletins.document import number as plain
from workflows.bulletins.document import percent
from workflows.bulletins.lists import LISTS
from workflows.bulletins.steps import STARTERS, STATES

CLAUSES = ("zz2020/3.3", "zz2020/2.8")
pages = Blueprint("bulletins", __name__)
EVERY: Mapping[str, str] = {"month": "每月", "quarter": "每季度", "half": "每半年", "year": "每年"}


@pages.get("/bulletins")
def overview() -> ResponseReturnValue:
    """Show the bulletins."""
    rows = platform().desk.bulletins.all(actor())
    calendar = platform().rulebook.city.calendar
    return render_template(
        "bulletins/overview.html", rows=rows, states=STATES, may_start=actor().has(*STARTERS),
        every=EVERY.get(str(calendar.get("bulletin")), ""),
    )  # fmt: skip


@pages.get("/bulletins/new")
def new() -> ResponseReturnValue:
    """Show the form that begins a bulletin."""
    return asked(lambda answers: platform().desk.bulletins.fields(actor(), answers), *_form())


@pages.post("/bulletins/new")
def start() -> ResponseReturnValue:
    """Begin a bulletin and show its numbers."""

    def send(given: Mapping[str, Any]) -> str:
        return url_for("bulletins.show", number=platform().desk.bulletins.start(actor(), given))

    said = "已取数成稿，请修改文字。"
    return sent(lambda answers: platform().desk.bulletins.fields(actor(), answers), *_form(), send, said)


def _form() -> tuple[str, tuple[str, str]]:
    return "起草工作通报", (url_for("bulletins.overview"), "工作通报")


@pages.get("/bulletins/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show a bulletin with its numbers, its words and who has signed."""
    view = platform().desk.bulletins.bulletin(actor(), number)
    unit = request.args.get("unit", "")
    return render_template(
        "bulletins/show.html", view=view, unit=unit, states=STATES, lists=LISTS, percent=percent, plain=plain
    )


@pages.get("/bulletins/<number>/file.<kind>")
def file(number: str, kind: str) -> ResponseReturnValue:
    """Return the bulletin as Word or PDF."""
    if kind not in FILE_TYPES:
        raise NotFound
    return as_file(*platform().desk.bulletins.file(actor(), number, kind), FILE_TYPES[kind])


@pages.get("/bulletins/lists/<section>/<code>")
def listed(section: str, code: str) -> ResponseReturnValue:
    """Show the list behind a number."""
    period, unit = request.args.get("period", ""), request.args.get("unit", "")
    view = platform().desk.bulletins.list_behind(actor(), section, code, period, unit)
    return render_template("bulletins/list.html", view=view, section=section)
