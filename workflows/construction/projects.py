"""The projects that are tracked: opened once for each permit, changed with it, ended with it or at the end."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.commands.register_lead import RegisterLead
from workflows.directory import find_actor, find_unit, unit_of_kind
from workflows.items import assignment_for
from workflows.notices import notify
from workflows.records.approvals import approval, party
from workflows.records.construction import construction_check, construction_project, construction_skip
from workflows.records.offices import item
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

TYPES: Mapping[str, str] = {
    "building": "建筑", "building_phased": "建筑（分阶段）", "pipeline": "市政、管线", "rural": "乡村建设",
}  # fmt: skip
STATES: Mapping[str, str] = {"tracking": "跟踪中", "completed": "已归档", "withdrawn": "许可撤回，已终止"}
CHECKERS = ("section_officer", "section_head", "district_officer")


def read_permit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Say whether the permit is valid and not tracked yet, and what the decision tables ask about it."""
    key = UUID(str(job.variables["approval_id"]))
    row = uow.connection.execute(
        select(approval.c.result, approval.c.approving_unit, party.c.identity_number)
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id == key)
    ).one()
    known = project_of(uow, key)
    level = find_unit(uow, row.approving_unit).level
    return {
        "is_new": row.result == "granted" and (known is None or known.state == "withdrawn"),
        "approving_level": "city" if level == "city" else "district", "party_code": row.identity_number,
        "check_id": None, "requested_on": None, "violation_facts": None, "decision": None,
    }  # fmt: skip


def project_of(uow: UnitOfWork, approval_id: UUID) -> Row[Any] | None:
    """Return the project of a permit, if it is or was tracked."""
    mine = construction_project.c.approval_id == approval_id
    return uow.connection.execute(select(construction_project).where(mine)).one_or_none()


def open_project(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Open the file of a project; a permit granted anew after its withdrawal takes its old file up again."""
    given, key = job.variables, UUID(str(job.variables["approval_id"]))
    unit = _checking_unit(uow, given)
    known = project_of(uow, key)
    values = {
        "instance_id": job.instance_id, "business_key": job.business_key, "project_type": given["project_type"],
        "unit": unit, "claimed_by_units": [given["claiming_unit"]], "area": given["area"], "state": "tracking",
        "stage": "", "stage_name": "", "checkpoints": [], "opened_at": uow.now, "closed_at": None,
    }  # fmt: skip
    if known is not None:
        change_project(uow, known.id, **values)
        return {"project_id": str(known.id), "unit": unit}
    project_id = uow.new_id()
    row = {"id": project_id, "approval_id": key, "needs_review": True, "public_code": secrets.token_hex(8), **values}
    uow.connection.execute(insert(construction_project), row)
    return {"project_id": str(project_id), "unit": unit}


def _checking_unit(uow: UnitOfWork, given: Mapping[str, Any]) -> str:
    """Return who checks: the owner of a kind of item in the catalogue, the district's bureau, or who claimed."""
    office, area = given["office"], str(given["area"])
    if office["office"] == "district":
        found = unit_of_kind(uow, "natural_resources", area)
        return found.code if found else str(given["claiming_unit"])
    today = local_day_of(uow.now)
    same = (item.c.category == office["category"]) & (item.c.valid_to.is_(None) | (item.c.valid_to > today))
    code = uow.connection.scalar(select(item.c.code).where(same).order_by(item.c.code))
    return assignment_for(uow, code, area, today).supervising_units[0] if code else str(given["claiming_unit"])


def next_checkpoint(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Choose the first checkpoint of the table that has not been passed."""
    key, rows = UUID(str(job.variables["project_id"])), job.variables["checkpoints"]
    listed = sorted(rows, key=lambda row: float(row["place"])) if isinstance(rows, list) else []
    passed = set(uow.connection.scalars(
        select(construction_check.c.code).where(
            construction_check.c.project_id == key, construction_check.c.state == "passed")
    ))  # fmt: skip
    found = next((row for row in listed if row["code"] not in passed), None)
    checkpoints = [{**row, "place": int(float(row["place"]))} for row in listed]
    stage = found or {"code": "", "name": "全部完成"}
    change_project(uow, key, checkpoints=checkpoints, stage=stage["code"], stage_name=stage["name"])
    return {"has_next": found is not None, "checkpoint": found}


def change_project(uow: UnitOfWork, key: UUID, **values: object) -> None:
    """Write columns of a project."""
    uow.connection.execute(update(construction_project).where(construction_project.c.id == key).values(**values))


def project_in(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the project a step is about."""
    mine = construction_project.c.id == UUID(str(variables["project_id"]))
    return uow.connection.execute(select(construction_project).where(mine)).one()


def join_unit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note another unit that claimed the same permit."""
    row = project_in(uow, job.variables)
    units = list(dict.fromkeys([*row.claimed_by_units, str(job.variables["claiming_unit"])]))
    change_project(uow, row.id, claimed_by_units=units)
    return {}


def update_permit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Let the unit compare the indicators with the changed permit."""
    row = project_in(uow, job.variables)
    change_project(uow, row.id, needs_review=True)
    _tell(uow, row, "许可内容已更正，请核对许可指标", job)
    return {}


def end_tracking(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """End the project with its permit; what was checked stays written."""
    row = project_in(uow, job.variables)
    change_project(uow, row.id, state="withdrawn", closed_at=uow.now)
    still_open = construction_check.c.state.in_(("requested", "failed"))
    mine = construction_check.c.project_id == row.id
    uow.connection.execute(update(construction_check).where(mine, still_open).values(state="ended"))
    _tell(uow, row, "许可已撤回，跟踪终止", job)
    return {}


def close_project(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the project: every checkpoint was passed."""
    change_project(uow, project_in(uow, job.variables).id, state="completed", closed_at=uow.now)
    return {}


def _tell(uow: UnitOfWork, row: Row[Any], text: str, job: ServiceJob) -> None:
    name = str(job.variables.get("project_name") or "")
    groups = [f"{row.unit}/{role}" for role in CHECKERS]
    notify(uow, groups, kind="construction", text=f"{text}：{name}", business_key=job.business_key)


def record_skip(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Turn a skipped stage into a lead with the permit attached."""
    given, row = job.variables, project_in(uow, job.variables)
    lead = {"facts": given["skip_facts"], "matter": "illegal_building", "found_at": given["found_at"]}
    lead_key = lead_of(uow, row, rulebook, str(given["found_by"]), lead)
    uow.connection.execute(
        insert(construction_skip),
        {
            "id": uow.new_id(), "project_id": row.id, "code": given["skipped_code"], "name": given["skipped_name"],
            "facts": given["skip_facts"], "found_on": local_day_of(_instant(given["found_at"])),
            "found_by": given["found_by"], "lead_key": lead_key, "registered_at": uow.now,
        },
    )  # fmt: skip
    return {}


def lead_of(uow: UnitOfWork, row: Row[Any], rulebook: Rulebook, login: str, lead: Mapping[str, object]) -> str:
    """Register a lead about a project's permit as the officer who found it; answers the new case's number."""
    actor = find_actor(uow, login)
    if actor is None:
        raise errors.CaseNotFound(person=login)
    file = {"name": f"跟踪档案 {row.business_key}", "kind": "document", "note": ""}
    whole = {"source": "验线核实", "place_kind": "planned", "evidence": [file], **lead}
    return RegisterLead(actor, whole, rulebook, row.approval_id).run(uow).business_key


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
