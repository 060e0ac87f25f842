"""Says whether a diagram is sound, with an example where it is not, and where a token may be put by hand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.soundness.markings import Marking, NotDecided, is_end
from engine.soundness.moves import Moves
from engine.soundness.net import Net, net_of
from engine.soundness.search import Explored, TooMany, explore, without_way_out
from engine.spiff.diagram import Node, Process

LIMIT = 20_000
"""How many markings are looked at before a diagram counts as not decided."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason why a diagram is unsound; ``trace`` are the elements passed on the way there."""

    element: str
    rule: Literal["deadlock", "livelock", "unbounded", "dead", "endless"]
    message: str
    remedy: str
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a diagram; ``reason`` says why it is not decided.

    ``notes`` are no flaws: a process that waits for its next time again and again never ends, and may be meant so.
    """

    verdict: Literal["sound", "unsound", "undecided"]
    flaws: tuple[Flaw, ...] = ()
    states: int = 0
    reason: str = ""
    element: str = ""
    notes: tuple[Flaw, ...] = ()


def judge(process: Process, limit: int = LIMIT) -> Verdict:
    """Say whether every case of a process can always come to an end, and whether each element has a use.

    A case may always complete (no deadlock, no circle without a way out), tokens do not gather without bound, and
    no element is dead. Elements that no flow leads to at all are left to the other rules.
    """
    net = net_of(process)
    moves = Moves(net)
    flaws: list[Flaw] = []
    passed: set[str] = set()
    states = 0
    try:
        for event, begin in [("", moves.starts()), *moves.starts_aside()]:
            found = explore(moves, begin, limit)
            flaws += _stuck(net, found)
            passed |= found.passed | {event}
            states += len(found.came_from)
    except NotDecided as exc:
        return Verdict("undecided", reason=exc.reason, element=exc.element)
    except TooMany as exc:
        element = exc.place.partition(":")[2]
        target = net.flows[element].target if exc.place.startswith("flow:") else element
        flaw = Flaw(target, "unbounded", "令牌会无限增加: 并行分支没有用并行网关汇合", "请用并行网关汇合并行分支")
        return Verdict("unsound", (flaw,))
    flaws += _dead(net, passed)
    notes = tuple(flaw for flaw in flaws if flaw.rule == "endless")
    flaws = [flaw for flaw in flaws if flaw not in notes]
    return Verdict("unsound" if flaws else "sound", tuple(flaws), states, notes=notes)


def _stuck(net: Net, found: Explored) -> Iterator[Flaw]:
    hopeless = without_way_out(found, (one for one in found.came_from if is_end(one)))
    for marking in hopeless:
        if not found.follows.get(marking):
            element = _blocked(net, marking)
            yield Flaw(
                element, "deadlock", "流程会停在这里, 再也无法办结", "请检查汇合网关是否等待永远不会到来的分支",
                tuple(found.trace(marking)),
            )  # fmt: skip
            return
    if hopeless:
        trace = tuple(found.trace(hopeless[0]))
        element = _blocked(net, hopeless[0])
        if _waits_each_time(net, found, hopeless):
            yield Flaw(element, "endless", "流程按周期重复, 没有终点", "如非有意, 请增加结束的出口", trace)
        else:
            yield Flaw(element, "livelock", "流程会一直循环, 没有办结的出路", "请增加离开循环的出口", trace)


def _waits_each_time(net: Net, found: Explored, hopeless: Sequence[Marking]) -> bool:
    """Tell whether every circle among these markings passes a timer: without the timers none is left."""
    timers = {node.id for node in net.nodes.values() if node.type == "intermediateCatchEvent" and _is_timed(node)}
    rest = [one for one in hopeless if not any(_target(net, place) in timers for place, _ in one)]
    return not _has_circle({one: [after for after in found.follows[one] if after in rest] for one in rest})


def _is_timed(node: Node) -> bool:
    return any(trigger.kind == "timer" for trigger in node.triggers)


def _target(net: Net, place: str) -> str:
    kind, _, name = place.partition(":")
    return net.flows[name].target if kind == "flow" else name


def _has_circle(follows: Mapping[Marking, Sequence[Marking]]) -> bool:
    left = dict(follows)
    while left:
        ends = [one for one, after in left.items() if not any(other in left for other in after)]
        if not ends:
            return True
        for one in ends:
            del left[one]
    return False


def _blocked(net: Net, marking: Marking) -> str:
    """Return the element at which a token waits; a join that waits in vain before anything else."""
    names = []
    for place, _ in sorted(marking):
        kind, _, name = place.partition(":")
        if kind == "flow":
            names.append(net.flows[name].target)
        elif kind == "at":
            names.append(name)
    joins = [name for name in names if net.nodes[name].type.endswith("Gateway")]
    return (joins or names or [""])[0]


def _dead(net: Net, passed: set[str]) -> Iterator[Flaw]:
    passed = passed | _behind_gateways(net, passed)
    for node in net.nodes.values():
        if node.id not in passed and _should_be_passed(net, node):
            yield Flaw(node.id, "dead", f"{node.name or node.id} 永远不会执行", "请检查通向它的条件与汇合网关")


def _behind_gateways(net: Net, passed: Iterable[str]) -> set[str]:
    """Return the events that follow event-based gateways: they are passed together with the gateway."""
    gateways = [node for node in net.nodes.values() if node.id in passed and node.type == "eventBasedGateway"]
    return {flow.target for gateway in gateways for flow in gateway.outgoing}


def _should_be_passed(net: Net, node: Node) -> bool:
    if not node.incoming or node.is_handler or node.is_event_subprocess:
        return False
    host = net.around[node.id]
    if host is not None and net.nodes[host].is_event_subprocess and not _can_start(net.nodes[host]):
        return False
    return _is_linked(net, node)


def _can_start(host: Node) -> bool:
    return host.scope is not None and bool(host.scope.of_type("startEvent"))


def _is_linked(net: Net, node: Node) -> bool:
    """Tell whether flows lead to a node from a start, from a boundary event or from an event subprocess."""
    seen: set[str] = set()
    waiting = [node.id]
    while waiting:
        current = net.nodes[waiting.pop()]
        if current.type == "startEvent" or current.attached_to is not None or current.is_instantiating:
            return True
        if current.id not in seen:
            seen.add(current.id)
            waiting.extend(flow.source for flow in current.incoming)
    return False


def can_complete(process: Process, places: Sequence[str], limit: int = LIMIT) -> bool | None:
    """Tell whether a case whose tokens rest at the given places can still end; None when it is not decided.

    A place is ``at:element``, or ``flow:id`` for a token that waits at a gateway; the activities around are open.
    """
    net = net_of(process)
    moves = Moves(net)
    counts = Counter(places)
    counts.update({f"at:{host}" for place in places for host in net.scopes_at(place)} - counts.keys())
    try:
        found = explore(moves, [frozenset(counts.items())], limit)
    except NotDecided:
        return None
    except TooMany:
        return False
    return not without_way_out(found, (one for one in found.came_from if is_end(one)))


def places_to_move(process: Process, waiting: Sequence[str], moved: str) -> list[str]:
    """Return the user tasks to which the token of one of the waiting activities may go so that the case can still end.

    Only user tasks of the same scope are offered, those before the activity first.
    """
    net = net_of(process)
    scope = net.inner[net.around[moved]]
    others = [f"at:{name}" for name in waiting if name != moved]
    found = [
        node.id
        for node in scope.of_type("userTask")
        if node.id != moved and f"at:{node.id}" not in others and can_complete(process, [*others, f"at:{node.id}"])
    ]
    before = _before(net, moved)
    return sorted(found, key=lambda name: name not in before)


def tasks_before(process: Process, element: str, types: Sequence[str] = ("userTask",)) -> list[str]:
    """Return the user tasks, or activities of other types, of the same scope from which flows lead to an element."""
    net = net_of(process)
    before = _before(net, element)
    scope = net.inner[net.around[element]]
    return [node.id for node in scope.of_type(*types) if node.id in before and not node.is_event_subprocess]


def _before(net: Net, element: str) -> set[str]:
    seen: set[str] = set()
    waiting = [flow.source for flow in net.nodes[element].incoming]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            node = net.nodes[name]
            waiting.extend(flow.source for flow in node.incoming)
            waiting.extend([node.attached_to] if node.attached_to else [])
    return seen
