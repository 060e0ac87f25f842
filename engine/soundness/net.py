"""The control flow of a diagram without its data: where tokens may be, and where each may go next.

A marking says how many tokens wait at each place. Places are sequence flows (``flow:id``), activities that are being
done (``at:id``) and boundary events or event subprocesses that have fired already and are not tried again
(``fired:id``). Decisions are free: every outgoing flow of a gateway may be taken. Repetitions count as one; a called
process counts as one step, for it is checked by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from engine.soundness.aside import events_aside
from engine.spiff.diagram import Flow, FlowScope, Node, Process, Trigger

Marking = frozenset[tuple[str, int]]
Counts = dict[str, int]

FAILED: Marking = frozenset({("failed", 1)})
"""The end of a case by an error that nothing catches: a defined end."""

_MOST_BRANCHES = 5
_THROWERS = frozenset({"endEvent", "intermediateThrowEvent"})
_WIPING = frozenset({"terminate", "error", "escalation", "cancel"})
"""What an event throws that may end other tokens."""


class NotDecided(Exception):
    """The diagram has something whose flow cannot be foreseen."""

    def __init__(self, element: str, reason: str) -> None:
        self.element = element
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can happen: the element at which it does and the marking after it."""

    element: str
    after: Marking


@dataclass(frozen=True, slots=True)
class Choice:
    """Moves that compete for the same token; ``scopes`` are the open activities around it, the nearest first.

    An interruption is what may happen to a whole open scope: to the activity ``host``, or to the case.
    """

    moves: tuple[Move, ...]
    scopes: tuple[str, ...]
    is_interruption: bool = False
    host: str | None = None


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

    def starts(self) -> list[Marking]:
        """Return the marking after each way in which a case can begin."""
        scope = self.process.scope
        begin = [*scope.of_type("startEvent"), *scope.instantiating()]
        return [after for node in begin for after in self.leave({}, node)]

    def starts_aside(self) -> list[tuple[str, list[Marking]]]:
        """Return the events whose branches are explored by themselves, each with the markings after it."""
        return [(name, list(self.leave({}, self.nodes[name]))) for name in sorted(self.aside)]

    def is_end(self, marking: Marking) -> bool:
        """Tell whether nothing is left to do."""
        return marking == FAILED or not any(not place.startswith("fired:") for place, _ in marking)

    def choices(self, marking: Marking) -> Iterator[Choice]:
        """Yield what can happen, competing moves together; what cannot wait comes first."""
        if self.is_end(marking):
            return
        counts = dict(marking)
        done: set[str] = set()
        for place in sorted(counts):
            kind, _, name = place.partition(":")
            if kind == "flow":
                target = self.nodes[self.flows[name].target]
                if target.id not in done:
                    done.add(target.id) if len(target.incoming) > 1 and _joins(target) else None
                    yield from self._arrive(counts, name, target)
            elif kind == "at":
                yield from self._act(counts, self.nodes[name])
        for host in self._open_scopes(counts):
            yield from self.interruptions(counts, host)

    def _open_scopes(self, counts: Counts) -> Iterator[str | None]:
        yield None
        for place in sorted(counts):
            if place.startswith("at:") and place[3:] in self.inner:
                yield place[3:]

    def _arrive(self, counts: Counts, flow: str, target: Node) -> Iterator[Choice]:
        scopes = self.scopes_of(target.id)
        if target.type == "complexGateway":
            raise NotDecided(target.id, "复杂网关")
        if target.type == "parallelGateway":
            wanted = [f"flow:{one.id}" for one in target.incoming]
            if all(counts.get(place) for place in wanted):
                yield self._choice(target, self._split(_without(counts, wanted), target), scopes)
        elif target.type == "inclusiveGateway":
            there = [f"flow:{one.id}" for one in target.incoming if counts.get(f"flow:{one.id}")]
            if self._may_join(counts, target, there):
                yield self._choice(target, self._some(_without(counts, there), target), scopes)
        elif not (target.scope is not None and counts.get(f"at:{target.id}")):
            yield self._choice(target, list(self.enter(_without(counts, [f"flow:{flow}"]), target)), scopes)

    def _choice(self, node: Node, after: Sequence[Marking], scopes: tuple[str, ...]) -> Choice:
        moves = tuple(Move(node.id, one) for one in after)
        kinds = {trigger.kind for trigger in node.triggers} if node.type in _THROWERS else set()
        host = self.around[node.id] if kinds == {"terminate"} else None
        return Choice(moves, scopes, is_interruption=bool(kinds & _WIPING), host=host)

    def _may_join(self, counts: Counts, gateway: Node, there: Sequence[str]) -> bool:
        """Tell whether no token elsewhere can still come to a flow that has none, without passing the gateway."""
        waiting = {
            self.flows[place[5:]].target if place.startswith("flow:") else place[3:]
            for place in counts
            if not place.startswith("fired:") and place not in there
        }
        empty = [flow for flow in gateway.incoming if f"flow:{flow.id}" not in there]
        occupied = {flow.id for flow in gateway.incoming} - {flow.id for flow in empty}
        for flow in empty:
            sources = self.reach[gateway.id][flow.id]
            if any(at in sources and not self._reaches_occupied(gateway, at, occupied) for at in waiting):
                return False
        return True

    def _reaches_occupied(self, gateway: Node, at: str, occupied: set[str]) -> bool:
        return any(at in self.reach[gateway.id][flow] for flow in occupied)

    def _split(self, counts: Counts, node: Node) -> list[Marking]:
        return [_marking(_with(counts, [f"flow:{one.id}" for one in node.outgoing]))]

    def _some(self, counts: Counts, node: Node) -> list[Marking]:
        """Return a marking for each set of outgoing flows that may be taken together."""
        normal = [flow for flow in node.outgoing if flow.id != node.default_flow]
        free = [flow for flow in normal if flow.condition]
        always = [flow for flow in normal if not flow.condition]
        if len(free) > _MOST_BRANCHES:
            raise NotDecided(node.id, f"超过 {_MOST_BRANCHES} 个条件分支")
        sizes = range(0 if always or not free else 1, len(free) + 1)
        chosen = [always + list(some) for size in sizes for some in combinations(free, size)]
        default = [flow for flow in node.outgoing if flow.id == node.default_flow]
        if default and not always:
            chosen = [flows for flows in chosen if flows] + [default]
        return [_marking(_with(counts, [f"flow:{flow.id}" for flow in flows])) for flows in chosen]

    def enter(self, counts: Counts, node: Node) -> Iterator[Marking]:
        """Yield the marking after a token has arrived at a node that waits for nobody else."""
        if node.type == "exclusiveGateway":
            flows = node.outgoing
            yield from (_marking(_with(counts, [f"flow:{flow.id}"])) for flow in flows)
            if not flows:
                yield _marking(counts)
        elif node.type == "eventBasedGateway":
            for flow in node.outgoing:
                yield from self.leave(counts, self.nodes[flow.target])
        elif node.type == "endEvent":
            yield from self._end(counts, node)
        elif node.type == "intermediateThrowEvent":
            yield from self._throw(counts, node)
        elif node.type in {"intermediateCatchEvent", "startEvent"}:
            yield from self.leave(counts, node)
        else:
            yield from self._begin(counts, node)

    def _begin(self, counts: Counts, node: Node) -> Iterator[Marking]:
        counts = _with(counts, [f"at:{node.id}"])
        if node.scope is None or node.ad_hoc is not None:
            yield _marking(counts)
            return
        starts = [one for one in node.scope.of_type("startEvent") if node.is_event_subprocess or _is_plain(one)]
        if not starts:
            yield _marking(counts)
        for start in starts[:1]:
            yield from self.leave(counts, start)

    def leave(self, counts: Counts, node: Node) -> Iterator[Marking]:
        """Yield the marking after an element has ended; activities and events may have conditions on their flows."""
        yield from self._some(counts, node)

    def _act(self, counts: Counts, node: Node) -> Iterator[Choice]:
        """Yield the end of an activity, and its boundary events where it has no inside."""
        scopes = self.scopes_of(node.id)
        is_open = node.scope is not None and node.ad_hoc is None
        moves: list[Move] = []
        if not is_open or not any(node.id in self.scopes_at(place) for place in counts if place[:6] != "fired:"):
            ended = self._without_host(counts, node)
            moves += [Move(node.id, one) for one in self.leave(ended, node)]
        if not is_open:
            moves += self._boundary_moves(counts, node)
        if moves:
            yield Choice(tuple(moves), (node.id, *scopes))

    def interruptions(self, counts: Counts, host: str | None) -> Iterator[Choice]:
        """Yield what may happen at any time to an open scope: its boundary events and event subprocesses."""
        moves: list[Move] = []
        if host is not None and self.nodes[host].ad_hoc is None:
            moves += self._boundary_moves(counts, self.nodes[host])
        for inner in self.inner[host].event_subprocesses():
            start = inner.scope.of_type("startEvent")[0] if inner.scope is not None else None
            if start is not None and start.id not in self.aside and not counts.get(f"fired:{inner.id}"):
                moves += [Move(start.id, one) for one in self._start_event(counts, inner, start)]
        if moves:
            yield Choice(tuple(moves), () if host is None else self.scopes_of(host), is_interruption=True, host=host)

    def _start_event(self, counts: Counts, inner: Node, start: Node) -> Iterator[Marking]:
        if start.is_interrupting:
            counts = self._emptied(counts, self.around[inner.id])
        counts = _with(counts, [f"fired:{inner.id}"])
        yield from self._begin(counts, inner)

    def _boundary_moves(self, counts: Counts, host: Node) -> list[Move]:
        moves = []
        for event in self.boundaries.get(host.id, ()):
            kinds = {trigger.kind for trigger in event.triggers}
            if event.id in self.aside or kinds <= {"compensate"} or (host.scope is not None and kinds <= {"cancel"}):
                continue
            if event.is_interrupting:
                moves += [Move(event.id, one) for one in self.leave(self._without_host(counts, host), event)]
            elif not counts.get(f"fired:{event.id}"):
                moves += [Move(event.id, one) for one in self.leave(_with(counts, [f"fired:{event.id}"]), event)]
        return moves

    def _end(self, counts: Counts, node: Node) -> Iterator[Marking]:
        kinds = {trigger.kind: trigger for trigger in node.triggers}
        around = self.around[node.id]
        if "terminate" in kinds:
            yield _marking(self._emptied(counts, around))
        elif "error" in kinds:
            yield from self._caught(counts, node, kinds["error"]) or [FAILED]
        elif "cancel" in kinds:
            yield from self._caught(counts, node, kinds["cancel"]) or [_marking(self._emptied(counts, around))]
        elif "escalation" in kinds:
            yield from self._caught(counts, node, kinds["escalation"]) or [_marking(counts)]
        else:
            yield _marking(counts)

    def _throw(self, counts: Counts, node: Node) -> Iterator[Marking]:
        trigger = next((one for one in node.triggers if one.kind == "escalation"), None)
        caught = self._caught(counts, node, trigger) if trigger is not None else []
        if not caught:
            yield from self.leave(counts, node)
            return
        for marking in caught:
            still = dict(marking)
            scopes = self.scopes_of(node.id)
            if all(still.get(f"at:{host}") for host in scopes):
                yield from self.leave(still, node)
            else:
                yield marking

    def _caught(self, counts: Counts, node: Node, trigger: Trigger) -> list[Marking]:
        """Return the markings after the nearest catcher has caught what a node throws; none when nobody does."""
        host = self.around[node.id]
        while True:
            for inner in self.inner[host].event_subprocesses():
                start = inner.scope.of_type("startEvent")[0] if inner.scope is not None else None
                if start is not None and node.id not in _ids(inner) and _catches(start, trigger):
                    return list(self._start_event(counts, inner, start))
            if host is None:
                return []
            for event in self.boundaries.get(host, ()):
                if _catches(event, trigger):
                    ended = self._without_host(counts, self.nodes[host]) if event.is_interrupting else counts
                    return list(self.leave(ended, event))
            host = self.around[host]

    def _without_host(self, counts: Counts, host: Node) -> Counts:
        """Return the tokens without an activity, what is inside it and what its events have done."""
        left = self._emptied(counts, host.id) if host.scope is not None else dict(counts)
        gone = {f"fired:{event.id}" for event in self.boundaries.get(host.id, ())}
        there = [f"at:{host.id}"] if left.get(f"at:{host.id}") else []
        return {place: count for place, count in _without(left, there).items() if place not in gone}

    def _emptied(self, counts: Counts, scope: str | None) -> Counts:
        if scope is None:
            return {}
        return {place: count for place, count in counts.items() if scope not in self.scopes_at(place)}


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


def _joins(node: Node) -> bool:
    return node.type in {"parallelGateway", "inclusiveGateway"}


def _is_plain(node: Node) -> bool:
    return node.trigger is None or node.trigger.kind == "none"


def _ids(node: Node) -> set[str]:
    return {node.id} | ({one.id for _, one in node.scope.walk()} if node.scope is not None else set())


def _catches(event: Node, thrown: Trigger) -> bool:
    return any(
        one.kind == thrown.kind and (one.code is None or one.code == thrown.code or one.kind == "cancel")
        for one in event.triggers
    )


def _with(counts: Counts, places: Sequence[str]) -> Counts:
    after = dict(counts)
    for place in places:
        after[place] = after.get(place, 0) + 1
    return after


def _without(counts: Counts, places: Sequence[str]) -> Counts:
    after = dict(counts)
    for place in places:
        if after[place] == 1:
            del after[place]
        else:
            after[place] -= 1
    return after


def _marking(counts: Counts) -> Marking:
    return frozenset(counts.items())
