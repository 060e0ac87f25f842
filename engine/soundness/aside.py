"""Branches beside the main flow: what a non-interrupting event starts and nothing else ever joins.

However often such a branch is started, it neither helps nor hinders the rest. It is explored once, by itself, so that
reminders and escalations do not multiply the markings of the main flow.
"""

from collections.abc import Iterable, Mapping

from engine.spiff.diagram import FlowScope, Node

_THROWN_OUTWARD = frozenset({"error", "escalation", "terminate", "cancel"})


def events_aside(scopes: Iterable[FlowScope]) -> frozenset[str]:
    """Return the non-interrupting events whose branches can be explored by themselves."""
    return frozenset(event for scope in scopes for event in _of_scope(scope))


def _of_scope(scope: FlowScope) -> Iterable[str]:
    main = _reached(scope, [node.id for node in scope.nodes.values() if _begins_main(node)])
    for node in scope.nodes.values():
        if _is_repeatable(node):
            branch = _reached(scope, [flow.target for flow in node.outgoing])
            if not branch & main and not _throws_outward(scope, branch):
                yield node.id
    for inner in scope.event_subprocesses():
        start = inner.scope.of_type("startEvent")[0] if inner.scope is not None else None
        if start is not None and not start.is_interrupting and not _throws(inner):
            yield start.id


def _begins_main(node: Node) -> bool:
    return node.attached_to is None and not node.incoming and not node.is_handler


def _is_repeatable(node: Node) -> bool:
    return node.attached_to is not None and not node.is_interrupting


def _reached(scope: FlowScope, begin: Iterable[str]) -> set[str]:
    attached: Mapping[str, list[str]] = {
        node.id: [event.id for event in scope.boundaries(node.id) if event.is_interrupting]
        for node in scope.nodes.values()
    }
    seen: set[str] = set()
    waiting = list(begin)
    while waiting:
        name = waiting.pop()
        if name not in seen and name in scope.nodes:
            seen.add(name)
            waiting.extend(flow.target for flow in scope.nodes[name].outgoing)
            waiting.extend(attached[name])
    return seen


def _throws_outward(scope: FlowScope, branch: Iterable[str]) -> bool:
    return any(_throws(scope.nodes[name]) for name in branch)


def _throws(node: Node) -> bool:
    if node.type in {"endEvent", "intermediateThrowEvent"}:
        return any(trigger.kind in _THROWN_OUTWARD for trigger in node.triggers)
    return node.scope is not None and any(_throws(inner) for inner in node.scope.nodes.values())
