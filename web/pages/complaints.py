"""Complaints on screen: the register, intake, one complaint, the dispatcher's desk, statistics."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.pages.intake import WORKBOOK
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.complaints.figures import GROUPS, RATES
from workflows.complaints.informants import HANDLERS, Informant
from workflows.complaints.register import TAKERS
from workflows.complaints.words import ANSWERS, EVENTS, KINDS, LOOKS, MATTERS, OPEN, OUTCOMES, STATES
from workflows.desk.complaints import EARLIEST, IMPORTERS, ComplaintFilter, span
from workflows.forms import FieldView
from workflows.policy import require
from workflows.uow import local_day_of

CLAUSES = ("zz2020/2.6",)
pages = Blueprint("complaints", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "states": STATES, "kinds": KINDS, "matters": MATTERS, "outcomes": OUTCOMES, "answers": ANSWERS, "events": EVENTS,
    "looks": LOOKS,
}  # fmt: skip
_PERIOD = timedelta(days=90)


@pages.get("/complaints")
def overview() -> ResponseReturnValue:
    """Show the register; everything asked for is in the address."""
    desk, who, wanted = platform().desk.complaints, actor(), _wanted()
    page = desk.page(who, wanted)
    counts = desk.waiting(who)
    return render_template(
        "complaints/list.html", page=page, wanted=wanted, words=WORDS, channels=desk.channels(), url=_url,
        counts={**counts, "open": sum(counts.get(state, 0) for state in OPEN)}, may_take=who.has(*TAKERS),
        may_import=who.has(*IMPORTERS), next_page=_url(after=seal(page.next)) if page.next else "", given=request.args,
    )  # fmt: skip


def _wanted() -> ComplaintFilter:
    given = request.args
    first, last = (_day(given.get(name, "")) for name in ("since", "until"))
    since, until = span(first or date.min.replace(year=2000), last or date(2999, 1, 1))
    rate = given.get("rate", "")
    return ComplaintFilter(
        state=_one({"open": "", **STATES}, "state"), channel=_one(platform().desk.complaints.channels(), "channel"),
        matter=_one(MATTERS, "matter"), unit=given.get("unit", "")[:40], q=given.get("q", "")[:60],
        since=since if first else None, until=until if last else None, rate=rate if rate in RATES else "",
        part=given.get("part") == "1", after=unseal(given.get("after", "")),
    )  # fmt: skip


def _one(choices: Mapping[str, str], name: str) -> str:
    given = request.args.get(name, "")
    return given if given in choices else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _url(**changes: str) -> str:
    """Return the address of this list with some of its filters changed; another filter begins at the first page."""
    values = {**request.args.to_dict(), "after": "", **changes}
    return f"{url_for('complaints.overview')}?{urlencode({key: value for key, value in values.items() if value})}"


@pages.get("/complaints/export.xlsx")
def export() -> ResponseReturnValue:
    """Return the filtered register in the official columns."""
    return as_file("投诉举报.xlsx", platform().desk.complaints.export(actor(), _wanted()), WORKBOOK)


@pages.get("/complaints/desk")
def desk() -> ResponseReturnValue:
    """Show what waits for the dispatcher: why a person is asked, and by when."""
    complaints, who = platform().desk.complaints, actor()
    require(who, "policy_officer", "leader", "discipline_watcher")
    late = complaints.page(who, ComplaintFilter(state="handling"))
    overdue = [line for line in late.rows if line.clock and line.clock.lamp in ("red", "yellow")]
    return render_template("complaints/desk.html", tasks=complaints.desk(who), overdue=overdue, words=WORDS)


@pages.get("/complaints/statistics")
def statistics() -> ResponseReturnValue:
    """Show the counts of a period, with the list behind each number."""
    today = local_day_of(platform().engine.clock.now())
    last = _day(request.args.get("until", "")) or today
    first = _day(request.args.get("since", "")) or max(last, EARLIEST) - _PERIOD
    group = _one(GROUPS, "group") or "channel"
    complaints, mistakes = platform().desk.complaints, []
    lines: Sequence[Any] = ()
    try:
        lines = complaints.figures(actor(), first, last, group)
    except errors.FormInvalid as exc:
        mistakes = mistakes_of(exc)
    names = {"channel": complaints.channels(), "matter": MATTERS, "unit": _units()}[group]
    shown = render_template(
        "complaints/statistics.html", lines=lines, first=first, last=last, group=group, groups=GROUPS, rates=RATES,
        names=names, errors=mistakes,
    )  # fmt: skip
    return shown, 422 if mistakes else 200


def _units() -> dict[str, str]:
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


@pages.get("/complaints/new")
def new() -> ResponseReturnValue:
    """Show the intake form."""
    require(actor(), *TAKERS)
    return asked(_fields("start"), "登记投诉举报", _back())


@pages.post("/complaints/new")
def register() -> ResponseReturnValue:
    """Register a complaint and open it."""

    def send(given: Mapping[str, Any]) -> str:
        done = platform().desk.complaints.register(actor(), given)
        flash(f"该来源编号已登记过：{done.number}。" if done.was_known else f"已登记 {done.number}。")
        return url_for("complaints.show", complaint_id=done.complaint_id)

    return sent(_fields("start"), "登记投诉举报", _back(), send, "投诉人信息已单独保密保存。")


def _fields(form: str) -> Fields:
    def shown(given: Mapping[str, Any] | None = None) -> Sequence[FieldView]:
        return platform().desk.complaints.fields(actor(), form, given)

    return shown


def _back() -> tuple[str, str]:
    return url_for("complaints.overview"), "投诉举报"


@pages.get("/complaints/<uuid:complaint_id>")
def show(complaint_id: UUID) -> ResponseReturnValue:
    """Show one complaint; who complained is not on the page."""
    return _page(complaint_id)


@pages.get("/complaints/numbers/<number>")
def by_number(number: str) -> ResponseReturnValue:
    """Lead from a case's number to its complaint."""
    return redirect(url_for("complaints.show", complaint_id=platform().desk.complaints.find(actor(), number)))


