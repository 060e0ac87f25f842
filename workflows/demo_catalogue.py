"""Changes of the demo city's catalogue: some published, one waiting for its claim, one for its ruling."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.queries.tasks import ListOpenTasks
from workflows import catalog
from workflows.bootstrap import Application
from workflows.catalogue.proposals import Proposal, ProposeChange, Rules
from workflows.demo_city import DemoCity
from workflows.desk.asking import Ask
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.uow import local_day_of

_MANY = 100_000
_ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "claim_item": {"claim_answer": "claim"}, "review_change": {"review": "pass"},
    "approve_change": {"approval": "approve"},
}  # fmt: skip


def play_catalogue(app: Application, place: DemoCity, ago: int) -> None:
    """Propose the changes of the day that is so long ago, and let those named agree to them."""
    for one in place.catalogue:
        if one["days_ago"] != ago:
            continue
        number = _propose(app, one)
        for step, login in one.get("agreed", {}).items():
            open_tasks = app.engine.ask(ListOpenTasks(limit=_MANY))
            task = next(task for task in open_tasks if (task.business_key, task.element_id) == (number, step))
            app.desk.tasks.complete(_person(app, login), task.id, _ANSWERS[step])


def _propose(app: Application, one: Mapping[str, Any]) -> str:
    day = local_day_of(app.engine.clock.now()) + timedelta(days=int(one.get("in_days", 1)))
    wanted = Proposal(
        str(one["kind"]), str(one["item"]), one.get("contents", {}), day, str(one["reason"]),
        suggested_unit=one.get("suggested_unit"),
    )  # fmt: skip
    rules = Rules(app.rulebook, app.clauses, catalog.TITLES)
    return app.engine.execute(ProposeChange(_person(app, str(one["by"])), wanted, rules))


def _person(app: Application, login: str) -> Actor:
    found = app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
    if found is None:
        raise ValueError(f"the demo has no {login}")
    return found
