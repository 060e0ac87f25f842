"""The catalogue of supervised items: the list, one item through time, and whether it has gaps."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.letters import as_file
from web.platform import platform
from web.problems import mistakes_of
from web.whole import whole
from workflows import errors
from workflows.catalogue.fields import MODES, OBJECT_TYPES, STATUSES, TYPES
from workflows.catalogue.proposals import KINDS, STATES
from workflows.desk.catalogue import ItemFilter

CLAUSES = ("zz2020/1.2", "zz2020/2.2", "zz2020/2.4")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES: Mapping[str, str] = {"annex": "监管事项目录清单", "national": "互联网+监管事项目录"}
YEAR = timedelta(days=365)
pages = Blueprint("catalogue", __name__)


@pages.get("/catalogue")
def items() -> ResponseReturnValue:
    """Show the items of a day; every filter is in the address."""
    desk, given = platform().desk.catalogue, request.args
    on, mistakes = _day("on", desk.today)
    wanted = ItemFilter(
        on=on, q=given.get("q", "")[:60], unit=given.get("unit", ""), category=given.get("category", ""),
        mode=given.get("mode", ""), status=given.get("status", ""), is_key=True if given.get("key") else None,
    )  # fmt: skip
    rows = desk.items(actor(), wanted)
    units = [(unit.code, unit.short_name) for unit in desk.units(actor()) if unit.kind == "natural_resources"]
    return render_template(
        "catalogue/items.html", rows=rows, wanted=wanted, today=desk.today, units=units, modes=_same(MODES),
        statuses=_same(STATUSES), categories=_same(desk.categories(actor())), errors=mistakes, types=TYPES,
    )  # fmt: skip


@pages.get("/catalogue/items/<code>")
def item(code: str) -> ResponseReturnValue:
    """Show an item as it stands on a day: tree, checks, versions, owners and changes."""
    desk, given = platform().desk.catalogue, request.args
    on, mistakes = _day("on", desk.today)
    page = desk.page(actor(), code, on)
    old, new = given.get("old", type=whole), given.get("new", type=whole)
    compared = desk.difference(actor(), code, old, new) if old and new else None
    return render_template(
        "catalogue/item.html", page=page, row=page.view.item, states=STATES, kinds=KINDS, types=TYPES, errors=mistakes,
        object_types=OBJECT_TYPES, compared=compared, old=old, new=new, today=desk.today,
        areas=desk.areas(),
    )  # fmt: skip


@pages.get("/catalogue/check")
def check() -> ResponseReturnValue:
    """Show what is wrong with the catalogue on any day of a range."""
    desk = platform().desk.catalogue
    first, mistakes = _day("first", desk.today)
    last, more = _day("last", first + YEAR)
    found: Any = ()
    try:
        found = desk.check(actor(), first, last)
    except errors.FormInvalid as exc:
        more = [*more, *mistakes_of(exc)]
    mistakes = [*mistakes, *more]
    page = render_template(
        "catalogue/check.html", findings=found, first=first, last=last, errors=mistakes, areas=desk.areas()
    )
    return page, 422 if mistakes else 200


@pages.get("/catalogue.xlsx")
def workbook() -> ResponseReturnValue:
    """Return the catalogue of a day as a workbook in an official layout."""
    desk = platform().desk.catalogue
    on, _ = _day("on", desk.today)
    layout = request.args.get("layout", "annex")
    layout = layout if layout in NAMES else "annex"
    return as_file(f"{NAMES[layout]}-{on}.xlsx", desk.workbook(actor(), on, layout), WORKBOOK)


def _same(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _day(name: str, otherwise: date) -> tuple[date, list[Mapping[str, str]]]:
    """Return a day of the address, or the other one with what is wrong."""
    text = request.args.get(name, "").strip()
    if not text:
        return otherwise, []
    try:
        return date.fromisoformat(text), []
    except ValueError:
        return otherwise, [{"field": name, "message": f"“{text[:20]}”不是日期，请写成 {otherwise}"}]
