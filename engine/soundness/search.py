"""Walks through all markings of a diagram and says whether every case can come to its end."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.soundness.markings import Choice, Marking, Move, NotDecided
from engine.soundness.moves import Moves

_MOST_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Explored:
    """What was found: how each marking was reached first, what follows it, and the elements that were passed."""

    came_from: dict[Marking, tuple[Marking | None, str]] = field(default_factory=dict)
    follows: dict[Marking, list[Marking]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def trace(self, marking: Marking) -> list[str]:
        """Return the elements on the shortest way found to a marking, in order."""
        steps: list[str] = []
        current: Marking | None = marking
        while current is not None:
            current, element = self.came_from[current]
            steps.append(element)
        named = [element for element in reversed(steps) if element]
        return [element for element, before in zip(named, [None, *named], strict=False) if element != before]


class TooMany(Exception):
    """A place has gathered more tokens than any sound diagram needs."""

    def __init__(self, marking: Marking, place: str) -> None:
        self.marking = marking
        self.place = place
        super().__init__(place)


def explore(moves: Moves, begin: Iterable[Marking], limit: int) -> Explored:
    """Return every marking that matters from the given ones on.

    Moves of tokens that do not disturb each other are taken in one order only, unless that would close a circle.

    Raises:
        NotDecided: more than *limit* markings, or an element whose flow cannot be foreseen.
        TooMany: tokens gather without bound.
    """
    found = Explored()
    waiting: deque[Marking] = deque()
    for marking in begin:
        if marking not in found.came_from:
            found.came_from[marking] = (None, "")
            waiting.append(marking)
    while waiting:
        marking = waiting.popleft()
        follows = found.follows.setdefault(marking, [])
        for move in _next(moves, marking, found):
            found.passed.add(move.element)
            follows.append(move.after)
            if move.after not in found.came_from:
                found.came_from[move.after] = (marking, move.element)
                _check_bound(move.after)
                waiting.append(move.after)
        if len(found.came_from) > limit:
            raise NotDecided("", f"超过 {limit} 种状态")
    return found


def _check_bound(marking: Marking) -> None:
    for place, count in marking:
        if count > _MOST_TOKENS:
            raise TooMany(marking, place)


def _next(moves: Moves, marking: Marking, found: Explored) -> Iterator[Move]:
    """Yield the moves of one choice and what may interrupt it, or all moves when a circle would be closed."""
    choices = list(moves.choices(marking))
    if not choices:
        return
    inside = [choice for choice in choices if not choice.is_interruption]
    first = min(inside, key=lambda one: len(one.moves), default=None)
    if first is None:
        yield from _all(choices)
        return
    chosen = [first] + [one for one in choices if one.is_interruption and (not one.host or one.host in first.scopes)]
    some = list(_all(chosen))
    is_new = all(move.after not in found.came_from for move in some)
    yield from some if is_new else _all(choices)


def _all(choices: Sequence[Choice]) -> Iterator[Move]:
    return (move for choice in choices for move in choice.moves)


def without_way_out(found: Explored, ends: Iterable[Marking]) -> list[Marking]:
    """Return the markings from which no end can be reached, in the order in which they were found."""
    before: dict[Marking, list[Marking]] = {}
    for marking, after in found.follows.items():
        for one in after:
            before.setdefault(one, []).append(marking)
    good = set(ends)
    waiting = list(good)
    while waiting:
        for marking in before.get(waiting.pop(), ()):
            if marking not in good:
                good.add(marking)
                waiting.append(marking)
    return [marking for marking in found.came_from if marking not in good]