def _page(complaint_id: UUID, mistakes: Any = (), who: Informant | None = None) -> str:
    view = platform().desk.complaints.view(actor(), complaint_id)
    mine = platform().desk.worklist.of_case(actor(), view.row["business_key"])
    return render_template(
        "complaints/show.html", view=view, words=WORDS, mine=mine, errors=mistakes, informant=who,
        may_handle=view.is_mine and view.row["state"] == "handling" and actor().has(*HANDLERS),
    )  # fmt: skip


@pages.post("/complaints/<uuid:complaint_id>/informant")
def informant(complaint_id: UUID) -> ResponseReturnValue:
    """Show who complained to somebody who may know and says why; the look is kept."""
    try:
        who = platform().desk.complaints.look(actor(), complaint_id, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _page(complaint_id, mistakes_of(exc)), 422
    answer: Response = make_response(_page(complaint_id, who=who))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/complaints/<uuid:complaint_id>/<any(urge,recuse):act>")
def act(complaint_id: UUID, act: str) -> ResponseReturnValue:
    """Urge the unit, or note that somebody keeps out."""
    desk, reason = platform().desk.complaints, request.form.get("reason", "")
    try:
        if act == "urge":
            flash(f"已发出催办通知书 {desk.urge(actor(), complaint_id, reason)}。")
        else:
            login = request.form.get("login", "").strip()
            desk.recuse(actor(), complaint_id, login, reason)
            flash("已登记回避。")
            if login in ("", actor().login):
                return redirect(url_for("complaints.overview"))
    except errors.FormInvalid as exc:
        return _page(complaint_id, mistakes_of(exc)), 422
    return redirect(url_for("complaints.show", complaint_id=complaint_id))


_ASKED: Mapping[str, tuple[str, str]] = {
    "extension": ("extension", "申请延期"),
    "follow-up": ("follow_up", "发起检查、移送或处罚"),
}


@pages.get("/complaints/<uuid:complaint_id>/<any('extension','follow-up'):act>")
def ask(complaint_id: UUID, act: str) -> ResponseReturnValue:
    """Show the form by which the unit asks for time, or sets something going."""
    platform().desk.complaints.view(actor(), complaint_id)
    return asked(_fields(_ASKED[act][0]), _ASKED[act][1], _case(complaint_id))


@pages.post("/complaints/<uuid:complaint_id>/<any('extension','follow-up'):act>")
def do(complaint_id: UUID, act: str) -> ResponseReturnValue:
    """Ask for time, or set something going."""
    desk = platform().desk.complaints
    step = desk.ask_extension if act == "extension" else desk.follow_up

    def send(given: Mapping[str, Any]) -> str:
        step(actor(), complaint_id, given)
        return _case(complaint_id)[0]

    return sent(_fields(_ASKED[act][0]), _ASKED[act][1], _case(complaint_id), send, "已提交。")


def _case(complaint_id: UUID) -> tuple[str, str]:
    return url_for("complaints.show", complaint_id=complaint_id), "投诉举报"
