"""Back-test forecasts on generated histories and on a demo city: ours beside the naive base rate, pair by pair.

A history is played forward with known habits of units: each clock of a limit ends after a number of working days drawn
for its unit, some are cancelled, some never end. From each week on every running clock is forecast with what was known
then. ``brier`` is the mean squared error, ``base`` that of saying for every clock which part of the ended ones of its
limit was late; ``better`` is how many of the histories ours won. With ``--database`` the clocks of a city are used
instead. The last line is one JSON object; the same seed always gives the same numbers.
"""

import argparse
import json
import random
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workflows import bootstrap
from workflows.desk.asking import Ask
from workflows.forecast.backtest import Pair, backtest, weekly
from workflows.forecast.history import Reckoner, Run, read_clocks, runs_of
from workflows.forecast.model import Calibration, calibrate
from workflows.settings import read_settings
from workflows.time_limits import TimeLimit, due_at, local_day
from workflows.working_days import WorkingCalendar

CITY = Path(bootstrap.__file__).parent / "cities" / "zaozhuang"
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
LIMITS = (("claim", 2), ("plan", 10), ("feedback", 5), ("long", 60))


def history(seed: int, calendar: WorkingCalendar, count: int, units: int = 8) -> list[Run]:
    """Return clocks of half a year; every unit has its own pace, known to nobody but this function."""
    chance = random.Random(seed)
    pace = {f"U{n}": chance.uniform(0.3, 1.3) for n in range(units)}
    runs = []
    for _ in range(count):
        name, length = chance.choice(LIMITS)
        unit = chance.choice(sorted(pace))
        anchor = START + timedelta(days=chance.randrange(180), hours=chance.randrange(8))
        limit = TimeLimit(name, name, length, "working_day", "default", "", "", START.date())
        days = int(chance.gammavariate(2.0, length * pace[unit] / 2.0))
        begun = local_day(anchor, calendar)
        ended = anchor + (calendar.add_working_days(begun, days) - begun) + timedelta(hours=chance.random() * 6)
        is_done, end = chance.random() < 0.95, ended if ended < START + timedelta(days=200) else None
        runs.append(
            Run(name, unit, "working_day", length, anchor, due_at(limit, anchor, calendar), end, is_done, ())
        )  # fmt: skip
    return runs


def measured(runs: Sequence[Run], calendar: WorkingCalendar, now: datetime) -> Calibration | None:
    """Return how good forecasts would have been on one history."""
    pairs: list[Pair] = backtest(runs, Reckoner(calendar), weekly(runs, now), now)
    return calibrate(pairs)


def shown(name: str, found: Calibration) -> None:
    """Print one history."""
    bins = "  ".join(f"{one.predicted:.2f}→{one.happened:.2f} ({one.count})" for one in found.bins)
    print(f"{name}: brier {found.brier:.4f}, base {found.brier_base:.4f}, {found.count} forecasts; {bins}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small histories")
    parser.add_argument("--database", help="use the clocks of this city instead, such as sqlite:///var/demo.db")
    given = parser.parse_args()
    calendar = WorkingCalendar.load(CITY / "calendar")
    results: list[Calibration] = []
    if given.database:
        app = bootstrap.build(read_settings({"XIANJIE_DATABASE": given.database, "XIANJIE_DEMO": "1"}))
        runs = app.engine.ask(Ask(lambda uow: runs_of(app.rulebook, read_clocks(uow))))
        named = [("city", runs, app.engine.clock.now())]
    else:
        sizes = (150, 400) if given.quick else (150, 400, 1000, 2500) * 5
        named = [(f"history {seed}, {size} clocks", history(seed, calendar, size), START + timedelta(days=200))
                 for seed, size in enumerate(sizes, 1)]  # fmt: skip
    for name, runs, now in named:
        found = measured(runs, calendar, now)
        if found is None:
            print(f"{name}: fewer than twenty ended clocks, no forecast", flush=True)
            continue
        shown(name, found)
        results.append(found)
    print(json.dumps(summary(results)))


def summary(results: Sequence[Calibration]) -> dict[str, object]:
    """Return the paired comparison of all histories."""
    gains = [found.brier_base - found.brier for found in results]
    return {
        "histories": len(results), "forecasts": sum(found.count for found in results),
        "brier": round(statistics.fmean(found.brier for found in results), 4) if results else None,
        "base": round(statistics.fmean(found.brier_base for found in results), 4) if results else None,
        "better": sum(gain > 0 for gain in gains), "least_gain": round(min(gains), 4) if gains else None,
    }  # fmt: skip


if __name__ == "__main__":
    main()
