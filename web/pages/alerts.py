"""Alerts: the watch screen where noise goes with one click, one alert, what the field officer does, the numbers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import AppError
from web.answers import answers_of
from web.auth import actor
from web.form_pages import asked, sent
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problem_words import words_of
from web.problems import mistakes_of
from workflows import errors
from workflows.alerts.evidence import KINDS
from workflows.alerts.listings import STATES as LISTING_STATES
from workflows.alerts.lists import LATENESS, AlertFilter
from workflows.alerts.statistics import LEAST, PERIODS
from workflows.alerts.store import ADVICE, FOLLOW_UPS, NOISE, STATES, VERDICTS

CLAUSES = ("zz2020/2.7", "xzcf/41")
pages = Blueprint("alerts", __name__)
MOST = 100
TRUTHS: Mapping[str, str] = {"true": "核查属实", "untrue": "不属实", "decided": "已判明"}
EVENTS: Mapping[str, str] = {
    "received": "收到预警", "dismissed": "忽略", "undone": "撤销忽略", "confirmed": "派到现场", "checked": "到场核查",
    "file": "收存文件", "followed": "提出处置意见", "notified": "告知当事人", "party_unknown": "当事人不明，未告知",
    "statement": "登记陈述申辩", "review_technical": "技术审核", "review_legal": "法制审核", "standing": "判断证据效力",
    "listed": "挂牌督办", "deleted": "保存期满删除",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {
    "states": STATES, "advice": ADVICE, "noise": NOISE, "verdicts": VERDICTS, "follow_ups": FOLLOW_UPS, "files": KINDS,
    "events": EVENTS, "truths": TRUTHS, "lateness": LATENESS, "listings": LISTING_STATES,
}  # fmt: skip


def _wanted(default: str = "") -> AlertFilter:
    """Return the filter of the address; what makes no sense asks for nothing."""
    given = request.args
    hour, days, device = given.get("hour", ""), given.get("days", ""), given.get("device", "")
    state, advice, truth = given.get("state", default), given.get("advice", ""), given.get("truth", "")
    return AlertFilter(
        state=state if state in STATES else "", advice=advice if advice in ADVICE else "", device=_uuid(device),
        class_code=given.get("class", "")[:60], hour=hour if hour.isdecimal() and len(hour) < 3 else "",
        cell=given.get("cell", "")[:40], truth=truth if truth in TRUTHS else "",
        checked=given.get("checked", "") if given.get("checked") in LATENESS else "",
        days=int(days) if days.isdecimal() and len(days) < 5 else 0, after=unseal(given.get("after", "")),
    )  # fmt: skip


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


def _url(**changes: str) -> str:
    """Return the address of this list with some of its filters changed."""
    values = {**request.args.to_dict(), "after": "", **changes}
    return f"{request.path}?{urlencode({key: value for key, value in values.items() if value})}"


def _shared(**more: Any) -> dict[str, Any]:
    return {"words": WORDS, "classes": platform().desk.alerts.classes, "url": _url, **more}


@pages.get("/alerts")
def screen() -> ResponseReturnValue:
    """Show the watch screen: what waits for a decision, unless another state is chosen."""
    wanted = _wanted("new")
    view = platform().desk.alerts.screen(actor(), wanted)
    following = _url(after=seal(view.page.next)) if view.page.next else ""
    return render_template("alerts/screen.html", view=view, wanted=wanted, next_page=following, **_shared())


@pages.post("/alerts/dismiss")
def dismiss() -> ResponseReturnValue:
    """Dismiss one alert by its own button, or all that are ticked."""
    number, _, kind = request.form.get("one", "").partition("|")
    numbers = [number] if number else request.form.getlist("number")[:MOST]
    kind = kind or request.form.get("all", "")
    done, failed = [], []
    for one in numbers:
        try:
            platform().desk.alerts.dismiss(actor(), one, kind)
            done.append(one)
        except AppError as exc:
            failed.append(f"{one} {exc.facts.get('reason') or words_of(exc.code)[0]}")
    text = f"已忽略 {len(done)} 件（{NOISE.get(kind, kind)}）" if done else "没有忽略任何预警，请先勾选"
    flash("；".join([text, *failed]) if done or not failed else "；".join(failed))
    return redirect(_back())


@pages.post("/alerts/<number>/undo")
def undo(number: str) -> ResponseReturnValue:
    """Take a dismissal back."""
    platform().desk.alerts.undo(actor(), number)
    flash(f"{number} 已恢复。")
    return redirect(_back())


def _back() -> str:
    target = request.form.get("back", "")
    return target if target.startswith("/alerts") and "\\" not in target else url_for("alerts.screen")


@pages.post("/alerts/<number>/confirm")
def confirm(number: str) -> ResponseReturnValue:
    """Send somebody to look."""
    form = request.form
    unit, note = form.get("field_unit", "")[:60], form.get("decision_note", "")[:500]
    try:
        platform().desk.alerts.confirm(actor(), number, unit, note)
    except errors.FormInvalid as exc:
        return _show(number, mistakes_of(exc), 422)
    flash(f"{number} 已派到现场，两小时内反馈。")
    return redirect(url_for("alerts.show", number=number))


@pages.get("/alerts/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show one alert; on a phone the field officer's form comes first."""
    return _show(number)


