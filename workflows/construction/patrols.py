"""Patrols of urban management: which permits, how often, what was found (zz2020/1.1/patrol)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, insert, or_, select, update

from engine.commands.correlate_message import CorrelateMessage
from engine.errors import MessageNotExpected
from engine.handlers import ServiceJob
from workflows import errors
from workflows.acts import record_act
from workflows.clocks import is_task_late
from workflows.construction.projects import lead_of
from workflows.directory import names_of
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.records.approvals import approval, party
from workflows.records.construction import (
    construction_check,
    construction_project,
    construction_skip,
    patrol,
    patrol_subject,
)
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

LEVELS: Mapping[str, str] = {"high": "高", "normal": "中", "low": "低"}
RESULTS: Mapping[str, str] = {
    "no_problem": "未发现问题", "not_started": "尚未开工", "no_access": "无法进入", "finding": "发现问题",
}  # fmt: skip
KINDS: Mapping[str, str] = {"regular": "定期巡查", "spot": "不定期检查"}
SQUAD = ("squad_officer", "squad_head")


def open_patrol(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Enter a copied permit in the plan of the squad, once."""
    given, key = job.variables, UUID(str(job.variables["approval_id"]))
    same = (patrol_subject.c.approval_id == key) & (patrol_subject.c.unit == given["unit"])
    known = uow.connection.execute(select(patrol_subject).where(same)).one_or_none()
    permit = uow.connection.execute(
        select(approval.c.result, party.c.identity_number)
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id == key)
    ).one()
    if permit.result != "granted" or (known is not None and known.state != "over"):
        return {"is_new": False}
    values = {"instance_id": job.instance_id, "business_key": job.business_key, "state": "planned"}
    subject_id = uow.new_id() if known is None else known.id
    if known is None:
        row = {
            "id": subject_id, "approval_id": key, "unit": given["unit"], "area": given["area"], "level": "normal",
            "opened_at": uow.now, **values,
        }  # fmt: skip
        uow.connection.execute(insert(patrol_subject), row)
    else:
        _change(uow, subject_id, **values)
    return {
        "is_new": True, "subject_id": str(subject_id), "has_problem": _has_problem(uow, key, subject_id),
        "party_code": permit.identity_number, "patrol_id": None, "violation_facts": None,
    }  # fmt: skip


def _has_problem(uow: UnitOfWork, approval_id: UUID, subject_id: UUID) -> bool:
    """Tell whether a check failed, a stage was skipped, or a patrol found something."""
    mine = construction_project.c.approval_id == approval_id
    project = select(construction_project.c.id).where(mine).scalar_subquery()
    bad = or_(
        exists().where(construction_check.c.project_id == project, construction_check.c.order_no.is_not(None)),
        exists().where(construction_skip.c.project_id == project),
        exists().where(patrol.c.subject_id == subject_id, patrol.c.result == "finding"),
    )
    return bool(uow.connection.scalar(select(bad)))


