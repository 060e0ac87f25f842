"""Draw objects: per stratum a quota, each next object with a chance in proportion to its weight, no enterprise
above its limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.draws.stream import Stream

WHOLE = 10_000
HEAVIEST = 1000
_ID, _PARTY, _STRATUM, _WEIGHT = range(4)
_FREE = -1


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was drawn: the ids in the order of drawing, and per stratum how many of how many."""

    ids: list[str]
    strata: list[dict[str, Any]]


def quota_of(size: int, ratio: int, least: int, stream: Stream) -> int:
    """Return how many of a stratum are drawn: *ratio* ten-thousandths, at least *least*, at most all.

    What is left over below one object becomes one by chance, in proportion: so everybody's chance is exactly the
    ratio, also where there are few. Rounding up would draw the only A-rated enterprise of a town every time.
    """
    quota, rest = divmod(size * ratio, WHOLE)
    if rest and stream.below(WHOLE) < rest:
        quota += 1
    return min(size, max(least, quota))


def choose_objects(snapshot: Mapping[str, Any], seed: str) -> Chosen:
    """Draw the objects of a snapshot."""
    stream = Stream(seed, "objects")
    pool = _Pool(snapshot)
    chosen: list[int] = []
    strata = []
    for one in snapshot["strata"]:
        mine = pool.places[one["key"]]
        quota = quota_of(len(mine), one["ratio"], one["least"], stream)
        drawn = pool.draw(mine, quota, stream)
        strata.append({"key": one["key"], "size": len(mine), "quota": quota, "drawn": len(drawn)})
        chosen += drawn
    rows = snapshot["objects"]
    return Chosen([rows[place][_ID] for place in chosen], strata)


class _Pool:
    """The objects as flat lists by place: weight, whether it is out, and which enterprise's limit it counts for."""

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        rows: Sequence[Sequence[Any]] = snapshot["objects"]
        self._weights = [row[_WEIGHT] for row in rows]
        self._is_out = bytearray(len(rows))
        self._left = [count for _, count in snapshot["limits"]]
        slots = {party: slot for slot, (party, _) in enumerate(snapshot["limits"])}
        self._slots = [slots.get(row[_PARTY], _FREE) for row in rows]
        self.places: dict[str, list[int]] = {one["key"]: [] for one in snapshot["strata"]}
        for place, row in enumerate(rows):
            self.places[row[_STRATUM]].append(place)

    def draw(self, places: Sequence[int], quota: int, stream: Stream) -> list[int]:
        """Return the places of at most *quota* objects; fewer when the enterprises' limits leave no more.

        The table is a row of cells for each candidate, as many as the heaviest has weight; a number picks a cell. It
        draws the candidate when the cell is within its weight and it can still be drawn, else it is a miss. After
        misses for more than half of the candidates, the table is made anew of those that can still be drawn.
        """
        found: list[int] = []
        table = self._table(places)
        while len(found) < quota and table:
            found += self._round(table, quota - len(found), stream)
            table = self._table(table)
        return found

    def _table(self, places: Sequence[int]) -> list[int]:
        is_out, slots, left = self._is_out, self._slots, self._left
        return [place for place in places if not is_out[place] and (slots[place] == _FREE or left[slots[place]] > 0)]

    def _round(self, table: Sequence[int], wanted: int, stream: Stream) -> list[int]:
        found: list[int] = []
        weights, is_out, slots, left = self._weights, self._is_out, self._slots, self._left
        width = max(weights[place] for place in table)
        misses, bearable = 0, len(table) // 2
        for number in stream.numbers(len(table) * width):
            place = table[number // width]
            slot = slots[place]
            if number % width >= weights[place] or is_out[place] or (slot != _FREE and left[slot] < 1):
                misses += 1
                if misses > bearable:
                    break
                continue
            found.append(place)
            is_out[place] = 1
            if slot != _FREE:
                left[slot] -= 1
            if len(found) == wanted:
                break
        return found
