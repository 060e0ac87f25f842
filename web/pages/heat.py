"""The heat map of lateness, and the list behind each of its numbers."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from workflows import catalog

CLAUSES = ("zz2020/3.3", "zz2020/2.8")
pages = Blueprint("heat", __name__)
WAYS = {"week": "单位 × 周", "process": "单位 × 流程"}


@pages.get("/cockpit/heat")
def show() -> ResponseReturnValue:
    """Show the map."""
    by = request.args.get("by", "week")
    heat = platform().desk.lists.heat.map(actor(), by if by in WAYS else "week")
    return render_template("more/heat.html", heat=heat, ways=WAYS)


@pages.get("/cockpit/late")
def late() -> ResponseReturnValue:
    """Show the exceeded limits behind a number."""
    given = {name: request.args.get(name, "") for name in ("unit", "column", "by")}
    rows = platform().desk.lists.heat.late(actor(), given["unit"], given["column"], given["by"] or "week")
    names = {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}
    column = catalog.TITLES.get(given["column"], f"{given['column']} 起一周" if given["column"] else "")
    title = " · ".join(part for part in (names.get(given["unit"], given["unit"]), column) if part)
    return render_template("more/late.html", rows=rows[:1000], total=len(rows), names=names, title=title,
                           titles=catalog.TITLES)  # fmt: skip
