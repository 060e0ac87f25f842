"""Officers who inspect: certificates with lamps, whom they avoid, and the check sheets they follow."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.platform import platform
from workflows.desk.officers import EDITORS
from workflows.libraries.registers import KEEPERS
from workflows.policy import require

CLAUSES = ("zz2020/2.3", "xzcf/42", "xzcf/43")
pages = Blueprint("officers", __name__)


@pages.get("/libraries/officers")
def certificates() -> ResponseReturnValue:
    """Show certificates, those that end first on top."""
    rows = platform().desk.officers.certificates(actor())
    only = request.args.get("lamp", "")
    shown = [row for row in rows if only in ("", row["lamp"])]
    counts = {lamp: sum(row["lamp"] == lamp for row in rows) for lamp in ("red", "yellow", "green", "grey")}
    return render_template(
        "libraries/officers.html", rows=shown[:500], total=len(rows), only=only, counts=counts,
        may_keep=actor().has(*KEEPERS),
    )  # fmt: skip


@pages.get("/libraries/officers/new")
def new() -> ResponseReturnValue:
    """Show the form of a certificate."""
    require(actor(), *KEEPERS)
    return asked(_fields("certificate"), "登记执法证", _officers())


@pages.post("/libraries/officers/new")
def register() -> ResponseReturnValue:
    """Register a certificate."""
    require(actor(), *KEEPERS)

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.officers.register_certificate(actor(), given)
        return url_for("officers.certificates")

    return sent(_fields("certificate"), "登记执法证", _officers(), send)


@pages.post("/libraries/officers/<uuid:certificate_id>/revoke")
def revoke(certificate_id: UUID) -> ResponseReturnValue:
    """Take a certificate back from today on."""
    platform().desk.officers.revoke_certificate(actor(), certificate_id)
    flash("已收回，从今天起不能检查。")
    return redirect(url_for("officers.certificates"))


@pages.get("/libraries/relations")
def relations() -> ResponseReturnValue:
    """Show whom officers avoid, as far as the person may know."""
    return render_template("libraries/relations.html", rows=platform().desk.officers.relations(actor()))


@pages.get("/libraries/relations/new")
def new_relation() -> ResponseReturnValue:
    """Show the form of a declaration."""
    return asked(_fields("relation"), "申报回避", _relations())


@pages.post("/libraries/relations/new")
def declare() -> ResponseReturnValue:
    """Declare whom an officer avoids."""

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.officers.declare(actor(), given)
        return url_for("officers.relations")

    return sent(_fields("relation"), "申报回避", _relations(), send)


@pages.get("/libraries/sheets")
def sheets() -> ResponseReturnValue:
    """Show the sheet of every item."""
    return render_template("libraries/sheets.html", rows=platform().desk.officers.sheets(actor()))


@pages.get("/libraries/sheets/<item_code>")
def sheet(item_code: str) -> ResponseReturnValue:
    """Show a version of a sheet, ready to be printed."""
    version = request.args.get("version", "")
    wanted = int(version) if version.isdecimal() and len(version) < 6 else None
    found, versions = platform().desk.officers.sheet(actor(), item_code, wanted)
    return render_template("libraries/sheet.html", sheet=found, versions=versions, may_write=actor().has(*EDITORS))


@pages.get("/libraries/sheets/<item_code>/new")
def new_sheet(item_code: str) -> ResponseReturnValue:
    """Show the form of a new version, filled from the one in force."""
    require(actor(), *EDITORS)
    return asked(_fields("sheet", item_code), f"修订检查表 {item_code}", _sheet(item_code))


@pages.post("/libraries/sheets/<item_code>/new")
def write_sheet(item_code: str) -> ResponseReturnValue:
    """Write a new version."""

    def send(given: Mapping[str, Any]) -> str:
        version = platform().desk.officers.write_sheet(actor(), item_code, given)
        return url_for("officers.sheet", item_code=item_code, version=version)

    return sent(_fields("sheet", item_code), f"修订检查表 {item_code}", _sheet(item_code), send)


def _fields(form: str, item_code: str = "") -> Fields:
    return lambda given: platform().desk.officers.fields(actor(), form, given, item_code)


def _officers() -> tuple[str, str]:
    return url_for("officers.certificates"), "执法人员名录库"


def _relations() -> tuple[str, str]:
    return url_for("officers.relations"), "回避关系"


def _sheet(item_code: str) -> tuple[str, str]:
    return url_for("officers.sheet", item_code=item_code), f"检查表 {item_code}"
