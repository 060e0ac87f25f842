"""Moves tokens by hand, and tells where they rest."""

from engine.errors import ModificationInvalid, TaskNotOpen
from engine.spiff.cases import CaseWorkflow
from engine.spiff.events import EventGatewaySpec
from engine.spiff.tokens import Token

_NEVER = frozenset({"boundaryEvent", "startEvent"})
_JOINS = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})


def move(case: CaseWorkflow, number: int, element: str) -> None:
    """End what waits under a token and begin at another element of the same scope.

    Raises:
        TaskNotOpen: there is no such token.
        ModificationInvalid: it is one item of a repetition, or nothing can begin at the element.
    """
    token = _movable(case, number)
    spec = token.workflow.spec.task_specs.get(element)
    if spec is None or spec.node.type in _NEVER or (spec.node.type in _JOINS and len(spec.node.incoming) > 1):
        raise ModificationInvalid(token=number, element=element, reason="nothing can begin at this element")
    workflow = token.workflow
    token.cancel()
    following = workflow.place(element)
    following.step("entered", moved_from=token.task_spec.bpmn_id)
    following.task_spec._update(following)


def _movable(case: CaseWorkflow, number: int) -> Token:
    token: Token | None = case.tokens.get(number)
    if token is None or token.is_passive:
        raise TaskNotOpen(token=number)
    host = token.host
    if host is not None and isinstance(host.task_spec, EventGatewaySpec):
        return host
    if host is not None:
        raise ModificationInvalid(token=number, reason="it belongs to another activity; move that one")
    return token


def places(case: CaseWorkflow) -> dict[str, list[str]]:
    """Return where tokens rest, for each process: ``at:element``, or ``flow:id`` at a gateway that joins."""
    found: dict[str, list[str]] = {}
    for token in case.tokens.values():
        if token.is_passive or (token.host is not None and token.task_spec.node.attached_to is not None):
            continue
        if token.host is not None:
            continue
        is_joining = token.task_spec.node.type in _JOINS and token.internal_data.get("via")
        place = f"flow:{token.internal_data['via']}" if is_joining else f"at:{token.task_spec.bpmn_id}"
        found.setdefault(token.task_spec._wf_spec.process_key, []).append(place)
    return found
