"""Full-time staff: the register, its history, confirmations and absences."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.pages.letters import as_file
from web.platform import platform

CLAUSES = ("zz2020/3.2",)
pages = Blueprint("staff", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS = {"": "全部", "missing": "未登记", "open": "本年未确认", "late": "本年逾期"}


@pages.get("/staff")
def register() -> ResponseReturnValue:
    """Show every unit's full-time supervisor."""
    which = request.args.get("list", "")
    which = which if which in LISTS else ""
    rows = platform().desk.staff.all(actor(), which)
    return render_template("staff/register.html", rows=rows, which=which, lists=LISTS)


@pages.get("/staff.xlsx")
def workbook() -> ResponseReturnValue:
    """Hand out the register."""
    return as_file("专职人员.xlsx", platform().desk.staff.workbook(actor()), XLSX)


@pages.get("/staff/<unit>")
def show(unit: str) -> ResponseReturnValue:
    """Show a unit's register with its history."""
    return render_template("staff/unit.html", view=platform().desk.staff.unit(actor(), unit))


@pages.get("/staff/<unit>/<any(change,absence):act>")
def ask(unit: str, act: str) -> ResponseReturnValue:
    """Show the form of an entry or of an absence."""
    return asked(_fields(unit, "staff" if act == "change" else "absence"), _title(act), _back(unit))


@pages.post("/staff/<unit>/change")
def change(unit: str) -> ResponseReturnValue:
    """Write who is the unit's full-time supervisor."""

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.staff.change(actor(), unit, given)
        return url_for("staff.show", unit=unit)

    return sent(_fields(unit, "staff"), _title("change"), _back(unit), send)


@pages.post("/staff/<unit>/absence")
def leave(unit: str) -> ResponseReturnValue:
    """Register an absence."""

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.staff.leave(actor(), unit, given)
        return url_for("staff.show", unit=unit)

    return sent(_fields(unit, "absence"), _title("absence"), _back(unit), send, "已登记，由替补接替。")


def _fields(unit: str, form: str) -> Fields:
    return lambda given: platform().desk.staff.fields(actor(), unit, form, given)


def _title(act: str) -> str:
    return "登记专职人员" if act == "change" else "登记不在岗"


def _back(unit: str) -> tuple[str, str]:
    return url_for("staff.show", unit=unit), platform().desk.staff.unit(actor(), unit).name
