"""The cockpit: numbers, and the lists behind them."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform

pages = Blueprint("cockpit", __name__)


@pages.get("/cockpit")
def overview() -> ResponseReturnValue:
    """Show what is open and late, by unit."""
    return render_template("more/cockpit.html", view=platform().desk.cockpit.overview(actor()))


@pages.get("/cockpit/clocks")
def clocks() -> ResponseReturnValue:
    """Show the open clocks behind a number."""
    unit, lamp = request.args.get("unit", ""), request.args.get("lamp", "")
    desk = platform().desk
    rows = desk.cockpit.clocks(actor(), unit=unit, lamp=lamp)
    names = {found.code: found.short_name for found in desk.catalogue.units(actor())}
    return render_template("more/clocks.html", rows=rows, unit=unit, lamp=lamp, names=names)


@pages.get("/engine/incidents")
def incidents() -> ResponseReturnValue:
    """Show jobs that failed for good."""
    return render_template("more/incidents.html", rows=platform().desk.cockpit.incidents(actor()))
