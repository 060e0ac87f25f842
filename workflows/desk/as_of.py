"""Looking back: a case and the rules at a past instant, for those who may see the case today."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.process_engine import ProcessEngine
from engine.queries.instances import InstanceDetails, ListInstances, ReadDiagram
from engine.spiff.model import form_name
from workflows import errors
from workflows.as_of.case import CaseThen, case_then
from workflows.as_of.rules import FormThen, RulesThen, forms_then, limits_then, rules_then
from workflows.clauses import Clauses
from workflows.desk.asking import Ask
from workflows.desk.called import elements_of
from workflows.desk.timeline import TimelineEntry, timeline
from workflows.directory import all_units, names_of
from workflows.jurisdiction import if_seen
from workflows.policy import Actor
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp, TimeLimit, lamp
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClockThen:
    """A clock as it stood, with the limit that was in force."""

    row: Mapping[str, Any]
    limit: TimeLimit | None
    lamp: Lamp


@dataclass(frozen=True, slots=True)
class CaseAsOf:
    """A case at an instant, with what explains it."""

    case: InstanceDetails
    then: CaseThen
    clocks: tuple[ClockThen, ...]
    forms: Mapping[str, FormThen | None]
    timeline: tuple[TimelineEntry, ...]
    diagram: bytes
    names: Mapping[str, str]
    units: Mapping[str, str]


class AsOfDesk:
    """Shows the past."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._clauses = clauses

    def now(self) -> datetime:
        """Return the present."""
        return self._engine.clock.now()

    def case(self, actor: Actor, business_key: str, at: datetime) -> CaseAsOf:
        """Return a case at an instant that is not in the future.

        Raises:
            CaseNotFound: there is none, it had not begun, or it does not concern the person's unit.
            FormInvalid: the instant is in the future.
        """
        self._check(at)
        return self._engine.ask(Ask(lambda uow: self._case(uow, actor, business_key, at)))

    def rules(self, _actor: Actor, at: datetime) -> RulesThen:
        """Return the rules as they were known at an instant.

        Raises:
            FormInvalid: the instant is in the future.
        """
        self._check(at)
        return self._engine.ask(Ask(lambda uow: rules_then(uow, self._rulebook.calendar, at)))

    def _check(self, at: datetime) -> None:
        if at > self.now():
            raise errors.FormInvalid(errors=[{"field": "at", "message": "只能查看过去的时刻"}])

    def _case(self, uow: UnitOfWork, actor: Actor, business_key: str, at: datetime) -> CaseAsOf:
        known = [one for one in ListInstances(business_key).run(uow) if one.started_at <= at]
        seen = if_seen(uow, actor, known[0] if known else None, lambda one: one.id)
        if seen is None:
            raise errors.CaseNotFound(case=business_key)
        case = replace(seen, elements=elements_of(uow, seen.id))
        then = case_then(uow, case, at)
        limits = {(one.name, one.item): one for one in limits_then(uow, at)}
        asked = {
            task.element_id: form_name(task.definition_key, task.form_key)
            for task in then.tasks if task.status == "open" and task.form_key
        }  # fmt: skip
        found = forms_then(uow, then.definition_id, set(asked.values()), at)
        forms = {element: found[name] for element, name in asked.items()}
        people = {task.owner for task in then.tasks if task.owner} | {line.actor for line in then.lines}
        return CaseAsOf(
            case, then, tuple(self._clock(row, limits, at) for row in then.clocks), forms,
            timeline(uow, case, then.lines, self._clauses), ReadDiagram(then.definition_id).run(uow).content,
            names_of(uow, people), {unit.code: unit.short_name for unit in all_units(uow)},
        )  # fmt: skip

    def _clock(self, row: Mapping[str, Any], limits: Mapping[tuple[str, str], TimeLimit], at: datetime) -> ClockThen:
        limit = limits.get((row["limit_name"], row["item_code"] or "*")) or limits.get((row["limit_name"], "*"))
        if row["ended_at"] is not None:
            shown = Lamp("done", "逾期办结" if row["is_late"] else "按期办结", 0)
        elif row["paused_since"] is not None:
            shown = Lamp("paused", "中止计时", 0)
        elif limit is None:
            shown = Lamp("red" if at >= row["due_at"] else "normal", "超期" if at >= row["due_at"] else "计时中", 0)
        else:
            shown = lamp(limit, row["due_at"], row["warn_at"], at, self._rulebook.calendar)
        return ClockThen(row, limit, shown)
