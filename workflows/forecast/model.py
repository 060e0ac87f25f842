"""A discrete-time hazard per limit, shrunk for each unit to what all units do; censoring respected.

Time is counted as in the law: by the limit's own units since its anchor, without pauses, as a share of its length.
The first ten places lie within the limit, the next twenty after it. The hazard of a place is how many clocks ended
there of those that were still running there; clocks that still run, or were cancelled, count as long as they were
watched, and half in the place where the watch stopped (the life table of actuaries). For a unit with few observations
the hazard is drawn towards that of all units: (ended + K × hazard of all) / (watched + K). From today's place on, the
probability of being late is the product of not ending in any place up to the limit. Under ``LEAST`` ended clocks there
is no number. Persons are never looked at.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WITHIN, AFTER = 10, 20  # places up to the limit, and beyond it
PLACES = WITHIN + AFTER
LEAST = 20
WEIGHT = 8.0  # observations that the experience of all units is worth
METHOD = (
    "离散时间风险模型（寿命表法，Kaplan–Meier 的分段形式）：以时限自身的单位计已用时间，按占时限的比例分段；"
    "未办结和撤销的按观察到为止计入，所在段计一半；"
    f"单位样本少时向全部单位的同类时限收缩（权重 {WEIGHT:g} 件）；办结样本不足 {LEAST} 件的不给数字"
)


@dataclass(frozen=True, slots=True)
class Spell:
    """How long one clock ran: the place in which it ended, or up to which it was watched."""

    limit: str
    unit: str
    place: int
    is_ended: bool

    @property
    def is_late(self) -> bool:
        """Tell whether it ended or still ran beyond its limit."""
        return self.place > WITHIN


@dataclass(frozen=True, slots=True)
class Odds:
    """What the history says of a clock that runs: a probability of being late and the median place, or too little."""

    probability: float | None
    median: int | None
    sample: int
    own_sample: int

    @property
    def is_enough(self) -> bool:
        """Tell whether there is a number."""
        return self.probability is not None


def place_of(elapsed: int, length: int) -> int:
    """Return the place of a number of elapsed units: 0 for none, at most WITHIN up to the limit, more beyond it."""
    if elapsed <= 0:
        return 0
    if elapsed <= length:
        return max(1, math.ceil(WITHIN * elapsed / length))
    return min(PLACES, WITHIN + max(1, math.ceil(WITHIN * (elapsed - length) / length)))


def elapsed_at(place: int, length: int) -> int:
    """Return the first number of units that lies in a place; the reverse of ``place_of``."""
    if place <= 0:
        return 0
    first = (place - 1) * length // WITHIN + 1
    return first if place <= WITHIN else max(length + 1, first)


@dataclass(slots=True)
class _Counts:
    ended: list[int]
    watched: list[float]

    @property
    def total(self) -> int:
        return sum(self.ended)


class Model:
    """What was learnt from earlier clocks; the same spells always give the same numbers."""

    def __init__(self, spells: Iterable[Spell], weight: float = WEIGHT) -> None:
        self._weight = weight
        self._all: dict[str, _Counts] = defaultdict(_empty)
        self._own: dict[tuple[str, str], _Counts] = defaultdict(_empty)
        for spell in spells:
            for counts in (self._all[spell.limit], self._own[spell.limit, spell.unit]):
                for place in range(spell.place):
                    counts.watched[place] += 1
                counts.watched[spell.place] += 1 if spell.is_ended else 0.5
                counts.ended[spell.place] += spell.is_ended

    def odds(self, limit: str, unit: str, place: int) -> Odds:
        """Return the odds of a clock that has come to a place and not ended."""
        pooled, own = self._all.get(limit, _empty()), self._own.get((limit, unit), _empty())
        if pooled.total < LEAST:
            return Odds(None, None, pooled.total, own.total)
        hazards = self._hazards(pooled, own)
        late = 1.0
        for at in range(place, WITHIN + 1):
            late *= 1.0 - hazards[at]
        return Odds(late, _median(hazards, place), pooled.total, own.total)

    def _hazards(self, pooled: _Counts, own: _Counts) -> list[float]:
        found = []
        for ended, watched, mine, seen in zip(pooled.ended, pooled.watched, own.ended, own.watched, strict=True):
            common = ended / watched if watched else 0.0
            found.append((mine + self._weight * common) / ((seen + self._weight) or 1.0))
        return found


def _empty() -> _Counts:
    return _Counts([0] * (PLACES + 1), [0] * (PLACES + 1))


def _median(hazards: Sequence[float], place: int) -> int | None:
    """Return the place by which half of such clocks have ended, nothing when history does not reach so far."""
    left = 1.0
    for at in range(place, PLACES + 1):
        left *= 1.0 - hazards[at]
        if left <= 0.5:
            return at
    return None


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of similar probability against what happened."""

    low: float
    high: float
    count: int
    predicted: float
    happened: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good forecasts were: mean squared error of ours and of the base rate, and bins."""

    count: int
    brier: float
    brier_base: float
    bins: tuple[Bin, ...]

    @property
    def skill(self) -> float:
        """Return which part of the base rate's error is gone; below zero it is worse."""
        return 1.0 - self.brier / self.brier_base if self.brier_base else 0.0


def calibrate(pairs: Sequence[tuple[float, float, bool]], bins: int = 5) -> Calibration | None:
    """Compare forecasts with outcomes; each pair is our probability, the base rate's, and whether it was late."""
    if not pairs:
        return None
    count = len(pairs)
    ours = sum((p - late) ** 2 for p, _, late in pairs) / count
    base = sum((rate - late) ** 2 for _, rate, late in pairs) / count
    groups: Mapping[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, _, late in pairs:
        groups[min(bins - 1, int(p * bins))].append((p, late))
    shown = tuple(
        Bin(at / bins, (at + 1) / bins, len(rows), sum(p for p, _ in rows) / len(rows),
            sum(late for _, late in rows) / len(rows))
        for at, rows in sorted(groups.items())
    )  # fmt: skip
    return Calibration(count, ours, base, shown)
