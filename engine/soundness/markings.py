"""Markings: how many tokens wait at each place, and the moves from one marking to the next.

Places are sequence flows (``flow:id``), activities that are being done (``at:id``) and boundary events or event
subprocesses that have fired already and are not tried again (``fired:id``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

Marking = frozenset[tuple[str, int]]
Counts = dict[str, int]

FAILED: Marking = frozenset({("failed", 1)})
"""The end of a case by an error that nothing catches: a defined end."""


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


def with_places(counts: Counts, places: Sequence[str]) -> Counts:
    """Return the tokens with one more at each place."""
    after = dict(counts)
    for place in places:
        after[place] = after.get(place, 0) + 1
    return after


def without_places(counts: Counts, places: Sequence[str]) -> Counts:
    """Return the tokens with one less at each place."""
    after = dict(counts)
    for place in places:
        if after[place] == 1:
            del after[place]
        else:
            after[place] -= 1
    return after


def marking_of(counts: Counts) -> Marking:
    """Return the tokens as a value that can be compared."""
    return frozenset(counts.items())


def is_end(marking: Marking) -> bool:
    """Tell whether nothing is left to do."""
    return marking == FAILED or not any(not place.startswith("fired:") for place, _ in marking)
