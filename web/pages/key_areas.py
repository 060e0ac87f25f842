"""Key areas: the library, what a cycle covers with the list behind each number, campaigns, signals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import Fields, asked, sent
from web.platform import platform
from workflows.inspections.shapes import RESULTS
from workflows.key_areas.campaigns import KINDS, PROPOSERS
from workflows.key_areas.campaigns import STATES as CAMPAIGN_STATES
from workflows.key_areas.coverage import LISTS
from workflows.key_areas.entries import STATES, TRIGGERS
from workflows.key_areas.signals import KINDS as SIGNALS
from workflows.libraries.access import KEEPERS, may_keep
from workflows.libraries.ratings import RISKS
from workflows.policy import require

CLAUSES = ("zz2020/2.4",)
pages = Blueprint("key_areas", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "states": STATES, "triggers": TRIGGERS, "results": RESULTS, "kinds": KINDS, "campaigns": CAMPAIGN_STATES,
    "signals": SIGNALS, "lists": LISTS, "risks": RISKS,
}  # fmt: skip


@pages.get("/key-areas")
def overview() -> ResponseReturnValue:
    """Show the coverage of a cycle by unit, and the list behind the number that was chosen."""
    given = request.args
    which = given.get("list", "open")
    which = which if which in LISTS else "open"
    view = platform().desk.key_areas.coverage(actor(), given.get("cycle", ""), which, given.get("unit", ""))
    return render_template(
        "key_areas/overview.html", view=view, which=which, unit=given.get("unit", ""), words=WORDS,
        may_propose=actor().has(*PROPOSERS),
    )  # fmt: skip


@pages.get("/key-areas/library")
def library() -> ResponseReturnValue:
    """Show who stands in the key library, and who is waiting."""
    state = request.args.get("state", "")
    rows = platform().desk.key_areas.entries(actor(), state if state in STATES else "")
    return render_template("key_areas/library.html", rows=rows, state=state, words=WORDS, names=_names())


@pages.get("/key-areas/library/<number>")
def entry(number: str) -> ResponseReturnValue:
    """Show one case of the key library."""
    row, checks, about = platform().desk.key_areas.entry(actor(), number)
    return render_template(
        "key_areas/entry.html", row=row, checks=checks, about=about, words=WORDS, names=_names(),
        may_delist=row["state"] == "standing" and may_keep(actor(), row["unit"], KEEPERS),
    )  # fmt: skip


@pages.get("/key-areas/library/<number>/delist")
def ask_delisting(number: str) -> ResponseReturnValue:
    """Show the form by which an object leaves the key library."""
    require(actor(), *KEEPERS)
    platform().desk.key_areas.entry(actor(), number)
    return asked(_fields("request_delisting"), "申请销号", _case(number))


@pages.post("/key-areas/library/<number>/delist")
def delist(number: str) -> ResponseReturnValue:
    """Ask that an object leaves the key library."""

    def send(given: Mapping[str, Any]) -> str:
        platform().desk.key_areas.request_delisting(actor(), number, given)
        return url_for("key_areas.entry", number=number)

    return sent(_fields("request_delisting"), "申请销号", _case(number), send, "已提交。")


@pages.get("/key-areas/objects/<uuid:object_id>/<any(propose,signal):act>")
def ask(object_id: UUID, act: str) -> ResponseReturnValue:
    """Show the form by which an object is proposed, or a signal about it is noted."""
    require(actor(), *KEEPERS)
    return asked(_fields("start" if act == "propose" else "signal"), _title(act), _object(object_id))


@pages.post("/key-areas/objects/<uuid:object_id>/propose")
def propose(object_id: UUID) -> ResponseReturnValue:
    """Propose an object for the key library."""

    def send(given: Mapping[str, Any]) -> str:
        number = platform().desk.key_areas.propose(actor(), object_id, given)
        return url_for("key_areas.entry", number=number)

    return sent(_fields("start"), _title("propose"), _object(object_id), send, "已送审批。")


@pages.post("/key-areas/objects/<uuid:object_id>/signal")
def note_signal(object_id: UUID) -> ResponseReturnValue:
    """Note a signal about an object."""

    def send(given: Mapping[str, Any]) -> str:
        done = platform().desk.key_areas.note_signal(actor(), object_id, given)
        if done.review:
            flash(f"达到列入规则，已交责任单位核实：{done.review}")
        return url_for("libraries.show", object_id=object_id)

    return sent(_fields("signal"), _title("signal"), _object(object_id), send)


@pages.get("/key-areas/campaigns")
def campaigns() -> ResponseReturnValue:
    """Show the campaigns and how far they are."""
    rows = platform().desk.key_areas.campaigns(actor())
    return render_template(
        "key_areas/campaigns.html", rows=rows, words=WORDS, names=_names(), may_propose=actor().has(*PROPOSERS)
    )


@pages.get("/key-areas/campaigns/new")
def new_campaign() -> ResponseReturnValue:
    """Show the form of a campaign."""
    require(actor(), *PROPOSERS)
    return asked(_fields("campaign"), "提出专项检查", _campaigns())


@pages.post("/key-areas/campaigns/new")
def propose_campaign() -> ResponseReturnValue:
    """Propose a campaign."""
    require(actor(), *PROPOSERS)

    def send(given: Mapping[str, Any]) -> str:
        number = platform().desk.key_areas.propose_campaign(actor(), given)
        return url_for("key_areas.campaign", number=number)

    return sent(_fields("campaign"), "提出专项检查", _campaigns(), send, "已送局领导审批。")


@pages.get("/key-areas/campaigns/<number>")
def campaign(number: str) -> ResponseReturnValue:
    """Show a campaign with its list."""
    row, lines, names = platform().desk.key_areas.campaign(actor(), number)
    return render_template("key_areas/campaign.html", row=row, lines=lines, names=names, words=WORDS)


@pages.get("/key-areas/signals")
def signals() -> ResponseReturnValue:
    """Show the newest signals."""
    rows = platform().desk.key_areas.signals(actor())
    return render_template("key_areas/signals.html", rows=rows, words=WORDS)


def _fields(form: str) -> Fields:
    return lambda given: platform().desk.key_areas.fields(actor(), form, given)


def _names() -> dict[str, str]:
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


def _title(act: str) -> str:
    return "提出列入重点监管" if act == "propose" else "登记风险信号"


def _case(number: str) -> tuple[str, str]:
    return url_for("key_areas.entry", number=number), number


def _object(object_id: UUID) -> tuple[str, str]:
    row = platform().desk.libraries.view(actor(), object_id).row
    return url_for("libraries.show", object_id=object_id), str(row["name"])


def _campaigns() -> tuple[str, str]:
    return url_for("key_areas.campaigns"), "专项检查"