def _show(
    number: str, mistakes: Any = (), status: int = 200, given: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    desk, who = platform().desk, actor()
    view = desk.alerts.view(who, number)
    task = desk.tasks.view(who, view.site_task, given) if view.site_task else None
    fields = desk.alerts.confirm_fields(who, number) if view.may_decide else ()
    page = render_template("alerts/show.html", view=view, task=task, confirm=fields, errors=mistakes, **_shared())
    return page, status


@pages.post("/alerts/<number>/site")
def site(number: str) -> ResponseReturnValue:
    """Keep the photographs and the result of the check on site, together."""
    desk, who = platform().desk, actor()
    view = desk.alerts.view(who, number)
    if view.site_task is None:
        raise errors.AlertDecided(reason="此预警没有等待您到场核查的任务")
    task = desk.tasks.view(who, view.site_task)
    given = answers_of(task.fields, request.form)
    try:
        desk.tasks.check(who, view.site_task, given)
        for file in request.files.getlist("photos"):
            if file.filename:
                desk.alerts.attach(who, number, file.read(), file.filename.rpartition("/")[2])
        desk.tasks.complete(who, view.site_task, given, version=task.version)
    except errors.FormInvalid as exc:
        return _show(number, mistakes_of(exc), 422, given)
    except errors.EvidenceRefused as exc:
        return _show(number, [{"field": "photos", "message": str(exc.facts["reason"])}], 422, given)
    flash("核查结果已登记。")
    return redirect(url_for("alerts.show", number=number))


@pages.post("/alerts/<number>/files")
def attach(number: str) -> ResponseReturnValue:
    """Keep the chosen files."""
    platform().desk.alerts.view(actor(), number)
    kept = 0
    try:
        for file in request.files.getlist("files"):
            if file.filename:
                platform().desk.alerts.attach(actor(), number, file.read(), file.filename.rpartition("/")[2])
                kept += 1
        flash(f"已保存 {kept} 份文件。")
    except errors.EvidenceRefused as exc:
        flash(f"已保存 {kept} 份；{exc.facts['reason']}")
    return redirect(url_for("alerts.show", number=number))


@pages.get("/alerts/<number>/files/<sha256>")
def file(number: str, sha256: str) -> Response:
    """Return a file; it is always a download and never more than its bytes say."""
    found = platform().desk.alerts.file(actor(), number, sha256)
    response = as_file(found.name, found.content, found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@pages.route("/alerts/<number>/statement", methods=("GET", "POST"))
def statement(number: str) -> ResponseReturnValue:
    """Take down what the party says."""
    platform().desk.alerts.view(actor(), number)
    fields, back = platform().desk.alerts.statement_fields, (url_for("alerts.show", number=number), number)
    if request.method == "GET":
        return asked(fields, "登记陈述申辩", back)

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.alerts.state(actor(), number, given)
        return back[0]

    return sent(fields, "登记陈述申辩", back, send)


@pages.get("/alerts/list")
def listed() -> ResponseReturnValue:
    """Show the alerts behind a number."""
    wanted = _wanted()
    page = platform().desk.alerts.page(actor(), wanted)
    following = _url(after=seal(page.next)) if page.next else ""
    return render_template("alerts/list.html", page=page, wanted=wanted, next_page=following, **_shared())


@pages.get("/alerts/statistics")
def statistics() -> ResponseReturnValue:
    """Show the numbers of a period by class, hour, device and place."""
    days = request.args.get("days", "30")
    period = int(days) if days.isdecimal() and days in {str(one) for one in PERIODS} else 30
    found = platform().desk.alerts.statistics(actor(), period)
    return render_template("alerts/statistics.html", found=found, periods=PERIODS, least=LEAST, **_shared())


@pages.get("/alerts/listings")
def listings() -> ResponseReturnValue:
    """Show the places under listed supervision."""
    rows = platform().desk.alerts.listings(actor())
    names = {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}
    return render_template("alerts/listings.html", rows=rows, names=names, **_shared())


@pages.get("/alerts/deletions")
def deletions() -> ResponseReturnValue:
    """Show which records were deleted when, and by which rule."""
    return render_template("alerts/deletions.html", rows=platform().desk.alerts.deletions(actor()), **_shared())
