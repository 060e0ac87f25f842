"""The score of a unit: weighted rates, less what is taken off; explained line by line, never a person's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.performance.board import Counts, KpiValue, summed
from workflows.performance.catalogue import Kpi

_FULL = 100


@dataclass(frozen=True, slots=True)
class Score:
    """What a unit reached: ``scored`` of 100 weight points could be scored, ``deducted`` was taken off.

    ``total`` is None when nothing could be scored, or when a record was found false.
    """

    unit: str
    total: float | None
    earned: float
    scored: int
    deducted: int
    is_vetoed: bool


def scores_of(counted: Sequence[tuple[Kpi, Mapping[str, Counts]]]) -> list[Score]:
    """Return the score of every unit that was counted, in the order of their codes."""
    units = sorted({unit for _, counts in counted for unit in counts})
    return [score_for(unit, [(kpi, summed(kpi, [counts[unit]], unit)) for kpi, counts in counted if unit in counts])
            for unit in units]  # fmt: skip


def score_for(unit: str, values: Sequence[tuple[Kpi, KpiValue]]) -> Score:
    """Return the score of one unit from its values."""
    rated = [(kpi.weight, value.score) for kpi, value in values if value.score is not None and kpi.weight]
    scored = sum(weight for weight, _ in rated)
    earned = sum(weight * score for weight, score in rated) / scored if scored else 0.0
    taken = sum(kpi.weight * int(value.numerator) for kpi, value in values if kpi.kind == "deduction")
    vetoed = any(value.numerator for kpi, value in values if kpi.kind == "veto")
    total = None if vetoed or not scored else round(max(0.0, earned - taken), 1)
    return Score(unit, total, round(earned, 1), scored, taken, vetoed)
