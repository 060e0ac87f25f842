"""The library of inspection objects: find, look at as of a day, enter, rate, merge, take in and out as a file."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.acts import KINDS as ACTS
from workflows.desk.libraries import IMPORTERS
from workflows.inspections.shapes import RESULTS
from workflows.key_areas.entries import STATES as ENTRY_STATES
from workflows.key_areas.signals import KINDS as SIGNALS
from workflows.libraries.access import KEEPERS, RATERS, may_keep
from workflows.libraries.exchange import OUTCOMES
from workflows.libraries.identity import KINDS
from workflows.libraries.ratings import CREDITS, RATING_KINDS, RISKS, VALUES
from workflows.libraries.search import STATUSES, ObjectFilter
from workflows.policy import require

CLAUSES = ("zz2020/2.3", "zz2020/2.2")
pages = Blueprint("libraries", __name__)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS: Mapping[str, Mapping[str, Any]] = {
    "kinds": KINDS, "credits": CREDITS, "risks": RISKS, "statuses": STATUSES, "rating_kinds": RATING_KINDS,
    "values": VALUES, "results": RESULTS, "acts": ACTS, "entries": ENTRY_STATES, "signals": SIGNALS,
    "changes": {"entered": "登记", "changed": "修改", "merged": "合并", "closed": "退出", "key": "列入重点监管",
                "delisted": "销号"},
}  # fmt: skip
_TITLES = {
    "edit": ("enter_object", "修改对象"), "rate": ("rate_object", "评定信用、风险"),
    "merge": ("merge_objects", "合并重复对象"), "close": ("close_object", "退出名录"),
}  # fmt: skip


@pages.get("/libraries/objects")
def objects() -> ResponseReturnValue:
    """Show what is found; everything asked for is in the address."""
    wanted = _wanted()
    page = platform().desk.libraries.page(actor(), wanted)
    context = platform().desk.libraries.choices(actor())
    return render_template(
        "libraries/objects.html", page=page, wanted=wanted, words=WORDS, choices=context, url=_url,
        areas={one["value"]: one["label"] for one in context["areas"]}, may_enter=actor().has(*KEEPERS),
        may_import=actor().has(*IMPORTERS), next_page=_url(after=seal(page.next)) if page.next else "",
    )  # fmt: skip


def _wanted() -> ObjectFilter:
    given = request.args
    return ObjectFilter(
        _day(given.get("on", "")) or platform().desk.libraries.today(), q=given.get("q", "")[:100],
        kind=_one(KINDS, "kind"), area=given.get("area", "")[:6], item=given.get("item", "")[:40],
        unit=given.get("unit", "")[:40], credit=_one(CREDITS, "credit"), risk=_one(RISKS, "risk"),
        key=given.get("key") == "1", after=unseal(given.get("after", "")),
    )  # fmt: skip


def _one(choices: Mapping[str, str], name: str) -> str:
    given = request.args.get(name, "")
    return given if given in choices else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _url(**changes: str) -> str:
    values = {**request.args.to_dict(), "after": "", **changes}
    return f"{url_for('libraries.objects')}?{urlencode({key: value for key, value in values.items() if value})}"


@pages.get("/libraries/objects.xlsx")
def export() -> ResponseReturnValue:
    """Return what is found as a workbook that can be taken in again."""
    return as_file("检查对象名录库.xlsx", platform().desk.libraries.export(actor(), _wanted()), WORKBOOK)


@pages.get("/libraries/objects/<uuid:object_id>")
def show(object_id: UUID) -> ResponseReturnValue:
    """Show an object as of a day."""
    who = actor()
    view = platform().desk.libraries.view(who, object_id, _day(request.args.get("on", "")))
    unit = str(view.row["unit"])
    return render_template(
        "libraries/object.html", view=view, words=WORDS, may_edit=may_keep(who, unit),
        may_rate=may_keep(who, unit, RATERS), divisions=platform().rulebook.city.divisions,
    )  # fmt: skip


@pages.get("/libraries/objects/new")
def new() -> ResponseReturnValue:
    """Show the form of a new object."""
    return asked(_fields("enter_object"), "登记检查对象", _library())


@pages.post("/libraries/objects/new")
def enter() -> ResponseReturnValue:
    """Enter an object."""
    desk = platform().desk.libraries
    return sent(
        _fields("enter_object"), "登记检查对象", _library(),
        lambda given: url_for("libraries.show", object_id=desk.enter(actor(), given).id),
    )  # fmt: skip


@pages.get("/libraries/objects/<uuid:object_id>/<any(edit,rate,merge,close):act>")
def ask(object_id: UUID, act: str) -> ResponseReturnValue:
    """Show the form by which an object is edited, rated, merged or closed."""
    form, title = _TITLES[act]
    if act in ("rate", "merge"):
        require(actor(), *RATERS)
    return asked(_fields(form, object_id if act == "edit" else None), title, _back(object_id))


@pages.post("/libraries/objects/<uuid:object_id>/<any(edit,rate,merge,close):act>")
def act_on(object_id: UUID, act: str) -> ResponseReturnValue:
    """Edit, rate, merge or close an object."""
    desk, (form, title) = platform().desk.libraries, _TITLES[act]
    acts: Mapping[str, Callable[..., object]] = {
        "edit": desk.edit, "rate": desk.rate, "merge": desk.merge, "close": desk.close,
    }  # fmt: skip

    def send(given: Mapping[str, Any]) -> str:
        acts[act](actor(), object_id, given)
        return url_for("libraries.show", object_id=object_id)

    return sent(_fields(form, object_id if act == "edit" else None), title, _back(object_id), send)


@pages.get("/libraries/import")
def ask_file() -> ResponseReturnValue:
    """Show the upload form."""
    require(actor(), *IMPORTERS)
    return render_template("libraries/import.html", rows=None, errors=[], outcomes=OUTCOMES)


@pages.post("/libraries/import")
def take_file() -> ResponseReturnValue:
    """Take a file in and say what became of each row; sending it again changes nothing."""
    file = request.files.get("file")
    shown: dict[str, Any] = {"rows": None, "errors": [], "outcomes": OUTCOMES}
    if file is None or not file.filename:
        shown["errors"] = [{"field": "file", "message": "请选择要导入的文件（xlsx 或 csv）"}]
        return render_template("libraries/import.html", **shown), 422
    try:
        shown["rows"] = platform().desk.libraries.import_file(actor(), file.filename, file.read())
    except errors.ImportInvalid as exc:
        shown["errors"] = mistakes_of(exc)
        return render_template("libraries/import.html", **shown), 422
    return render_template("libraries/import.html", **shown)


def _fields(form: str, object_id: UUID | None = None) -> Fields:
    return lambda given: platform().desk.libraries.fields(actor(), form, given, object_id)


def _library() -> tuple[str, str]:
    return url_for("libraries.objects"), "检查对象名录库"


def _back(object_id: UUID) -> tuple[str, str]:
    row = platform().desk.libraries.view(actor(), object_id).row
    return url_for("libraries.show", object_id=object_id), str(row["name"])
