"""What waits for a person without being a task of a diagram: papers to read, signatures of a round, comments.

A source adds to a tab of the worklist: its number is part of the tab's number, its entries stand above the tasks.
To add one, append it to ``SOURCES``; how an entry opens is written in ``web/pages/worklist.py`` by its kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.policy import Actor
from workflows.uow import UnitOfWork

MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits; ``key`` is what its page is addressed by."""

    kind: str
    key: str
    business_key: str
    title: str
    subtitle: str
    step: str
    why: str
    due_at: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from; *count* and *entries* answer what waits for the person in the tab *view*.

    ``count`` must be one cheap statement: it runs for every page. ``entries`` gives at most so many, the most urgent
    first, and only those in which the text occurs when there is one.
    """

    kind: str
    view: str
    count: Callable[[UnitOfWork, Actor], int]
    entries: Callable[[UnitOfWork, Actor, str, int], Sequence[Entry]]


SOURCES: list[Source] = []


def counts_of(uow: UnitOfWork, actor: Actor) -> dict[str, int]:
    """Return how many entries all sources add to each tab."""
    found: dict[str, int] = {}
    for source in SOURCES:
        found[source.view] = found.get(source.view, 0) + source.count(uow, actor)
    return found


def entries_of(uow: UnitOfWork, actor: Actor, view: str, text: str = "") -> tuple[Entry, ...]:
    """Return the entries of a tab."""
    mine = (source for source in SOURCES if source.view == view)
    return tuple(entry for source in mine for entry in source.entries(uow, actor, text, MOST))
