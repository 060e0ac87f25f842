"""Annual plans of random inspection: the list, the editor, and what the public may read of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import errors
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.items import items_on
from workflows.policy import Actor, require
from workflows.random_checks.caps import Finding, findings_of
from workflows.random_checks.plans import PLANNERS, RemoveLine, SaveLine, StartPlan, lines_of
from workflows.random_checks.words import OBJECT_KINDS
from workflows.records.publication import publication
from workflows.records.random_checks import random_plan, random_plan_line, random_task
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
EDITORS = (*PLANNERS, "section_head")
OPEN_STATES = ("published", "finished")
LIMIT = 50


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with its lines, what the caps say of it now, and what may be done."""

    plan: Row
    lines: tuple[Row, ...]
    findings: tuple[Finding, ...]
    publications: tuple[Row, ...]
    names: Mapping[str, str]
    task_id: UUID | None
    may_edit: bool


class RandomPlanDesk:
    """Answers and edits the plans."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def plans(self, actor: Actor, limit: int = LIMIT) -> tuple[Row, ...]:
        """Return the plans, the newest first; who neither edits nor oversees sees the published ones."""

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            lines = select(random_plan_line.c.plan_id, func.count().label("count")).group_by(random_plan_line.c.plan_id)
            counts = {row.plan_id: row[1] for row in uow.connection.execute(lines)}
            found = select(random_plan).order_by(random_plan.c.year.desc(), random_plan.c.created_at.desc())
            if not _sees_drafts(actor):
                found = found.where(random_plan.c.state.in_(OPEN_STATES))
            rows = uow.connection.execute(found.limit(min(limit, LIMIT))).mappings()
            return tuple({**row, "lines": counts.get(row["id"], 0)} for row in rows)

        return self._engine.ask(Ask(read))

    def plan(self, actor: Actor, plan_id: UUID) -> PlanView:
        """Return a plan.

        Raises:
            CaseNotFound: there is none, or it is a draft the person has no part in.
        """
        return self._engine.ask(Ask(lambda uow: self._view(uow, actor, plan_id)))

    def _view(self, uow: UnitOfWork, actor: Actor, plan_id: UUID) -> PlanView:
        row = uow.connection.execute(select(random_plan).where(random_plan.c.id == plan_id)).mappings().one_or_none()
        if row is None or (row["state"] not in OPEN_STATES and not _sees_drafts(actor)):
            raise errors.CaseNotFound(plan=str(plan_id))
        lines = lines_of(uow, plan_id)
        is_draft = row["state"] == "draft"
        found = findings_of(uow, lines, local_day_of(uow.now), row["year"]) if is_draft else ()
        outlets = select(publication).where(publication.c.about == plan_id).order_by(publication.c.outlet)
        begun = {task.plan_line_id: task.business_key for task in uow.connection.execute(
            select(random_task.c.plan_line_id, random_task.c.business_key)
            .where(random_task.c.plan_line_id.in_([line["id"] for line in lines]))
        )}  # fmt: skip
        return PlanView(
            dict(row), tuple({**line, "task": begun.get(line["id"])} for line in lines), found,
            tuple(dict(one) for one in uow.connection.execute(outlets).mappings()),
            _names(uow) | names_of(uow, [row["created_by"], row["approved_by"] or ""]), _task_of(uow, actor, row),
            is_draft and actor.has(*EDITORS),
        )  # fmt: skip

    def fields(
        self, actor: Actor, form: str, line: Row | None = None, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return the form of a plan (``start``) or of a line (``line``), filled from a line when one is given."""
        require(actor, *EDITORS)
        known = None if line is None else {
            **{name: line[name] for name in ("unit", "joint_units", "areas", "direction", "object_kind", "condition",
                                             "ratio", "per_unit", "month_from", "month_to")},
            "item_code": line["item_codes"][0], "more_items": line["item_codes"][1:],
        }  # fmt: skip
        return self._forms.get("random_plan", form).fields_for(self.context(actor), answers or known)

    def context(self, actor: Actor) -> dict[str, Any]:
        """Return what the forms may choose from."""

        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            units = [one for one in all_units(uow) if one.kind not in ("approval", "other")]
            mine = [one for one in units if actor.has(*PLANNERS) or actor.oversees or one.code in actor.units]
            return {
                "items": [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)],
                "units": [{"value": one.code, "label": one.short_name} for one in mine],
                "all_units": [{"value": one.code, "label": one.short_name} for one in units],
                "areas": [{"value": code, "label": name} for code, name in self._rulebook.city.divisions.items()],
                "object_kinds": [{"value": key, "label": name} for key, name in OBJECT_KINDS.items()],
                "today": today.isoformat(), "this_year": today.year,
            }  # fmt: skip

        return self._engine.ask(Ask(read))

    def start(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> UUID:
        """Begin a plan; the same key answers a repetition with the first one."""
        require(actor, *PLANNERS)
        given = self._forms.get("random_plan", "start").validate(answers, self.context(actor))
        command = StartPlan(actor, int(given["year"]), str(given["title"]), self._rulebook)
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("random_plan", answers), lambda found: {"id": str(found)})
        return UUID(str(self._engine.execute(once).result["id"]))

    def save_line(
        self, actor: Actor, plan_id: UUID, answers: Mapping[str, Any], line_id: UUID | None = None, *, key: str = ""
    ) -> UUID:
        """Check and write a line; the same key answers a repetition with the first one."""
        require(actor, *EDITORS)
        given = self._forms.get("random_plan", "line").validate(answers, self.context(actor))
        command = SaveLine(actor, plan_id, line_id, given)
        if not key:
            return self._engine.execute(command)
        stamp = fingerprint_of("random_plan_line", str(plan_id), answers)
        once = Once(command, actor.login, key, stamp, lambda found: {"id": str(found)})
        return UUID(str(self._engine.execute(once).result["id"]))

    def remove_line(self, actor: Actor, plan_id: UUID, line_id: UUID) -> None:
        """Take a line out of a draft."""
        self._engine.execute(RemoveLine(actor, plan_id, line_id))


def _sees_drafts(actor: Actor) -> bool:
    return actor.oversees or actor.has(*EDITORS)


def _names(uow: UnitOfWork) -> dict[str, str]:
    items = {one.code: one.name for one in items_on(uow, local_day_of(uow.now))}
    return {one.code: one.short_name for one in all_units(uow)} | items


def _task_of(uow: UnitOfWork, actor: Actor, plan: Any) -> UUID | None:
    """Return the open task of a plan that the person may do."""
    t = user_task.c
    mine = (t.instance_id == plan["instance_id"]) & (t.status == "open")
    rows = uow.connection.execute(select(t.id, t.candidate_groups).where(mine))
    return next((row.id for row in rows if not actor.groups.isdisjoint(row.candidate_groups)), None)
