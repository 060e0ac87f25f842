"""Would earlier forecasts have been right? Each is made with what was known then and held against what happened."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from workflows.forecast.history import Reckoner, Run
from workflows.forecast.model import LEAST, Model, Spell

Pair = tuple[float, float, bool]


def backtest(runs: Sequence[Run], reckoner: Reckoner, instants: Sequence[datetime], now: datetime) -> list[Pair]:
    """Return for each instant and each clock that ran and was not late then: our probability, the base rate, the truth.

    The base rate is the naive forecast: which part of the ended clocks of the same limit was late. A clock that is
    not due by *now* is left out even if it has ended: to take only those that ended early would flatter. One that was
    cancelled in time has no truth.
    """
    found: list[Pair] = []
    for instant in instants:
        known = [then for run in runs if (then := run.known_at(instant)) is not None]
        spells = [reckoner.spell(run, instant) for run in known]
        model, rates = Model(spells), base_rates(spells)
        for run in runs:
            if run.anchor_at > instant or run.due_at > now or (run.ended_at is not None and run.ended_at <= instant):
                continue
            place, truth = reckoner.spell(run, instant).place, reckoner.spell(run, now)
            if Spell(run.limit, run.unit, place, False).is_late or not (truth.is_ended or truth.is_late):
                continue
            odds = model.odds(run.limit, run.unit, place)
            if odds.probability is not None:
                found.append((odds.probability, rates[run.limit], truth.is_late))
    return found


def base_rates(spells: Sequence[Spell]) -> dict[str, float]:
    """Return which part of the ended clocks of each limit was late; a half where nothing is known."""
    ended: dict[str, int] = defaultdict(int)
    late: dict[str, int] = defaultdict(int)
    for spell in spells:
        ended[spell.limit] += spell.is_ended
        late[spell.limit] += spell.is_ended and spell.is_late
    return {limit: late[limit] / count if count else 0.5 for limit, count in ended.items()}


def weekly(runs: Sequence[Run], now: datetime, most: int = 26) -> list[datetime]:
    """Return the instants to forecast from: noon of every week since enough clocks had ended, at most half a year."""
    ends = sorted(run.ended_at for run in runs if run.ended_at is not None and run.is_completed)
    if len(ends) < LEAST:
        return []
    first = ends[LEAST - 1]
    step = timedelta(days=7) if now - first > timedelta(days=28) else timedelta(days=1)
    instants = [now - step * n for n in range(1, most + 1)]
    return sorted(instant for instant in instants if instant >= first)
