"""Steps of cases that go back, for several modules."""

from datetime import timedelta
from typing import Any

from engine.commands.return_task import ListReturnTargets, ReturnTarget
from engine.queries.instances import DescribeInstance
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user

DAY = timedelta(days=1)


LINE = diagram(
    "line",
    start() + user("draft") + user("check") + timer("late", "check", '"P2D"') + user("urge") + user("sign") + end()
    + end("e2") + chain("start", "draft", "check", "sign", "end") + chain("late", "urge", "e2"),
)  # fmt: skip


FORKED = diagram(
    "forked",
    start() + user("ask") + '<parallelGateway id="f"/><parallelGateway id="j"/>' + user("a1") + user("a2") + user("b1")
    + user("b2") + user("after") + end() + chain("start", "ask", "f", "a1", "a2", "j", "after", "end")
    + chain("f", "b1", "b2", "j"),
)  # fmt: skip


def elements(rig: EngineRig) -> list[str]:
    return sorted(task.element_id for task in rig.open_tasks())


def the(rig: EngineRig, element: str) -> Any:
    return next(task.id for task in rig.open_tasks() if task.element_id == element)


def targets(rig: EngineRig, element: str) -> list[str]:
    return [one.element_id for one in rig.engine.ask(ListReturnTargets(the(rig, element)))]


def target(rig: EngineRig, element: str, to: str) -> ReturnTarget:
    found: tuple[ReturnTarget, ...] = rig.engine.ask(ListReturnTargets(the(rig, element)))
    return next(one for one in found if one.element_id == to)


def started(rig: EngineRig, file: Any, *done: str, **variables: object) -> Any:
    rig.deploy(file)
    case = rig.start(file.name.removesuffix(".bpmn"), **variables)
    for element in done:
        rig.complete(element)
    return case.instance_id


def finish(rig: EngineRig, case: Any) -> None:
    for _ in range(30):
        tasks = rig.open_tasks(case)
        if not tasks:
            break
        rig.complete(tasks[0].element_id)
    assert rig.engine.ask(DescribeInstance(case)).status == "completed"
