"""Monitoring devices: the register with lamps, certificates, publication, keys; zones and parameters."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.people import people_of
from web.platform import platform
from workflows import errors
from workflows.alerts.devices import KEEPERS, REVIEWS, STATES
from workflows.alerts.keys import IssuedKey
from workflows.alerts.statistics import LEAST
from workflows.policy import require

CLAUSES = ("zz2020/2.7", "xzcf/41")
pages = Blueprint("devices", __name__)
TITLES: Mapping[str, str] = {"device_review": "登记审核证书", "publication": "登记公布和标志"}


def _fields(form: str) -> Fields:
    return lambda given: platform().desk.devices.fields(actor(), form, given)


def _names() -> dict[str, str]:
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


@pages.get("/alerts/devices")
def overview() -> ResponseReturnValue:
    """Show the devices and whether what they record may be evidence today."""
    desk = platform().desk.devices
    return render_template(
        "alerts/devices.html", rows=desk.devices(actor()), states=STATES, reviews=REVIEWS, names=_names(),
        kinds=desk.words.device_kinds, may_keep=actor().has(*KEEPERS),
    )  # fmt: skip


@pages.route("/alerts/devices/new", methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Register a device."""
    require(actor(), *KEEPERS)
    back = (url_for("devices.overview"), "监控设备")

    def send(given: Mapping[str, Any]) -> str:
        return url_for("devices.show", device_id=platform().desk.devices.register(actor(), given))

    return _page("device", "登记设备", back, send)


@pages.get("/alerts/devices/<uuid:device_id>")
def show(device_id: UUID) -> ResponseReturnValue:
    """Show a device."""
    return _show(device_id)


def _show(device_id: UUID, issued: IssuedKey | None = None) -> str:
    desk = platform().desk.devices
    view = desk.device(actor(), device_id)
    return render_template(
        "alerts/device.html", view=view, issued=issued, states=STATES, reviews=REVIEWS, least=LEAST,
        kinds=desk.words.device_kinds, webhook=url_for("api-alert-reports.take_report", _external=True),
        division=platform().rulebook.city.division,
    )  # fmt: skip


@pages.route("/alerts/devices/<uuid:device_id>/<any(device_review,publication):form>", methods=("GET", "POST"))
def enter(device_id: UUID, form: str) -> ResponseReturnValue:
    """Enter a certificate, or since when the place is public."""
    desk, who = platform().desk.devices, actor()
    require(who, *KEEPERS)
    back = (url_for("devices.show", device_id=device_id), desk.device(who, device_id).row["name"])
    command: Callable[[Mapping[str, Any]], object] = (
        (lambda given: desk.review(who, device_id, given))
        if form == "device_review"
        else (lambda given: desk.publish(who, device_id, given))
    )

    def send(given: Mapping[str, Any]) -> str:
        command(given)
        return back[0]

    return _page(form, TITLES[form], back, send)


@pages.post("/alerts/devices/<uuid:device_id>/act")
def act(device_id: UUID) -> ResponseReturnValue:
    """Change the state, void a certificate, issue or revoke a key."""
    desk, who, form = platform().desk.devices, actor(), request.form
    what, value = form.get("act", ""), form.get("value", "")
    if what in ("key", "vendor_key"):
        return _show(device_id, desk.issue_key(who, device_id, for_vendor=what == "vendor_key"))
    if what == "revoke_key":
        desk.revoke_key(who, device_id, value)
    elif what == "revoke_review":
        desk.revoke_review(who, device_id, _id(value))
    else:
        desk.set_state(who, device_id, value)
    flash("已登记。")
    return redirect(url_for("devices.show", device_id=device_id))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise errors.DeviceNotFound(review=text[:60]) from exc


@pages.get("/alerts/tuning")
def tuning() -> ResponseReturnValue:
    """Show what was learnt from history, and the numbers behind the advice."""
    desk = platform().desk
    found = desk.devices.tuning(actor())
    return render_template(
        "alerts/tuning.html", found=found, words=desk.devices.words, classes=desk.alerts.classes,
        people=people_of(found.changes, "changed_by"),
    )  # fmt: skip


@pages.route("/alerts/tuning/<name>", methods=("GET", "POST"))
def tune(name: str) -> ResponseReturnValue:
    """Change a number."""
    known = platform().desk.devices.words.parameters.get(name)
    title = f"修改参数：{known.title}" if known else "修改参数"

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.devices.tune(actor(), name, given)
        return url_for("devices.tuning")

    return _page("parameter", title, (url_for("devices.tuning"), "热区与参数"), send)


def _page(
    form: str, title: str, back: tuple[str, str], send: Callable[[Mapping[str, Any]], str]
) -> ResponseReturnValue:
    if request.method == "GET":
        return asked(_fields(form), title, back)
    return sent(_fields(form), title, back, send)
