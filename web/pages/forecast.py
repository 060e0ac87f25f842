"""Forecasts: the running clocks by risk, the method, and how well earlier forecasts fitted."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from workflows.forecast.model import LEAST, METHOD, Calibration

CLAUSES = ("zz2020/3.3", "zz2020/2.8")
pages = Blueprint("forecast", __name__)
_SIZE, _LEFT, _TOP = 200, 44, 16


@pages.get("/forecast")
def overview() -> ResponseReturnValue:
    """Show the running clocks, the riskiest first."""
    unit, limit = request.args.get("unit", ""), request.args.get("limit", "")
    desk = platform().desk.forecast
    view = desk.view(actor(), unit=unit, limit=limit)
    titles = {row.limit: row.title for row in view.rows}
    return render_template(
        "forecast/overview.html", view=view, names=desk.units(), unit=unit, limit=limit, titles=titles,
        method=METHOD, least=LEAST, points=_points(view.calibration),
    )  # fmt: skip


def _points(found: Calibration | None) -> list[dict[str, object]]:
    """Return where each bin is drawn; the larger the sample, the larger the dot."""
    return [
        {
            "x": round(_LEFT + one.predicted * _SIZE, 1), "y": round(_TOP + (1 - one.happened) * _SIZE, 1),
            "r": round(3 + 6 * (one.count / found.count) ** 0.5, 1), "count": one.count,
            "predicted": one.predicted, "happened": one.happened, "low": one.low, "high": one.high,
        }
        for one in found.bins
    ] if found else []  # fmt: skip
