"""Temporary permits that expire, and the patrols of urban management."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import FormPage
from web.platform import platform
from workflows.construction import patrols, projects, temporary

CLAUSES = ("zz2020/1.1/patrol", "sdcx/51", "tdss/20", "cxgh/44")
pages = Blueprint("patrols", __name__)


@pages.get("/temporary-permits")
def watch_list() -> ResponseReturnValue:
    """Show temporary permits, the soonest to expire first."""
    show = "closed" if request.args.get("show") == "closed" else "open"
    return render_template(
        "construction/watch_list.html", lines=platform().desk.sites.watch_list(actor(), show), show=show,
        kinds=temporary.KINDS, states=temporary.STATES, units=platform().desk.construction.unit_names(),
        may_extend=actor().has(*projects.CHECKERS),
    )  # fmt: skip


def _form(process: str, form: str, action: str, title: str, back: tuple[str, str]) -> FormPage:
    desk = platform().desk.sites
    return FormPage(action, title, back[0], back[1], lambda given: desk.fields(process, form, given))


def _extension_page(permit_id: UUID) -> FormPage:
    action, back = url_for(".extend", permit_id=permit_id), (url_for(".watch_list"), "临时许可到期清单")
    return _form("expiry_watch", "extension", action, "登记延期", back)


@pages.get("/temporary-permits/<uuid:permit_id>/extend")
def ask_extension(permit_id: UUID) -> ResponseReturnValue:
    """Show the form of an extension."""
    return _extension_page(permit_id).show()


@pages.post("/temporary-permits/<uuid:permit_id>/extend")
def extend(permit_id: UUID) -> ResponseReturnValue:
    """Register an extension."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.sites.extend(actor(), permit_id, answers)
        return url_for(".watch_list")

    return _extension_page(permit_id).submit(send)


@pages.get("/patrols")
def plan() -> ResponseReturnValue:
    """Show the patrol plan, the last visits, and what nobody patrols."""
    return render_template(
        "construction/patrols.html", view=platform().desk.sites.plan(actor()), levels=patrols.LEVELS,
        results=patrols.RESULTS, kinds=patrols.KINDS, is_head=actor().has("squad_head"),
    )  # fmt: skip


def _spot_page(subject_id: UUID) -> FormPage:
    action = url_for(".spot_check", subject_id=subject_id)
    return _form("urban_patrol", "spot_check", action, "发起不定期检查", (url_for(".plan"), "城管巡查"))


@pages.get("/patrols/<uuid:subject_id>/spot-check")
def ask_spot_check(subject_id: UUID) -> ResponseReturnValue:
    """Show the form of a spot check."""
    return _spot_page(subject_id).show()


@pages.post("/patrols/<uuid:subject_id>/spot-check")
def spot_check(subject_id: UUID) -> ResponseReturnValue:
    """Order a spot check."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.sites.spot_check(actor(), subject_id, answers)
        return url_for(".plan")

    return _spot_page(subject_id).submit(send)


def _priority_page(subject_id: UUID) -> FormPage:
    action = url_for(".rank", subject_id=subject_id)
    return _form("urban_patrol", "priority", action, "调整优先级", (url_for(".plan"), "城管巡查"))


@pages.get("/patrols/<uuid:subject_id>/priority")
def ask_priority(subject_id: UUID) -> ResponseReturnValue:
    """Show the form of a priority."""
    return _priority_page(subject_id).show()


@pages.post("/patrols/<uuid:subject_id>/priority")
def rank(subject_id: UUID) -> ResponseReturnValue:
    """Keep how often a permit is patrolled."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.sites.rank(actor(), subject_id, answers)
        return url_for(".plan")

    return _priority_page(subject_id).submit(send)
