"""The cockpit: numbers, and the list behind each of them; failed jobs and their second try."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from workflows import catalog
from workflows.orders import RUNGS

CLAUSES = ("zz2020/3.3", "zz2020/2.8")
pages = Blueprint("cockpit", __name__)
FIRST = 6  # orders on the first page
LAMPS = {"red": "超期", "yellow": "临期", "paused": "中止"}


def _unit_names() -> dict[str, str]:
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


@pages.get("/cockpit")
def overview() -> ResponseReturnValue:
    """Show what is open and late, by unit, and what is supervised longest."""
    desk = platform().desk.cockpit
    view = desk.overview(actor())
    return render_template("more/cockpit.html", view=view, orders=desk.orders(actor(), FIRST), rungs=RUNGS)


@pages.get("/cockpit/clocks")
def clocks() -> ResponseReturnValue:
    """Show the open clocks behind a number."""
    unit, lamp = request.args.get("unit", ""), request.args.get("lamp", "")
    rows = platform().desk.cockpit.clocks(actor(), unit=unit, lamp=lamp)
    by_risk = request.args.get("order") == "risk"
    risks = platform().desk.forecast.of_clocks([clock.id for clock, _, _ in rows]) if by_risk else {}
    if by_risk:
        rows = tuple(sorted(rows, key=lambda row: -risks[row[0].id].risk if row[0].id in risks else 1.0))
    names = _unit_names()
    title = " · ".join(part for part in (names.get(unit, unit), LAMPS.get(lamp, "")) if part)
    return render_template(
        "more/clocks.html", rows=rows, unit=unit, lamp_kind=lamp, names=names, title=title, risks=risks, by_risk=by_risk
    )


@pages.get("/cockpit/cases")
def cases() -> ResponseReturnValue:
    """Show the open cases."""
    rows = platform().desk.cockpit.cases(actor())
    return render_template("more/open_cases.html", rows=rows, titles=catalog.TITLES, names=_unit_names())


@pages.get("/cockpit/orders")
def orders() -> ResponseReturnValue:
    """Show the open ladders."""
    rows = platform().desk.cockpit.orders(actor())
    return render_template("more/orders.html", rows=rows, names=_unit_names(), rungs=RUNGS)


@pages.get("/cockpit/blocks")
def blocks() -> ResponseReturnValue:
    """Show the standing blocks."""
    return render_template("more/blocks.html", rows=platform().desk.cockpit.blocks(actor()))


@pages.get("/engine/incidents")
def incidents() -> ResponseReturnValue:
    """Show jobs that failed for good."""
    groups = platform().desk.engine.bulk.incident_groups(actor())
    rows = platform().desk.cockpit.incidents(actor())
    names = platform().desk.cockpit.step_names(one.cause.definition_key for one in groups)
    steps = {element: name for _, named in names.values() for element, name in named.items()}
    return render_template("more/incidents.html", rows=rows, groups=groups, names=names, steps=steps)


@pages.post("/engine/incidents/<uuid:incident_id>")
def retry(incident_id: UUID) -> ResponseReturnValue:
    """Make a failed job due again; the list that follows is read afresh."""
    platform().desk.cockpit.retry(actor(), incident_id, request.form.get("reason", ""))
    flash("已重新排入作业队列；如再次失败，会重新出现在本页。")
    return redirect(url_for("cockpit.incidents"))
