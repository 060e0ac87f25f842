"""Where each token of a marking may go next.

Decisions are free: every outgoing flow of a gateway may be taken. Repetitions count as one; a called process counts as
one step, for it is checked by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.soundness.markings import (
    FAILED,
    Choice,
    Counts,
    Marking,
    Move,
    NotDecided,
    is_end,
    marking_of,
    with_places,
    without_places,
)
from engine.soundness.net import Net
from engine.spiff.diagram import Node, Trigger

_MOST_BRANCHES = 5
_THROWERS = frozenset({"endEvent", "intermediateThrowEvent"})
_WIPING = frozenset({"terminate", "error", "escalation", "cancel"})
"""What an event throws that may end other tokens."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves in one net."""

    net: Net

    def starts(self) -> list[Marking]:
        """Return the marking after each way in which a case can begin."""
        scope = self.net.process.scope
        begin = [*scope.of_type("startEvent"), *scope.instantiating()]
        return [after for node in begin for after in self.leave({}, node)]

    def starts_aside(self) -> list[tuple[str, list[Marking]]]:
        """Return the events whose branches are explored by themselves, each with the markings after it."""
        return [(name, list(self.leave({}, self.net.nodes[name]))) for name in sorted(self.net.aside)]

    def choices(self, marking: Marking) -> Iterator[Choice]:
        """Yield what can happen, competing moves together; what cannot wait comes first."""
        if is_end(marking):
            return
        counts = dict(marking)
        done: set[str] = set()
        for place in sorted(counts):
            kind, _, name = place.partition(":")
            if kind == "flow":
                target = self.net.nodes[self.net.flows[name].target]
                if target.id not in done:
                    done.add(target.id) if len(target.incoming) > 1 and _joins(target) else None
                    yield from self._arrive(counts, name, target)
            elif kind == "at":
                yield from self._act(counts, self.net.nodes[name])
        for host in self._open_scopes(counts):
            yield from self.interruptions(counts, host)

    def _open_scopes(self, counts: Counts) -> Iterator[str | None]:
        yield None
        for place in sorted(counts):
            if place.startswith("at:") and place[3:] in self.net.inner:
                yield place[3:]

    def _arrive(self, counts: Counts, flow: str, target: Node) -> Iterator[Choice]:
        scopes = self.net.scopes_of(target.id)
        if target.type == "complexGateway":
            raise NotDecided(target.id, "复杂网关")
        if target.type == "parallelGateway":
            wanted = [f"flow:{one.id}" for one in target.incoming]
            if all(counts.get(place) for place in wanted):
                yield self._choice(target, self._split(without_places(counts, wanted), target), scopes)
        elif target.type == "inclusiveGateway":
            there = [f"flow:{one.id}" for one in target.incoming if counts.get(f"flow:{one.id}")]
            if self._may_join(counts, target, there):
                yield self._choice(target, self._some(without_places(counts, there), target), scopes)
        elif not (target.scope is not None and counts.get(f"at:{target.id}")):
            yield self._choice(target, list(self.enter(without_places(counts, [f"flow:{flow}"]), target)), scopes)

    def _choice(self, node: Node, after: Sequence[Marking], scopes: tuple[str, ...]) -> Choice:
        moves = tuple(Move(node.id, one) for one in after)
        kinds = {trigger.kind for trigger in node.triggers} if node.type in _THROWERS else set()
        host = self.net.around[node.id] if kinds == {"terminate"} else None
        return Choice(moves, scopes, is_interruption=bool(kinds & _WIPING), host=host)

    def _may_join(self, counts: Counts, gateway: Node, there: Sequence[str]) -> bool:
        """Tell whether no token elsewhere can still come to a flow that has none, without passing the gateway."""
        waiting = {
            self.net.flows[place[5:]].target if place.startswith("flow:") else place[3:]
            for place in counts
            if not place.startswith("fired:") and place not in there
        }
        empty = [flow for flow in gateway.incoming if f"flow:{flow.id}" not in there]
        occupied = {flow.id for flow in gateway.incoming} - {flow.id for flow in empty}
        for flow in empty:
            sources = self.net.reach[gateway.id][flow.id]
            if any(at in sources and not self._reaches_occupied(gateway, at, occupied) for at in waiting):
                return False
        return True

    def _reaches_occupied(self, gateway: Node, at: str, occupied: set[str]) -> bool:
        return any(at in self.net.reach[gateway.id][flow] for flow in occupied)

    def _split(self, counts: Counts, node: Node) -> list[Marking]:
        return [marking_of(with_places(counts, [f"flow:{one.id}" for one in node.outgoing]))]

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
        return [marking_of(with_places(counts, [f"flow:{flow.id}" for flow in flows])) for flows in chosen]

    def enter(self, counts: Counts, node: Node) -> Iterator[Marking]:
        """Yield the marking after a token has arrived at a node that waits for nobody else."""
        if node.type == "exclusiveGateway":
            flows = node.outgoing
            yield from (marking_of(with_places(counts, [f"flow:{flow.id}"])) for flow in flows)
            if not flows:
                yield marking_of(counts)
        elif node.type == "eventBasedGateway":
            for flow in node.outgoing:
                yield from self.leave(counts, self.net.nodes[flow.target])
        elif node.type == "endEvent":
            yield from self._end(counts, node)
        elif node.type == "intermediateThrowEvent":
            yield from self._throw(counts, node)
        elif node.type in {"intermediateCatchEvent", "startEvent"}:
            yield from self.leave(counts, node)
        else:
            yield from self._begin(counts, node)

    def _begin(self, counts: Counts, node: Node) -> Iterator[Marking]:
        counts = with_places(counts, [f"at:{node.id}"])
        if node.scope is None or node.ad_hoc is not None:
            yield marking_of(counts)
            return
        starts = [one for one in node.scope.of_type("startEvent") if node.is_event_subprocess or _is_plain(one)]
        if not starts:
            yield marking_of(counts)
        for start in starts[:1]:
            yield from self.leave(counts, start)

    def leave(self, counts: Counts, node: Node) -> Iterator[Marking]:
        """Yield the marking after an element has ended; activities and events may have conditions on their flows."""
        yield from self._some(counts, node)

    def _act(self, counts: Counts, node: Node) -> Iterator[Choice]:
        """Yield the end of an activity, and its boundary events where it has no inside."""
        scopes = self.net.scopes_of(node.id)
        is_open = node.scope is not None and node.ad_hoc is None
        moves: list[Move] = []
        if not is_open or not any(node.id in self.net.scopes_at(place) for place in counts if place[:6] != "fired:"):
            ended = self._without_host(counts, node)
            follows = self.enter if node.type == "eventBasedGateway" else self.leave
            moves += [Move(node.id, one) for one in follows(ended, node)]
        if not is_open:
            moves += self._boundary_moves(counts, node)
        if moves:
            yield Choice(tuple(moves), (node.id, *scopes))

    def interruptions(self, counts: Counts, host: str | None) -> Iterator[Choice]:
        """Yield what may happen at any time to an open scope: its boundary events and event subprocesses."""
        moves: list[Move] = []
        if host is not None and self.net.nodes[host].ad_hoc is None:
            moves += self._boundary_moves(counts, self.net.nodes[host])
        for inner in self.net.inner[host].event_subprocesses():
            start = inner.scope.of_type("startEvent")[0] if inner.scope is not None else None
            if start is not None and start.id not in self.net.aside and not counts.get(f"fired:{inner.id}"):
                moves += [Move(start.id, one) for one in self._start_event(counts, inner, start)]
        if moves:
            yield Choice(
                tuple(moves), () if host is None else self.net.scopes_of(host), is_interruption=True, host=host
            )

    def _start_event(self, counts: Counts, inner: Node, start: Node) -> Iterator[Marking]:
        if start.is_interrupting:
            counts = self._emptied(counts, self.net.around[inner.id])
        counts = with_places(counts, [f"fired:{inner.id}"])
        yield from self._begin(counts, inner)

    def _boundary_moves(self, counts: Counts, host: Node) -> list[Move]:
        moves = []
        for event in self.net.boundaries.get(host.id, ()):
            kinds = {trigger.kind for trigger in event.triggers}
            if (
                event.id in self.net.aside
                or kinds <= {"compensate"}
                or (host.scope is not None and kinds <= {"cancel"})
            ):
                continue
            if event.is_interrupting:
                moves += [Move(event.id, one) for one in self.leave(self._without_host(counts, host), event)]
            elif not counts.get(f"fired:{event.id}"):
                moves += [Move(event.id, one) for one in self.leave(with_places(counts, [f"fired:{event.id}"]), event)]
        return moves

    def _end(self, counts: Counts, node: Node) -> Iterator[Marking]:
        kinds = {trigger.kind: trigger for trigger in node.triggers}
        around = self.net.around[node.id]
        if "terminate" in kinds:
            yield marking_of(self._emptied(counts, around))
        elif "error" in kinds:
            yield from self._caught(counts, node, kinds["error"]) or [FAILED]
        elif "cancel" in kinds:
            yield from self._caught(counts, node, kinds["cancel"]) or [marking_of(self._emptied(counts, around))]
        elif "escalation" in kinds:
            yield from self._caught(counts, node, kinds["escalation"]) or [marking_of(counts)]
        else:
            yield marking_of(counts)

    def _throw(self, counts: Counts, node: Node) -> Iterator[Marking]:
        trigger = next((one for one in node.triggers if one.kind == "escalation"), None)
        caught = self._caught(counts, node, trigger) if trigger is not None else []
        if not caught:
            yield from self.leave(counts, node)
            return
        for marking in caught:
            still = dict(marking)
            scopes = self.net.scopes_of(node.id)
            if all(still.get(f"at:{host}") for host in scopes):
                yield from self.leave(still, node)
            else:
                yield marking

    def _caught(self, counts: Counts, node: Node, trigger: Trigger) -> list[Marking]:
        """Return the markings after the nearest catcher has caught what a node throws; none when nobody does."""
        host = self.net.around[node.id]
        while True:
            for inner in self.net.inner[host].event_subprocesses():
                start = inner.scope.of_type("startEvent")[0] if inner.scope is not None else None
                if start is not None and node.id not in _ids(inner) and _catches(start, trigger):
                    return list(self._start_event(counts, inner, start))
            if host is None:
                return []
            for event in self.net.boundaries.get(host, ()):
                if _catches(event, trigger):
                    ended = self._without_host(counts, self.net.nodes[host]) if event.is_interrupting else counts
                    return list(self.leave(ended, event))
            host = self.net.around[host]

    def _without_host(self, counts: Counts, host: Node) -> Counts:
        """Return the tokens without an activity, what is inside it and what its events have done."""
        left = self._emptied(counts, host.id) if host.scope is not None else dict(counts)
        gone = {f"fired:{event.id}" for event in self.net.boundaries.get(host.id, ())}
        there = [f"at:{host.id}"] if left.get(f"at:{host.id}") else []
        return {place: count for place, count in without_places(left, there).items() if place not in gone}

    def _emptied(self, counts: Counts, scope: str | None) -> Counts:
        if scope is None:
            return {}
        return {place: count for place, count in counts.items() if scope not in self.net.scopes_at(place)}


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
