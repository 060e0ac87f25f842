"""The control flow of a diagram without its data: its nodes, flows and scopes, ready to be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.soundness.aside import events_aside
from engine.spiff.diagram import Flow, FlowScope, Node, Process


@dataclass(frozen=True, slots=True)
class Net:
    """A process ready to be explored; made by ``net_of``."""

    process: Process
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    around: Mapping[str, str | None]
    inner: Mapping[str | None, FlowScope]
    boundaries: Mapping[str, tuple[Node, ...]]
    reach: Mapping[str, Mapping[str, frozenset[str]]]
    aside: frozenset[str] = frozenset()
    place_scope: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def scopes_of(self, element: str) -> tuple[str, ...]:
        """Return the activities around an element, the nearest first."""
        found, host = [], self.around[element]
        while host is not None:
            found.append(host)
            host = self.around[host]
        return tuple(found)

    def scopes_at(self, place: str) -> tuple[str, ...]:
        """Return the activities around a place."""
        known = self.place_scope.get(place)
        if known is None:
            kind, _, name = place.partition(":")
            known = self.scopes_of(self.flows[name].target if kind == "flow" else name)
            self.place_scope[place] = known
        return known


def net_of(process: Process) -> Net:
    """Return the control flow of a process."""
    nodes: dict[str, Node] = {}
    flows: dict[str, Flow] = {}
    around: dict[str, str | None] = {}
    inner: dict[str | None, FlowScope] = {}
    boundaries: dict[str, tuple[Node, ...]] = {}
    reach: dict[str, Mapping[str, frozenset[str]]] = {}
    waiting: list[tuple[str | None, FlowScope]] = [(None, process.scope)]
    while waiting:
        host, scope = waiting.pop()
        inner[host] = scope
        flows |= {flow.id: flow for flow in scope.flows}
        for node in scope.nodes.values():
            nodes[node.id], around[node.id] = node, host
            boundaries[node.id] = tuple(scope.boundaries(node.id))
            if node.scope is not None and node.ad_hoc is None:
                waiting.append((node.id, node.scope))
            if node.type == "inclusiveGateway":
                reach[node.id] = _reach(scope, node)
    aside = events_aside(inner.values())
    return Net(process, nodes, flows, around, inner, boundaries, reach, aside)


def _reach(scope: FlowScope, gateway: Node) -> dict[str, frozenset[str]]:
    before: dict[str, set[str]] = {name: set() for name in scope.nodes}
    for flow in scope.flows:
        if flow.target in before:
            before[flow.target].add(flow.source)
    for node in scope.nodes.values():
        if node.attached_to is not None:
            before[node.id].add(node.attached_to)
    found = {}
    for flow in gateway.incoming:
        seen: set[str] = set()
        waiting = [flow.source]
        while waiting:
            name = waiting.pop()
            if name not in seen and name != gateway.id:
                seen.add(name)
                waiting.extend(before.get(name, ()))
        found[flow.id] = frozenset(seen)
    return found
