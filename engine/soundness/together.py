"""Which places of one scope can have tokens at the same time: what is untouched when a token goes back, and what not.

This is Kovalyov's relation for free-choice nets: what follows from a pair of places that can be marked together. Inner
activities are single places; decisions are free. A gateway that joins inclusively waits for everything that can still
come, so nothing that lies before it is left once it has fired.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from engine.soundness.markings import NotDecided
from engine.spiff.diagram import FlowScope, Node

Pair = tuple[str, str]
_UNDECIDED = frozenset({"complexGateway"})


@dataclass(frozen=True, slots=True)
class _Move:
    """Tokens go from all places ``before`` to all places ``after``; none of ``waits_for`` is marked then."""

    before: frozenset[str]
    after: tuple[str, ...]
    waits_for: frozenset[str] = frozenset()


def together(scope: FlowScope) -> frozenset[Pair]:
    """Return every pair of places, both ways round, that can have tokens at the same time.

    A place is ``at:element``, or ``flow:id``.

    Raises:
        NotDecided: the scope has an element whose flow cannot be foreseen.
    """
    moves = list(_moves(scope))
    found = _Relation()
    for move in moves:
        found.add_all(product(move.after, move.after))
    from_place: dict[str, list[_Move]] = {}
    for move in moves:
        for place in move.before:
            from_place.setdefault(place, []).append(move)
    while found.waiting:
        one, other = found.waiting.pop()
        for move in from_place.get(one, ()):
            if found.may_go(move, one, other):
                found.add_all((place, other) for place in move.after)
    return frozenset(found.pairs | _beside(scope, moves))


@dataclass(frozen=True, slots=True)
class _Relation:
    """The pairs found so far, and those whose consequences are not drawn yet."""

    pairs: set[Pair] = field(default_factory=set)
    waiting: list[Pair] = field(default_factory=list)

    def add_all(self, pairs: Iterable[Pair]) -> None:
        for one, other in pairs:
            if one != other and (one, other) not in self.pairs:
                both = ((one, other), (other, one))
                self.pairs.update(both)
                self.waiting.extend(both)

    def may_go(self, move: _Move, one: str, other: str) -> bool:
        """Tell whether the tokens of a move, *one* among them, can go while there is a token at *other*."""
        if other in move.before or other in move.waits_for:
            return False
        return all((place, other) in self.pairs for place in move.before if place != one)


def _beside(scope: FlowScope, moves: Iterable[_Move]) -> set[Pair]:
    """Return the pairs of event subprocesses that interrupt nothing: they may be open beside everything else."""
    places = {place for move in moves for place in (*move.before, *move.after)}
    inner = [node for node in scope.event_subprocesses() if node.scope is not None]
    free = {f"at:{node.id}" for node in inner if not _interrupts(node)}
    pairs = {(one, other) for one in free for other in places | free if one != other}
    return pairs | {(other, one) for one, other in pairs}


def _interrupts(node: Node) -> bool:
    return any(start.is_interrupting for start in (node.scope.of_type("startEvent") if node.scope else ()))


def _moves(scope: FlowScope) -> Iterator[_Move]:
    for node in scope.nodes.values():
        if node.type in _UNDECIDED:
            raise NotDecided(node.id, "复杂网关")
        yield from _moves_of(scope, node)


def _moves_of(scope: FlowScope, node: Node) -> Iterator[_Move]:
    came, goes = [f"flow:{one.id}" for one in node.incoming], tuple(f"flow:{one.id}" for one in node.outgoing)
    if node.attached_to is not None:
        host = f"at:{node.attached_to}"
        yield _Move(frozenset({host}), goes if node.is_interrupting else (host, *goes))
    elif node.type == "startEvent" or (not came and not node.is_event_subprocess and not node.is_handler):
        yield _Move(frozenset(), goes if node.type == "startEvent" else (f"at:{node.id}",))
        if node.type != "startEvent":
            yield _Move(frozenset({f"at:{node.id}"}), goes)
    elif node.type == "parallelGateway":
        yield _Move(frozenset(came), goes)
    elif node.type == "inclusiveGateway":
        held = _upstream(scope, node) if len(came) > 1 else frozenset[str]()
        yield from (_Move(frozenset({one}), goes, held) for one in came)
    elif node.type == "exclusiveGateway":
        yield from (_Move(frozenset({one}), (other,)) for one in came for other in goes)
    elif node.type != "endEvent":
        here = f"at:{node.id}"
        yield from (_Move(frozenset({one}), (here,)) for one in came)
        yield from _leaving(scope, node, here, goes)


def _leaving(scope: FlowScope, node: Node, here: str, goes: tuple[str, ...]) -> Iterator[_Move]:
    if node.type == "eventBasedGateway":
        for flow in node.outgoing:
            event = scope.nodes[flow.target]
            yield _Move(frozenset({here}), tuple(f"flow:{one.id}" for one in event.outgoing))
        return
    yield _Move(frozenset({here}), goes)


def _upstream(scope: FlowScope, gateway: Node) -> frozenset[str]:
    """Return the places from which a token can still come to a gateway without having passed it."""
    places: set[str] = set()
    seen = {gateway.id}
    waiting = [(f"flow:{flow.id}", flow.source) for flow in gateway.incoming]
    while waiting:
        place, name = waiting.pop()
        places.add(place)
        if name in seen:
            continue
        seen.add(name)
        places.add(f"at:{name}")
        node = scope.nodes[name]
        waiting.extend((f"flow:{flow.id}", flow.source) for flow in node.incoming)
        if node.attached_to is not None:
            waiting.append((f"at:{node.attached_to}", node.attached_to))
    return frozenset(places)
