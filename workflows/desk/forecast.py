"""Forecasts for people and programs: which running clocks are likely to be late, and how good forecasts have been."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.directory import all_units
from workflows.forecast.backtest import backtest, weekly
from workflows.forecast.history import Reckoner, Run, counted, read_clocks, run_of, runs_of
from workflows.forecast.model import WITHIN, Calibration, Model, calibrate
from workflows.jurisdiction import require_case
from workflows.policy import Actor, require
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

WATCHERS = (
    "policy_officer", "leader", "discipline_watcher", "section_head", "squad_head", "district_officer",
    "administrator",
)  # fmt: skip
_MOST = 1000
RISKY = 0.5


@dataclass(frozen=True, slots=True)
class Forecast:
    """One running clock: how likely it is to be late and when it ends, with the sample behind both."""

    clock_id: UUID
    business_key: str
    title: str
    limit: str
    unit: str
    due_at: datetime
    state: str
    probability: float | None
    expected_at: datetime | None
    sample: int
    own_sample: int

    @property
    def risk(self) -> float:
        """Return what lists are sorted by: late already, then likely to be late; what is unknown comes last."""
        if self.state == "late":
            return 2.0
        return self.probability if self.probability is not None and self.state == "running" else -1.0


@dataclass(frozen=True, slots=True)
class ForecastView:
    """The forecasts of a scope, the riskiest first, with what they rest on; all are counted, not all are listed.

    ``unpredicted`` is how many more clocks run in the scope: periods that must pass and are never late,
    and clocks older than what forecasts look at.
    """

    at: datetime
    rows: tuple[Forecast, ...]
    total: int
    calibration: Calibration | None
    samples: Mapping[str, int]
    counts: Mapping[str, int]
    unpredicted: int = 0


@dataclass(frozen=True, slots=True)
class _Learnt:
    hour: datetime
    model: Model
    samples: Mapping[str, int]
    calibration: Calibration | None


class ForecastDesk:
    """Learns from the clocks at most once an hour, and answers; persons are never looked at."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._lock = threading.Lock()
        self._known: _Learnt | None = None

    def view(self, actor: Actor, *, unit: str = "", limit: str = "", most: int = 200) -> ForecastView:
        """Return the running clocks the person may see, the riskiest first: of the city, or of the own unit."""
        require(actor, *WATCHERS)
        c = running_limit.c
        scope: list[Any] = [] if actor.oversees or actor.has("administrator") else [c.unit.in_(actor.units)]
        scope += [c.unit == unit] if unit else []
        scope += [c.limit_name == limit] if limit else []
        learnt = self._learnt()
        rows = sorted(self._forecasts(learnt, *scope), key=lambda one: (-one.risk, one.due_at, str(one.clock_id)))
        counts = Counter(one.state for one in rows)
        counts["risky"] = sum(one.state == "running" and one.risk >= RISKY for one in rows)
        shown = tuple(rows[: min(most, _MOST)])
        wanted = select(func.count()).select_from(running_limit).where(c.ended_at.is_(None), *scope)
        running = self._engine.ask(Ask(lambda uow: uow.connection.scalar(wanted) or 0))
        return ForecastView(
            self._engine.clock.now(), shown, len(rows), learnt.calibration, learnt.samples, counts,
            max(running - len(rows), 0),
        )  # fmt: skip

    def of_case(self, actor: Actor, instance_id: UUID, business_key: str) -> tuple[Forecast, ...]:
        """Return the forecasts of a case's running clocks.

        Raises:
            CaseNotFound: the case does not concern the person.
        """
        self._engine.ask(Ask(lambda uow: require_case(uow, actor, instance_id, business_key)))
        return self._forecasts(self._learnt(), running_limit.c.instance_id == instance_id)

    def of_clocks(self, clock_ids: Sequence[str]) -> Mapping[str, Forecast]:
        """Return the forecasts of running clocks that the caller has been shown already."""
        if not clock_ids:
            return {}
        mine = running_limit.c.id.in_([UUID(one) for one in clock_ids[:_MOST]])
        return {str(one.clock_id): one for one in self._forecasts(self._learnt(), mine)}

    def of_tasks(self, task_ids: Sequence[UUID]) -> Mapping[UUID, Forecast]:
        """Return the forecasts of tasks that the caller has been shown already."""
        if not task_ids:
            return {}
        mine = running_limit.c.task_id.in_(list(task_ids)[:_MOST])
        rows = self._engine.ask(Ask(lambda uow: read_clocks(uow, mine)))
        known = self.of_clocks([str(row.id) for row in rows])
        return {row.task_id: known[str(row.id)] for row in rows if str(row.id) in known}

    def units(self) -> Mapping[str, str]:
        """Return the short names of the units by code."""
        return self._engine.ask(Ask(lambda uow: {unit.code: unit.short_name for unit in all_units(uow)}))

    def _forecasts(self, learnt: _Learnt, *where: Any) -> tuple[Forecast, ...]:
        def read(uow: UnitOfWork) -> tuple[Forecast, ...]:
            rows = read_clocks(uow, running_limit.c.ended_at.is_(None), *where)
            known, reckoner = self._rulebook.limits.names(), Reckoner(self._rulebook.calendar)
            return tuple(
                self._one(learnt, reckoner, row, uow.now) for row in rows if row.limit_name in known
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def _one(self, learnt: _Learnt, reckoner: Reckoner, row: Any, now: datetime) -> Forecast:
        run = run_of(self._rulebook, row)
        place = reckoner.spell(run, row.paused_since or now).place
        late = row.is_late or place > WITHIN
        odds = learnt.model.odds(run.limit, run.unit, place)
        expected = None
        if odds.median is not None and row.paused_since is None:
            expected = max(now, reckoner.instant(run, odds.median))
        state = "late" if late else "paused" if row.paused_since else "running" if odds.is_enough else "unknown"
        title = self._rulebook.limits.at(run.limit, local_day_of(now), row.item_code).title
        return Forecast(
            row.id, row.business_key, title, run.limit, run.unit, row.due_at, state,
            None if late else odds.probability, expected if odds.is_enough else None, odds.sample, odds.own_sample,
        )  # fmt: skip

    def _learnt(self) -> _Learnt:
        now = self._engine.clock.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if self._known is None or self._known.hour != hour:
                self._known = self._engine.ask(Ask(lambda uow: self._learn(uow, hour)))
            return self._known

    def _learn(self, uow: UnitOfWork, hour: datetime) -> _Learnt:
        runs: list[Run] = runs_of(self._rulebook, read_clocks(uow))
        reckoner = Reckoner(self._rulebook.calendar)
        model = Model(reckoner.spell(run, uow.now) for run in runs)
        pairs = backtest(runs, reckoner, weekly(runs, hour), hour)
        return _Learnt(hour, model, counted(runs), calibrate(pairs))
