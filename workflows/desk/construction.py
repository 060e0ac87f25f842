"""Construction projects: the list by stage and lateness, and what is registered about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.construction.checks import MEASURES
from workflows.construction.commands import ChangeIndicators, RegisterRequest, ReportSkip
from workflows.construction.projects import CHECKERS
from workflows.desk.asking import Ask, lamp_of
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor, require
from workflows.records.approvals import approval, party
from workflows.records.cases import copy, duty
from workflows.records.clocks import running_limit
from workflows.records.construction import construction_check, construction_project
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
PROCESS = "construction_tracking"
MOST = 200
_ORDER = {"red": 0, "yellow": 1, "normal": 2, "paused": 3}


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in the list: what it is, its stage, and the lamp of the check that runs."""

    project: Row
    lamp: Lamp | None
    check_state: str
    blocked_by: str


def permits_of(actor: Actor) -> ColumnElement[bool] | None:
    """Return which approvals concern the person, None for all: decided, claimed, or copied to the own unit."""
    if actor.oversees or actor.has("administrator"):
        return None
    units = list(actor.units)
    return or_(
        approval.c.approving_unit.in_(units),
        approval.c.id.in_(select(duty.c.approval_id).where(duty.c.unit.in_(units))),
        approval.c.id.in_(select(copy.c.approval_id).where(copy.c.unit.in_(units))),
        approval.c.id.in_(select(construction_project.c.approval_id).where(construction_project.c.unit.in_(units))),
    )


def lamps_of(uow: UnitOfWork, rulebook: Rulebook, instances: list[UUID]) -> dict[UUID, Lamp]:
    """Return the most urgent running lamp of each case."""
    running = running_limit.c.instance_id.in_(instances) & running_limit.c.ended_at.is_(None)
    found: dict[UUID, Lamp] = {}
    for row in uow.connection.execute(select(running_limit).where(running)):
        lamp, known = lamp_of(rulebook, row, uow.now), found.get(row.instance_id)
        if known is None or _ORDER.get(lamp.kind, 9) < _ORDER.get(known.kind, 9):
            found[row.instance_id] = lamp
    return found


class ConstructionDesk:
    """Answers how far each project is, and registers requests, skipped stages and indicators."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def projects(self, actor: Actor, stage: str = "", show: str = "open") -> tuple[ProjectLine, ...]:
        """Return at most 200 projects the person may see; *show* is open, late, failed or closed."""
        return self._engine.ask(Ask(lambda uow: self._projects(uow, actor, stage, show)))

    def _projects(self, uow: UnitOfWork, actor: Actor, stage: str, show: str) -> tuple[ProjectLine, ...]:
        statement = (
            select(construction_project, approval.c.project_name, approval.c.document_no, approval.c.site,
                   party.c.name.label("party_name"))
            .join(approval, approval.c.id == construction_project.c.approval_id)
            .join(party, party.c.id == approval.c.party_id)
            .where(construction_project.c.state != "tracking" if show == "closed" else
                   construction_project.c.state == "tracking")
            .order_by(construction_project.c.opened_at.desc(), construction_project.c.id)
            .limit(MOST)
        )  # fmt: skip
        mine = permits_of(actor)
        if mine is not None:
            statement = statement.where(mine)
        if stage:
            statement = statement.where(construction_project.c.stage == stage)
        rows = [dict(row) for row in uow.connection.execute(statement).mappings()]
        lamps = lamps_of(uow, self._rulebook, [row["instance_id"] for row in rows])
        latest = _latest(uow, [row["id"] for row in rows])
        lines = [
            ProjectLine(row, lamps.get(row["instance_id"]), *latest.get(row["id"], ("", ""))) for row in rows
        ]  # fmt: skip
        kept = [line for line in lines if _is_shown(line, show)]
        return tuple(sorted(kept, key=lambda line: _ORDER.get(line.lamp.kind, 9) if line.lamp else 9))

    def fields(
        self, actor: Actor, form: str, project_id: UUID, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return one of the part's forms: request, skip or indicators."""
        require(actor, *CHECKERS)
        context = self._context(actor, project_id)
        given = answers if answers is not None or form != "indicators" else context
        return self._forms.get(PROCESS, form).fields_for(context, given)

    def request(self, actor: Actor, project_id: UUID, code: str, answers: Mapping[str, Any], *, key: str = "") -> UUID:
        """Check and register that the builder asks for a check; the same key registers one."""
        checked = self._checked(actor, "request", project_id, answers)
        command = RegisterRequest(actor, project_id, code, checked, self._rulebook)
        if not key:
            return self._engine.execute(command)
        print_ = fingerprint_of("construction-request", str(project_id), code, answers)
        done = self._engine.execute(Once(command, actor.login, key, print_, lambda found: {"id": str(found)}))
        return UUID(str(done.result["id"]))

    def skip(self, actor: Actor, project_id: UUID, answers: Mapping[str, Any], *, key: str = "") -> None:
        """Check and register that the builder went on without a check."""
        command = ReportSkip(actor, project_id, self._checked(actor, "skip", project_id, answers))
        if not key:
            return self._engine.execute(command)
        print_ = fingerprint_of("construction-skip", str(project_id), answers)
        self._engine.execute(Once(command, actor.login, key, print_, lambda _: {}))
        return None

    def change(self, actor: Actor, project_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and write down what is permitted."""
        checked = self._checked(actor, "indicators", project_id, answers)
        self._engine.execute(ChangeIndicators(actor, project_id, checked))

    def _checked(self, actor: Actor, form: str, project_id: UUID, answers: Mapping[str, Any]) -> dict[str, Any]:
        require(actor, *CHECKERS)
        return self._forms.get(PROCESS, form).validate(answers, self._context(actor, project_id))

    def _context(self, actor: Actor, project_id: UUID) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            mine = construction_project.c.id == project_id
            row = uow.connection.execute(select(construction_project).where(mine)).mappings().one_or_none()
            if row is None or row["unit"] not in actor.units:
                raise errors.CaseNotFound(project=str(project_id))
            done = set(uow.connection.scalars(select(construction_check.c.code).where(
                construction_check.c.project_id == project_id, construction_check.c.state == "passed")))  # fmt: skip
            left = [{"value": one["code"], "label": one["name"]} for one in row["checkpoints"]
                    if one["code"] not in done]  # fmt: skip
            plain = {name: value for name, value in row.items() if isinstance(value, str | float | int)}
            return {**plain, "open_checkpoints": left, "today": local_day_of(uow.now).isoformat()}

        return self._engine.ask(Ask(read))

    def unit_names(self) -> dict[str, str]:
        """Return what to call each unit."""
        return self._engine.ask(Ask(lambda uow: {one.code: one.short_name for one in all_units(uow)}))


def _latest(uow: UnitOfWork, projects: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return the state of each project's last check, and the case that came of it."""
    rows = uow.connection.execute(
        select(construction_check.c.project_id, construction_check.c.state, construction_check.c.lead_key)
        .where(construction_check.c.project_id.in_(projects))
        .order_by(construction_check.c.requested_on, construction_check.c.id)
    )
    return {row.project_id: (row.state, row.lead_key or "") for row in rows}


def _is_shown(line: ProjectLine, show: str) -> bool:
    if show == "late":
        return line.lamp is not None and line.lamp.kind == "red"
    return line.check_state in ("failed", "violation") if show == "failed" else True


__all__ = ["CHECKERS", "MEASURES", "ConstructionDesk", "ProjectLine", "lamps_of", "permits_of"]
