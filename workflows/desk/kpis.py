"""The board of indicators on the desk: numbers, the lists behind them, and weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.desk.performance import seen_units
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.performance.board import (
    Counts,
    Filter,
    KpiPage,
    KpiValue,
    all_rows,
    counted,
    rows_of,
    summed,
)
from workflows.performance.catalogue import KEEPERS, ChangeWeight, Kpi, kpi_called, kpis_on, weight_changes
from workflows.performance.periods import Period, current, period_of
from workflows.performance.scores import Score, score_for, scores_of
from workflows.performance.workbooks import MOST_ROWS, kpi_workbook
from workflows.policy import Actor, require
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
PROCESS = "act_audit"


@dataclass(frozen=True, slots=True)
class BoardView:
    """The indicators of a period for a unit, or for all that the person may see; and the score of each unit."""

    period: Period
    unit: str
    area: str
    values: tuple[tuple[Kpi, KpiValue], ...]
    scores: tuple[Score, ...]
    score: Score | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KpiView:
    """One indicator: its numbers by unit, and a page of the list behind the number that was chosen."""

    kpi: Kpi
    period: Period
    total: KpiValue
    units: tuple[KpiValue, ...]
    page: KpiPage
    changes: Sequence[Row]
    names: Mapping[str, str]
    people: Mapping[str, str]


class KpiDesk:
    """Answers the numbers and lets the policy section weigh."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def period(self, name: str = "") -> Period:
        """Return the period of a name, or the quarter that runs."""
        return period_of(self._rulebook, name) if name else current(self._rulebook, self._engine.clock.now())

    def board(self, actor: Actor, period: str = "", unit: str = "", area: str = "") -> BoardView:
        """Return every indicator of a period.

        Raises:
            CaseNotFound: the unit is not one the person may see.
            FormInvalid: there is no such period.
        """
        wanted, found = Filter(seen_units(actor, unit), area), self.period(period)

        def read(uow: UnitOfWork) -> BoardView:
            counts = counted(uow, found, wanted)
            values = tuple((kpi, summed(kpi, by.values(), unit or None)) for kpi, by in counts)
            score = score_for(unit, values) if unit else None
            names = {one.code: one.short_name for one in all_units(uow)}
            return BoardView(found, unit, area, values, tuple(scores_of(counts)), score, names)

        return self._engine.ask(Ask(read))

    def kpi(
        self, actor: Actor, code: str, period: str = "", wanted: Filter | None = None,
        part: tuple[str, int] = ("denominator", 1),
    ) -> KpiView:  # fmt: skip
        """Return one indicator with a page of a list; *part* is which list and the page.

        Raises:
            CaseNotFound: there is no such indicator, or the unit is not one the person may see.
        """
        found, chosen = self.period(period), self._wanted(actor, wanted)

        def read(uow: UnitOfWork) -> KpiView:
            kpi, by = _only(uow, found, chosen, code)
            units = tuple(summed(kpi, [by[one]], one) for one in sorted(by) if by[one].denominator)
            changes = weight_changes(uow, code)
            return KpiView(
                kpi, found, summed(kpi, by.values(), None), units, rows_of(uow, code, found, chosen, part), changes,
                {one.code: one.short_name for one in all_units(uow)},
                names_of(uow, [str(one["changed_by"]) for one in changes]),
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def _wanted(self, actor: Actor, wanted: Filter | None) -> Filter:
        given = wanted or Filter()
        unit = given.units[0] if given.units else ""
        return Filter(seen_units(actor, unit), given.area)

    def workbook(self, actor: Actor, code: str, period: str = "", unit: str = "") -> bytes:
        """Return an indicator with both lists as a workbook."""
        found, chosen = self.period(period), Filter(seen_units(actor, unit))

        def read(uow: UnitOfWork) -> bytes:
            kpi, by = _only(uow, found, chosen, code)
            values = [summed(kpi, by.values(), None), *(summed(kpi, [by[one]], one) for one in sorted(by))]
            names = {"units": {one.code: one.name for one in all_units(uow)}, "areas": self._rulebook.city.divisions}
            return kpi_workbook(kpi, found.name, values, all_rows(uow, kpi, found, chosen, MOST_ROWS), names)

        return self._engine.ask(Ask(read))

    def weights(self) -> tuple[Sequence[Kpi], Sequence[Row], Mapping[str, str]]:
        """Return the indicators with the weights of today, who changed them, and the names of those."""

        def read(uow: UnitOfWork) -> tuple[Sequence[Kpi], Sequence[Row], Mapping[str, str]]:
            changes = weight_changes(uow)
            people = names_of(uow, [str(one["changed_by"]) for one in changes])
            return kpis_on(uow, local_day_of(uow.now)), changes, people

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, form: str, answers: Row | None = None, code: str = "") -> tuple[FieldView, ...]:
        """Return the form of a weight."""
        require(actor, *KEEPERS)
        return self._forms.get(PROCESS, form).fields_for(self._context(code), answers)

    def change_weight(self, actor: Actor, code: str, answers: Row, *, key: str = "") -> int:
        """Give an indicator another weight from a day on; the same key does it once. Answers the version.

        Raises:
            FormInvalid, CaseNotFound.
        """
        require(actor, *KEEPERS)
        given = self._forms.get(PROCESS, "weight").validate(answers, self._context(code))
        command = ChangeWeight(
            actor, code, int(float(str(given["weight"]))), date.fromisoformat(str(given["valid_from"])),
            str(given["reason"]),
        )  # fmt: skip
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("weight", code, answers), lambda one: {"version": one})
        return int(str(self._engine.execute(once).result["version"]))

    def _context(self, code: str) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            weight = kpi_called(uow, code, today).weight if code else 0
            return {"today": today.isoformat(), "weight_now": weight,
                    "period_now": current(self._rulebook, uow.now).name}  # fmt: skip

        return self._engine.ask(Ask(read))


def _only(uow: UnitOfWork, period: Period, wanted: Filter, code: str) -> tuple[Kpi, Mapping[str, Counts]]:
    found = counted(uow, period, wanted, code)
    if not found:
        raise errors.CaseNotFound(kpi=code)
    return found[0]
