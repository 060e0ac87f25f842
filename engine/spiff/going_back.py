"""Lets a case go back: to which activities of the scopes around a task, and what is cancelled by it.

A place may be gone back to when it lies before the task, when what stays open can be open beside it, and when the
scope can still end from there. What cannot stay is work of branches that began after that place.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine import errors
from engine.soundness import can_complete, tasks_before, together
from engine.soundness.markings import NotDecided
from engine.spiff.cases import CaseWorkflow
from engine.spiff.diagram import FlowScope, Process
from engine.spiff.specs import ProcessSpec
from engine.spiff.straight import LEADS_TO, give
from engine.spiff.tokens import Token

CASE = 0
"""Stands for the scope of the case itself where others are named by the token of the activity they lie in."""

_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})


@dataclass(frozen=True, slots=True)
class WayBack:
    """One activity to which a case may go back.

    ``within`` is the token of the activity around it (``CASE`` for none), ``source`` the element that is left there,
    ``cancels`` the tokens of user tasks that end with it beside the task itself, ``redone`` the elements between.
    ``is_direct`` tells that the task itself lies in that scope and nothing else is cancelled, so that the case may
    come straight back to it.
    """

    element: str
    name: str
    within: int
    source: str
    cancels: tuple[int, ...]
    redone: frozenset[str]
    is_direct: bool


def ways_back(case: CaseWorkflow, number: int, passed: Mapping[int, Collection[str]]) -> tuple[WayBack, ...]:
    """Return where the case of a user task may go back to, the nearest scope first.

    ``passed`` names the elements that were completed, by the scope they lie in.

    Raises:
        TaskNotOpen: no user task waits under this token.
    """
    task = _task(case, number)
    return tuple(way for source in _sources(task) for way in _ways(task, source, passed))


def go_back(case: CaseWorkflow, number: int, way: WayBack, assignee: str | None, straight_to: str | None) -> None:
    """End the task and what cannot stay, and begin at the chosen activity.

    Its task goes to *assignee*. With *straight_to* the case comes back to the task, and to that person, from there.
    """
    task = _task(case, number)
    source = next(one for one in _sources(task) if _within(one) == way.within)
    workflow, older = source.workflow, task.internal_data.get(LEADS_TO)
    for token in [source, *_conflicting(source, way.element)]:
        token.cancel()
    following: Token = workflow.place(way.element)
    following.step("entered", back_from=task.task_spec.bpmn_id)
    following.task_spec._update(following)
    give(following, assignee)
    if straight_to is not None:
        following.internal_data[LEADS_TO] = [task.task_spec.bpmn_id, straight_to, older]


def _task(case: CaseWorkflow, number: int) -> Token:
    token: Token | None = case.tokens.get(number)
    if token is None or token.task_spec.waits != "user":
        raise errors.TaskNotOpen(token=number)
    return token


def _sources(task: Token) -> Iterator[Token]:
    """Yield the activity that is left in each scope from the task's own outward, as far as flows lead there."""
    token = task
    while True:
        token = token.host if token.host is not None and token.task_spec.node is token.host.task_spec.node else token
        if token.host is not None:
            return  # an activity that undoes another one, or one of an event subprocess
        yield token
        if token.workflow is token.top or token.workflow.host.task_spec.node.is_event_subprocess:
            return
        token = token.workflow.host


def _within(token: Token) -> int:
    return CASE if token.workflow is token.top else int(token.workflow.host.id)


def _ways(task: Token, source: Token, passed: Mapping[int, Collection[str]]) -> Iterator[WayBack]:
    scope = scope_of(source.workflow.spec)
    process = Process(scope.id, "", "", scope)
    done = passed.get(_within(source), ())
    name = source.task_spec.bpmn_id
    if source.workflow.spec.none_start is None:
        return  # an ad-hoc subprocess has no order
    for element in activities_before(scope, name):
        if element not in done:
            continue
        try:
            ended = _conflicting(source, element)
        except NotDecided:
            return
        stays = [one for one in _others(source) if one not in ended]
        places = [_place(one) for one in stays]
        if f"at:{element}" in places or can_complete(process, [*places, f"at:{element}"]) is not True:
            continue
        cancels = tuple(sorted(number for one in [source, *ended] for number in _user_tasks(one) if number != task.id))
        yield WayBack(
            element, scope.nodes[element].name, _within(source), name, cancels, redone(scope, element),
            source is task and not ended and not cancels,
        )  # fmt: skip


def activities_before(scope: FlowScope, element: str) -> list[str]:
    """Return the activities of people before an element: user tasks, and whole subprocesses and called processes."""
    process = Process(scope.id, "", "", scope)
    return tasks_before(process, element, ("userTask", "subProcess", "transaction", "callActivity"))


def redone(scope: FlowScope, element: str) -> frozenset[str]:
    """Return the elements that are done again after going back to one: it, and what cannot be open beside it."""
    beside = {other[3:] for one, other in together(scope) if one == f"at:{element}" and other.startswith("at:")}
    return frozenset(scope.nodes.keys() - beside)


def _others(source: Token) -> list[Token]:
    return [one for one in source.workflow.active() if one.host is None and one is not source]


def _conflicting(source: Token, element: str) -> list[Token]:
    """Return the tokens of a scope that cannot be there when another activity of it begins again."""
    pairs = together(scope_of(source.workflow.spec))
    return [one for one in _others(source) if (f"at:{element}", _place(one)) not in pairs]


def _place(token: Token) -> str:
    is_joining = token.task_spec.node.type in _JOINS and token.internal_data.get("via")
    return f"flow:{token.internal_data['via']}" if is_joining else f"at:{token.task_spec.bpmn_id}"


def _user_tasks(token: Token) -> Iterator[int]:
    """Yield the tokens of the user tasks that end with an activity."""
    if token.task_spec.waits == "user":
        yield token.id
    for one in token.attached():
        yield from _user_tasks(one)
    inner = token.top.subprocesses.get(token.id)
    for one in list(inner.tasks.values()) if inner is not None else ():
        yield from _user_tasks(one)


def scope_of(spec: ProcessSpec) -> FlowScope:
    """Return the flow scope that a specification was built from."""
    made = [one for name, one in spec.task_specs.items() if hasattr(one, "node") and name not in spec.event_starts]
    nodes = {one.node.id: one.node for one in made}
    flows = tuple(flow for node in nodes.values() for flow in node.outgoing)
    return FlowScope(spec.name, nodes, flows)