def plan_patrol(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Choose the day of the next patrol; a finished project or a withdrawn permit leaves the plan."""
    row, chosen = subject_in(uow, job.variables), job.variables["priority"]
    if _is_over(uow, row.approval_id):
        _change(uow, row.id, state="over", next_on=None)
        return {"is_over": True, "next_patrol_at": None}
    level = str(chosen["level"]) if isinstance(chosen, Mapping) else "normal"
    found = rulebook.reckon(f"patrol_{row.chosen_level or level}", uow.now)
    _change(uow, row.id, level=level, state="planned", next_on=local_day_of(found.warn_at))
    patrol_id = _new_patrol(uow, row.id, local_day_of(found.warn_at))
    return {"is_over": False, "next_patrol_at": found.warn_at.isoformat(), "patrol_id": str(patrol_id)}


def _is_over(uow: UnitOfWork, approval_id: UUID) -> bool:
    result = uow.connection.scalar(select(approval.c.result).where(approval.c.id == approval_id))
    mine = construction_project.c.approval_id == approval_id
    state = uow.connection.scalar(select(construction_project.c.state).where(mine))
    return result != "granted" or state in ("completed", "withdrawn")


def _new_patrol(uow: UnitOfWork, subject_id: UUID, day: object) -> UUID:
    row = {
        "id": uow.new_id(), "subject_id": subject_id, "kind": "regular", "reason": "定期巡查", "planned_on": day,
        "evidence": [], "is_late": False,
    }  # fmt: skip
    uow.connection.execute(insert(patrol), row)
    return UUID(str(row["id"]))


def begin_spot(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Make the patrol that was planned a spot check of today, with its reason."""
    given = job.variables
    values = {"kind": "spot", "reason": given["spot_reason"], "planned_on": local_day_of(uow.now)}
    uow.connection.execute(update(patrol).where(patrol.c.id == UUID(str(given["patrol_id"]))).values(**values))
    return {}


def note_patrol(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was seen."""
    lines = [line.strip() for line in str(answers.get("patrol_evidence") or "").splitlines()]
    mine = patrol.c.id == UUID(str(task.variables["patrol_id"]))
    values = {
        "done_at": uow.now, "done_by": task.actor.login, "result": answers["patrol_result"],
        "note": answers.get("patrol_note"), "location": answers.get("location"),
        "evidence": [line for line in lines if line], "is_late": is_task_late(uow, task.task_id),
    }  # fmt: skip
    uow.connection.execute(update(patrol).where(mine).values(**values))
    return {"acted_by": task.actor.login}


def record_patrol(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Enter the patrol among the acts of supervision, and say whether the next one is more urgent."""
    row, given = subject_in(uow, job.variables), job.variables
    login, result = str(given["acted_by"]), str(given["patrol_result"])
    _change(uow, row.id, last_at=uow.now, last_result=result)
    if result in ("no_problem", "finding"):
        record_act(
            uow, kind="inspection", item_code=str(given["item_code"]), unit=row.unit, area=row.area,
            party_name=str(given["party_name"]), party_code=str(given["party_code"]), source="patrol",
            source_id=UUID(str(given["patrol_id"])), business_key=job.business_key, happened_at=uow.now,
            officers=[{"login": login, "name": names_of(uow, [login]).get(login, login), "certificate_no": ""}],
            result="violation" if result == "finding" else "no_problem",
        )  # fmt: skip
    return {"has_problem": _has_problem(uow, row.approval_id, row.id)}


def register_patrol_lead(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Make a finding a lead, with the permit attached."""
    row, given = subject_in(uow, job.variables), job.variables
    lead = {"facts": given["violation_facts"], "matter": "illegal_building", "source": "检查发现", "found_at": None}
    key = lead_of(uow, row, rulebook, str(given["acted_by"]), lead)
    mine = patrol.c.id == UUID(str(given["patrol_id"]))
    uow.connection.execute(update(patrol).where(mine).values(lead_key=key))
    return {}


def subject_in(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the line of the plan a step is about."""
    mine = patrol_subject.c.id == UUID(str(variables["subject_id"]))
    return uow.connection.execute(select(patrol_subject).where(mine)).one()


def _change(uow: UnitOfWork, key: UUID, **values: object) -> None:
    uow.connection.execute(update(patrol_subject).where(patrol_subject.c.id == key).values(**values))


def own_subject(uow: UnitOfWork, actor: Actor, subject_id: UUID) -> Row[Any]:
    """Return a line of the plan of the person's squad.

    Raises:
        NotAllowed, CaseNotFound.
    """
    require(actor, "squad_head")
    row = uow.connection.execute(select(patrol_subject).where(patrol_subject.c.id == subject_id)).one_or_none()
    if row is None or row.unit not in actor.units:
        raise errors.CaseNotFound(patrol=str(subject_id))
    return row


@dataclass(frozen=True, slots=True)
class OrderSpotCheck:
    """Let the squad look at a site now, with a reason.

    Raises:
        ProjectClosed: the permit left the plan, or somebody is on the way already.
    """

    actor: Actor
    subject_id: UUID
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Wake the patrol."""
        row = own_subject(uow, self.actor, self.subject_id)
        if row.state == "over":
            raise errors.ProjectClosed(patrol=row.business_key, state=row.state)
        facts = {"spot_reason": self.reason}
        try:
            CorrelateMessage("spot_check_requested", row.business_key, facts, self.actor.login).run(uow)
        except MessageNotExpected as exc:
            message = "已有一次巡查待完成，请先完成"
            raise errors.FormInvalid(errors=[{"field": "spot_reason", "message": message}]) from exc


@dataclass(frozen=True, slots=True)
class ChangePriority:
    """Let the head of a squad decide how often, instead of the table; it counts from the next planning on."""

    actor: Actor
    subject_id: UUID
    level: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Keep it with the reason."""
        row = own_subject(uow, self.actor, self.subject_id)
        _change(uow, row.id, chosen_level=self.level, level_reason=f"{self.actor.name}：{self.reason}")
