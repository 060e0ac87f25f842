"""The board of indicators: numbers, formula, the list behind each number, weights with who changed them and why."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import asked, sent
from web.pages.intake import WORKBOOK
from web.pages.letters import as_file
from web.pages.performance import page_number
from web.platform import platform
from workflows.performance.board import Filter
from workflows.performance.catalogue import DIRECTIONS, KEEPERS
from workflows.performance.catalogue import KINDS as KPI_KINDS
from workflows.time_limits import CONFIDENCES

CLAUSES = ("zz2020/2.8",)
pages = Blueprint("kpis", __name__)
PARTS = {"denominator": "分母清单", "numerator": "分子清单", "rest": "未计入分子"}
WORDS: Mapping[str, Mapping[str, str]] = {
    "directions": DIRECTIONS, "confidences": CONFIDENCES, "kinds": KPI_KINDS, "parts": PARTS,
}  # fmt: skip


def _periods() -> list[str]:
    """Return the periods offered: the quarters, halves and months of this year and the last."""
    year = platform().desk.kpis.period().begins_on.year
    months = [f"{year}-{month:02d}" for month in range(1, 13)]
    return [*_year(year), *months, *_year(year - 1)]


def _year(year: int) -> list[str]:
    return [*(f"{year}Q{n}" for n in range(1, 5)), f"{year}H1", f"{year}H2", str(year)]


@pages.get("/performance/board")
def board() -> ResponseReturnValue:
    """Show every indicator of a period, for all units that may be seen or one of them."""
    given = request.args
    view = platform().desk.kpis.board(actor(), given.get("period", ""), given.get("unit", ""), given.get("area", ""))
    return render_template(
        "performance/board.html", view=view, words=WORDS, periods=_periods(), areas=platform().rulebook.city.divisions
    )


@pages.get("/performance/kpis/<code>")
def kpi(code: str) -> ResponseReturnValue:
    """Show one indicator: how it is reckoned, its numbers by unit, and the list behind the number chosen."""
    given = request.args
    unit, area = given.get("unit", ""), given.get("area", "")
    which = given.get("which", "denominator")
    which = which if which in PARTS else "denominator"
    wanted = Filter((unit,) if unit else None, area)
    view = platform().desk.kpis.kpi(actor(), code, given.get("period", ""), wanted, (which, page_number()))
    return render_template(
        "performance/kpi.html", view=view, words=WORDS, which=which, unit=unit, area=area, periods=_periods(),
        areas=platform().rulebook.city.divisions,
    )  # fmt: skip


@pages.get("/performance/kpis/<code>.xlsx")
def workbook(code: str) -> ResponseReturnValue:
    """Hand out an indicator with both lists."""
    desk, given = platform().desk.kpis, request.args
    period = given.get("period", "")
    data = desk.workbook(actor(), code, period, given.get("unit", ""))
    return as_file(f"指标-{code}-{desk.period(period).name}.xlsx", data, WORKBOOK)


@pages.get("/performance/weights")
def weights() -> ResponseReturnValue:
    """Show the weights of today and every change."""
    found, changes, people = platform().desk.kpis.weights()
    return render_template(
        "performance/weights.html", kpis=found, changes=changes, people=people, words=WORDS,
        may_change=actor().has(*KEEPERS), names={one.code: one.name for one in found},
    )  # fmt: skip


@pages.get("/performance/weights/<code>")
def ask_weight(code: str) -> ResponseReturnValue:
    """Show the form of a weight."""
    desk = platform().desk.kpis
    return asked(lambda given: desk.fields(actor(), "weight", given, code), "调整权重", _back())


@pages.post("/performance/weights/<code>")
def change_weight(code: str) -> ResponseReturnValue:
    """Give an indicator another weight from a day on."""
    desk = platform().desk.kpis

    def done(answers: Mapping[str, Any]) -> str:
        desk.change_weight(actor(), code, answers)
        return url_for("kpis.weights")

    return sent(
        lambda given: desk.fields(actor(), "weight", given, code), "调整权重", _back(), done, "已登记新的权重。"
    )


def _back() -> tuple[str, str]:
    return url_for("kpis.weights"), "指标权重"
