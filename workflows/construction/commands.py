"""What officers register about a project: a request of the builder, a skipped stage, what is permitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.instances import SetVariables
from engine.store.tables import process_instance
from workflows import errors
from workflows.construction.checks import add_check
from workflows.construction.projects import CHECKERS, change_project
from workflows.intake.blocks import blocks_on
from workflows.policy import Actor, require
from workflows.records.approvals import approval
from workflows.records.construction import construction_check, construction_project, construction_skip
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork, local_day_of

_INDICATORS = ("project_type", "permitted_height", "permitted_area", "coordinates", "sign_place", "builder_contact")


def own_project(uow: UnitOfWork, actor: Actor, project_id: UUID) -> Row[Any]:
    """Return a project the person's unit checks and that is not closed.

    Raises:
        NotAllowed: the person has no role that checks.
        CaseNotFound: there is none, or another unit checks it.
        ProjectClosed.
    """
    require(actor, *CHECKERS)
    found = select(construction_project).where(construction_project.c.id == project_id)
    row = uow.connection.execute(found).one_or_none()
    if row is None or row.unit not in actor.units:
        raise errors.CaseNotFound(project=str(project_id))
    if row.state != "tracking":
        raise errors.ProjectClosed(project=row.business_key, state=row.state)
    return row


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """Register that the builder asks for the check that is next; answers the id of the check.

    Raises:
        FormInvalid: another stage is next, or its check runs already.
        ProjectBlocked: a case against the builder is open; nothing may be handled before it ends.
    """

    actor: Actor
    project_id: UUID
    code: str
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the request and wake the project."""
        row = own_project(uow, self.actor, self.project_id)
        self._check_stage(uow, row)
        _refuse_blocked(uow, row)
        day = date.fromisoformat(str(self.answers["requested_on"]))
        if day < local_day_of(_permit(uow, row).decided_at):
            raise errors.FormInvalid(errors=[{"field": "requested_on", "message": "不能早于许可日期"}])
        check_id = add_check(
            uow, row.id, row.stage, row.stage_name, requested_on=day, requested_by=self.actor.login,
            surveyor=self.answers.get("surveyor") or "", request_note=self.answers.get("request_note") or "",
        )  # fmt: skip
        facts = {"check_id": str(check_id), "requested_on": day.isoformat()}
        CorrelateMessage("check_requested", f"{row.business_key}/{row.stage}", facts, self.actor.login).run(uow)
        return check_id

    def _check_stage(self, uow: UnitOfWork, row: Row[Any]) -> None:
        if self.code != row.stage:
            text = f"当前环节是“{row.stage_name}”，未通过前不受理其他环节；已经施工的，请登记“未按环节施工”"
            raise errors.FormInvalid(errors=[{"field": "code", "message": text}])
        running = (construction_check.c.project_id == row.id) & construction_check.c.state.in_(("requested", "failed"))
        if uow.connection.execute(select(construction_check.c.id).where(running)).first() is not None:
            text = "本环节已受理，正在核验或整改，不能重复登记"
            raise errors.FormInvalid(errors=[{"field": "code", "message": text}])


def _permit(uow: UnitOfWork, row: Row[Any]) -> Row[Any]:
    return uow.connection.execute(select(approval).where(approval.c.id == row.approval_id)).one()


def _refuse_blocked(uow: UnitOfWork, row: Row[Any]) -> None:
    """Nothing is handled while a case is open: Jinan art. 79, Heze art. 43."""
    permit = _permit(uow, row)
    blocks = blocks_on(uow, project_no=permit.project_no, project_code=permit.project_code or "")
    if blocks:
        raise errors.ProjectBlocked(project=row.business_key, reason=blocks[0].reason)
    leads = [
        *uow.connection.scalars(_lead_keys(construction_check, row)),
        *uow.connection.scalars(_lead_keys(construction_skip, row)),
    ]
    mine = process_instance.c.business_key.in_([*leads, *_penalty_keys(uow, row)]) & process_instance.c.status.in_(
        ("active", "suspended")
    )
    running = uow.connection.scalar(select(process_instance.c.business_key).where(mine))
    if running is not None:
        raise errors.ProjectBlocked(project=row.business_key, reason=f"案件 {running} 尚未了结")


def _penalty_keys(uow: UnitOfWork, row: Row[Any]) -> list[str]:
    """Return the numbers of the penalty cases that the diagram asks for."""
    mine = (construction_check.c.project_id == row.id) & (construction_check.c.state == "violation")
    found = uow.connection.execute(select(construction_check.c.id, construction_check.c.code).where(mine))
    return [f"CF/{row.business_key}/{one.code}/{one.id}" for one in found]


def _lead_keys(table: Any, row: Row[Any]) -> Any:
    return select(table.c.lead_key).where(table.c.project_id == row.id, table.c.lead_key.is_not(None))


@dataclass(frozen=True, slots=True)
class ReportSkip:
    """Register that the builder went on without a check; it becomes a lead."""

    actor: Actor
    project_id: UUID
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> None:
        """Bring it to the running case."""
        row, given = own_project(uow, self.actor, self.project_id), self.answers
        names = {one["code"]: one["name"] for one in row.checkpoints}
        code, day = str(given["skipped_code"]), date.fromisoformat(str(given["found_on"]))
        noon = datetime.combine(day, time(12), ZONE).astimezone(UTC)
        facts = {
            "skipped_code": code, "skipped_name": names.get(code, code), "found_by": self.actor.login,
            "skip_facts": f"未通过“{names.get(code, code)}”即施工：{given['violation_facts']}",
            "found_at": min(noon, uow.now).isoformat(),
        }  # fmt: skip
        CorrelateMessage("stage_skipped", row.business_key, facts, self.actor.login).run(uow)


@dataclass(frozen=True, slots=True)
class ChangeIndicators:
    """Write down what is permitted, of what type the project is, and where its sign board stands."""

    actor: Actor
    project_id: UUID
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> None:
        """Change the file; another type changes which stages come next."""
        row = own_project(uow, self.actor, self.project_id)
        values = {name: self.answers.get(name) for name in _INDICATORS}
        change_project(uow, row.id, needs_review=False, **values)
        if values["project_type"] != row.project_type:
            changed = {"project_type": values["project_type"]}
            SetVariables(row.instance_id, changed, self.actor.login, "项目类型变更").run(uow)
