"""Random diagrams and a simple model of them: who knows only blocks, not tokens, and yet knows what must be open.

A diagram is a block: a task, a sequence, a choice, a fork, a repetition, a subprocess or a called process. The model
is the block with what is open inside of it; it answers which tasks wait, and what a case looks like after each act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from engine.spiff.model import Resource
from tests.engine.diagrams import chain, diagram, end, flow, start, timer, user


@dataclass
class Block:
    """A part of a diagram: its kind, its parts, and the elements at which it begins and ends."""

    kind: str
    parts: list[Block] = field(default_factory=list)
    name: str = ""
    times: int = 2
    timed: bool = False
    is_called: bool = False

    def names(self) -> set[str]:
        """Return the names of the block and of everything in it."""
        return {self.name}.union(*(part.names() for part in self.parts))


def blocks() -> st.SearchStrategy[Block]:
    """Return random blocks, named afterwards."""
    leaf = st.builds(Block, kind=st.just("task"), timed=st.booleans())
    return st.recursive(leaf, _around, max_leaves=6)


def _around(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some, one = st.lists(inner, min_size=2, max_size=3), st.lists(inner, min_size=1, max_size=1)
    return st.one_of(
        st.builds(Block, kind=st.sampled_from(["seq", "seq", "and", "xor"]), parts=some),
        st.builds(Block, kind=st.sampled_from(["sub", "call", "each"]), parts=one),
        st.just(Block("votes")),
    )


def named(block: Block, numbers: Iterator[int], around: frozenset[str] = frozenset()) -> Block:
    """Return a block whose parts have names of their own; sequences in sequences are one.

    Timers are only kept outside of subprocesses: inside, what they start would have to end before the subprocess does.
    In a called process, which is given no variables, every choice takes the last way. In a repetition nothing is
    called or repeated again, so that its items can be told apart.
    """
    kind = block.kind
    if "each" in around:
        kind = {"each": "sub", "call": "sub", "votes": "task"}.get(kind, kind)
    number = next(numbers)
    parts = [named(part, numbers, around | {kind}) for part in block.parts]
    if kind == "seq":
        parts = [one for part in parts for one in (part.parts if part.kind == "seq" else [part])]
    is_timed = block.timed and around.isdisjoint({"sub", "call", "each"})
    return Block(kind, parts, f"{kind}{number}", block.times, is_timed, "call" in around)


def files_of(block: Block) -> tuple[Resource, ...]:
    """Return the diagram of a whole process around a block, and those it calls."""
    called: list[Resource] = []
    body, first, last = _drawn(block, called)
    main = (
        start()
        + body
        + user("closing")
        + end()
        + chain("start", first)
        + flow(last, "closing")
        + chain("closing", "end")
    )
    return (*called, diagram("main", main))


def _drawn(block: Block, called: list[Resource]) -> tuple[str, str, str]:
    """Return the text of a block, and the elements at which flows come in and go out."""
    name = block.name
    if block.kind == "task":
        side = timer(f"{name}_t", name, '"P1D"') + user(f"{name}_u") + end(f"{name}_e") if block.timed else ""
        side += chain(f"{name}_t", f"{name}_u", f"{name}_e") if block.timed else ""
        return user(name) + side, name, name
    if block.kind == "votes":
        return user(name, "", '<multiInstanceLoopCharacteristics camunda:collection="=[1, 2]"/>'), name, name
    drawn = [_drawn(part, called) for part in block.parts]
    inner = "".join(text for text, _, _ in drawn)
    if block.kind == "seq":
        links = "".join(flow(one[2], other[1]) for one, other in pairwise(drawn))
        return inner + links, drawn[0][1], drawn[-1][2]
    if block.kind in ("and", "xor"):
        return _gateways(block, drawn, inner)
    text, first, last = drawn[0]
    begin, over = f"{name}_s", f"{name}_e"
    whole = start(begin) + text + end(over) + flow(begin, first) + flow(last, over)
    if block.kind == "call":
        called.append(diagram(f"{name}_p", whole))
        return f'<callActivity id="{name}" calledElement="{name}_p"/>', name, name
    many = '<multiInstanceLoopCharacteristics camunda:collection="=[1, 2]"/>' if block.kind == "each" else ""
    return f'<subProcess id="{name}">{many}{whole}</subProcess>', name, name


def _gateways(block: Block, drawn: list[tuple[str, str, str]], inner: str) -> tuple[str, str, str]:
    kind = "parallelGateway" if block.kind == "and" else "exclusiveGateway"
    split, join = f"{block.name}_f", f"{block.name}_j"
    ways = []
    for number, (_, first, _) in enumerate(drawn):
        is_free = block.kind == "and" or number == len(drawn) - 1
        ways.append(flow(split, first, None if is_free else f"{block.name} = {number}"))
    default = f' default="{split}__{drawn[-1][1]}"' if block.kind == "xor" else ""
    gates = f'<{kind} id="{split}"{default}/><{kind} id="{join}"/>'
    return gates + inner + "".join(ways) + "".join(flow(last, join) for _, _, last in drawn), split, join


# The model


@dataclass
class Open:
    """A block that is being done: the parts that are open, or have ended already."""

    block: Block
    place: int = 0
    inside: list[Any] = field(default_factory=list)
    has_fired: bool = False

    def waiting(self) -> Counter[str]:
        """Return how many tasks wait at each element."""
        if self.block.kind == "task":
            return Counter([self.block.name])
        if self.block.kind == "votes":
            return Counter({self.block.name: len(self.inside)})
        return sum((one.waiting() for one in self.inside if one is not None), Counter())


def begin(block: Block, choice: Any) -> Open:
    """Begin a block; *choice* answers which way an exclusive gateway goes."""
    opened = Open(block)
    if block.kind == "votes":
        opened.inside = [1] * block.times
    elif block.kind == "and":
        opened.inside = [begin(part, choice) for part in block.parts]
    elif block.kind == "xor":
        opened.place = len(block.parts) - 1 if block.is_called else choice(block)
        opened.inside = [begin(block.parts[opened.place], choice)]
    elif block.kind == "each":
        opened.inside = [begin(block.parts[0], choice) for _ in range(block.times)]
    elif block.kind != "task":
        opened.inside = [begin(block.parts[0], choice)]
    return opened


def fire(opened: Open) -> Iterator[str]:
    """Let a day pass: every task with a reminder that has not come yet starts a task beside it."""
    if opened.block.kind == "task":
        if opened.block.timed and not opened.has_fired:
            opened.has_fired = True
            yield f"{opened.block.name}_u"
    elif opened.block.kind != "votes":
        for one in opened.inside:
            if one is not None:
                yield from fire(one)


def paths(opened: Open, name: str, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Yield the ways through the open blocks to each waiting task of a name."""
    if opened.block.name == name and opened.block.kind in ("task", "votes"):
        yield path
    elif opened.block.kind != "votes":
        for number, one in enumerate(opened.inside):
            if one is not None:
                yield from paths(one, name, (*path, number))


