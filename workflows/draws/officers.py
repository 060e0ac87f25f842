"""Draw officers for each object: enough of them, qualified, not related to it, and nobody more often than others."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workflows.draws.stream import Stream

Seat = Mapping[str, Any]
_NOBODY: frozenset[str] = frozenset()


def assign_officers(snapshot: Mapping[str, Any], objects: Sequence[str], seed: str) -> list[list[str]]:
    """Draw one officer per seat for each object, in the order in which the objects were drawn.

    A seat is filled by one of those with the fewest objects so far, each as likely. ``missing_for`` has shown before
    that every seat can be filled.
    """
    stream = Stream(seed, "officers")
    officers: Sequence[Mapping[str, Any]] = snapshot["officers"]
    ids = [one["id"] for one in officers]
    places = {one: place for place, one in enumerate(ids)}
    loads = [int(one["load"]) for one in officers]
    seats = [_Shelves([place for place, one in enumerate(officers) if fits_seat(one, seat)], loads)
             for seat in snapshot["seats"]]  # fmt: skip
    barred = {key: sorted(places[name] for name in no if name in places)
              for key, no in _barred(snapshot["recusals"]).items()}  # fmt: skip
    teams = []
    for one in objects:
        taken: list[int] = list(barred.get(one, ()))
        team = []
        for shelves in seats:
            place = shelves.take(taken, stream)
            insort(taken, place)
            team.append(place)
        for place in team:
            for shelves in seats:
                shelves.raise_one(place, loads[place])
            loads[place] += 1
        teams.append([ids[place] for place in team])
    return teams


def missing_for(snapshot: Mapping[str, Any]) -> tuple[str, Seat] | None:
    """Return the first object that cannot get its officers, with the seat that stays empty; None when all can.

    Who may sit where depends on the object through recusals alone, so objects without any are looked at once.
    """
    officers: Sequence[Mapping[str, Any]] = snapshot["officers"]
    barred = _barred(snapshot["recusals"])
    usual = _empty_seat(officers, snapshot["seats"], _NOBODY)
    for row in snapshot["objects"]:
        no = barred.get(row[0])
        seat = _empty_seat(officers, snapshot["seats"], no) if no else usual
        if seat is not None:
            return row[0], seat
    return None


def _empty_seat(officers: Sequence[Mapping[str, Any]], seats: Iterable[Seat], no: Iterable[str]) -> Seat | None:
    taken = set(no)
    for seat in seats:
        free = next((one["id"] for one in officers if one["id"] not in taken and fits_seat(one, seat)), None)
        if free is None:
            return seat
        taken.add(free)
    return None


def fits_seat(officer: Mapping[str, Any], seat: Seat) -> bool:
    """Tell whether an officer has the unit and, where the seat asks for one, the qualification."""
    wanted = seat["qualification"]
    return officer["unit"] in seat["units"] and (wanted is None or wanted in officer["qualifications"])


def _barred(recusals: Iterable[Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in recusals:
        found.setdefault(row[1], set()).add(row[0])
    return {key: frozenset(value) for key, value in found.items()}


class _Shelves:
    """Who may sit in a seat, by how many objects they have; on each shelf in the order of the snapshot."""

    def __init__(self, places: Sequence[int], loads: Sequence[int]) -> None:
        self._members = frozenset(places)
        self._shelves: dict[int, list[int]] = {}
        for place in places:
            self._shelves.setdefault(loads[place], []).append(place)

    def take(self, taken: Sequence[int], stream: Stream) -> int:
        """Return one of the least loaded who is not *taken* (rising), each as likely."""
        shelf = self._shelves[min(self._shelves)]
        if not taken:
            return shelf[stream.below(len(shelf))]
        for load in sorted(self._shelves):
            shelf = self._shelves[load]
            gaps = [at for one in taken if (at := bisect_left(shelf, one)) < len(shelf) and shelf[at] == one]
            if len(gaps) < len(shelf):
                chosen = stream.below(len(shelf) - len(gaps))
                for gap in gaps:
                    chosen += gap <= chosen
                return shelf[chosen]
        raise LookupError("nobody is left for a seat")

    def raise_one(self, place: int, load: int) -> None:
        """Move somebody one shelf up; who may not sit here is not on a shelf."""
        if place not in self._members:
            return
        shelf = self._shelves[load]
        del shelf[bisect_left(shelf, place)]
        if not shelf:
            del self._shelves[load]
        insort(self._shelves.setdefault(load + 1, []), place)
