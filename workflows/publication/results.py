"""Results of random inspections and their plans, as the outlets and the public page have them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from workflows.directory import find_unit
from workflows.publication.outlets import Notice, publish, text_of
from workflows.publication.pages import Shown, show
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of


def publish_results(  # noqa: PLR0913 - a publication has these parts
    uow: UnitOfWork, rulebook: Rulebook, *, about: UUID, data: Mapping[str, Any], unit: str, due_at: datetime, by: str
) -> None:  # fmt: skip
    """Publish what a random inspection found, object by object."""
    publish(uow, rulebook, Notice(
        kind="random_result", about=about, title=data["title"], data=data, text=text_of("random_result", data),
        unit=unit, number=data["task"],
        due_at=due_at, by=by, business_key=data["task"],
    ))  # fmt: skip
    organ = find_unit(uow, unit).name
    show(uow, "check", about, [
        Shown(
            party=one["name"], number=one["number"] or data["task"], title=data["title"], organ=organ,
            happened_on=date.fromisoformat(one["inspected_on"]),
            facts=[("检查结果", one["result"]), ("抽查任务", data["task"]), ("统一社会信用代码", one["code"])],
        )
        for one in data["results"]
    ])  # fmt: skip


def publish_plan(  # noqa: PLR0913 - a publication has these parts
    uow: UnitOfWork, rulebook: Rulebook, *, about: UUID, data: Mapping[str, Any], unit: str, number: str, by: str
) -> None:  # fmt: skip
    """Publish the plan of a year."""
    text = text_of("random_plan", data)
    publish(uow, rulebook, Notice(
        kind="random_plan", about=about, title=data["title"], data=data, text=text,
        unit=unit, number=number, due_at=rulebook.reckon("plan_publish", uow.now).due_at, by=by, business_key=number,
    ))  # fmt: skip
    show(uow, "plan", about, [Shown(
        party="", number=number, title=data["title"], organ=find_unit(uow, unit).name,
        happened_on=local_day_of(uow.now), facts=[("抽查事项", text)],
    )])  # fmt: skip