def complete(opened: Open, path: tuple[int, ...], choice: Any) -> bool:
    """Complete the task at the end of a way; tells whether the whole block is done by it."""
    block = opened.block
    if not path:
        if block.kind == "votes":
            opened.inside.pop()
            return not opened.inside
        return True
    if not complete(opened.inside[path[0]], path[1:], choice):
        return False
    if block.kind == "seq" and opened.place + 1 < len(block.parts):
        opened.place += 1
        opened.inside = [begin(block.parts[opened.place], choice)]
        return False
    opened.inside[path[0]] = None
    return all(one is None for one in opened.inside)


REDONE = ("task", "votes", "sub", "call", "each")


def may_return(opened: Open, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int, str]]:
    """Yield where the task at the end of a way may go back to: its sequence, the part to redo, and its name."""
    for depth in range(len(path), -1, -1):
        here = opened
        for number in path[:depth]:
            here = here.inside[number]
        if here.block.kind == "seq":
            for place in range(here.place):
                if here.block.parts[place].kind in REDONE:
                    yield path[:depth], place, here.block.parts[place].name


def go_back(opened: Open, path: tuple[int, ...], place: int, choice: Any) -> set[str]:
    """Redo a sequence from one of its parts; answers the names of all that comes after it and so is over."""
    for number in path:
        opened = opened.inside[number]
    opened.place = place
    opened.inside = [begin(opened.block.parts[place], choice)]
    return set().union(*(part.names() for part in opened.block.parts[place + 1 :]))
