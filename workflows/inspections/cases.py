"""What the steps of an inspection write: opening, notice, result, rectification, hand-over, closing."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.acts import record_act
from workflows.commands.register_lead import RegisterLead
from workflows.directory import find_unit
from workflows.inspections.people import actor_of, chosen, extra_groups
from workflows.inspections.shapes import KINDS, RESULTS
from workflows.inspections.subjects import item_name_of, sheet_of, subject_of
from workflows.letter_book import facts, write_letter
from workflows.records.inspections import inspection, inspection_record
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, chinese_date, chinese_end, local_day_of

BASIS = ["《细则》一、二（三）、二（五）", "《行政处罚法》第四十二条、第五十五条"]


def row_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the inspection a step belongs to."""
    mine = inspection.c.id == UUID(str(variables["inspection_id"]))
    return uow.connection.execute(select(inspection).where(mine)).one()


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Change an inspection."""
    uow.connection.execute(update(inspection).where(inspection.c.id == row.id).values(**values))


def open_inspection(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Give the inspection its number; inspectors that were drawn or named beforehand are taken over if they may."""
    request = dict(_mapping(job.variables["inspection_request"]))
    subject = subject_of(uow, request)
    unit = find_unit(uow, subject["unit"])
    number = str(job.variables.get("inspection_number") or new_number(uow, rulebook))
    inspection_id = uow.new_id()
    row = {
        "id": inspection_id, "instance_id": job.instance_id, "business_key": job.business_key, "number": number,
        "state": "opened", "inspectors": [], "inspector_units": [], "sheet": [], "recusals": [],
        "joint_units": _taking_part(uow, request),
        "is_announced": False, "opened_at": uow.now, "opened_by": request.get("requested_by") or "system", **subject,
    }  # fmt: skip
    uow.connection.execute(insert(inspection), row)
    stored = row_of(uow, {"inspection_id": inspection_id})
    taken: Mapping[str, object] = {"is_assigned": False, "extra_groups": [], "joint_units": []}
    with suppress(errors.FormInvalid):  # too few or not qualified: the section assigns
        taken = take_on(uow, stored, [str(one) for one in request.get("inspectors") or ()])
    names = ("kind", "party_name", "party_code", "site", "area", "item_code", "reason", "source_key")
    return {
        "inspection_id": str(inspection_id), "inspection_number": number, "unit": unit.code, "unit_name": unit.name,
        "approval_id": None if subject["approval_id"] is None else str(subject["approval_id"]),
        "leader_unit": rulebook.city.leader_unit, "item_name": item_name_of(uow, subject["item_code"]),
        "title": f"{KINDS[subject['kind']]}：{subject['party_name']}", "project_name": subject["party_name"],
        "outcome": "no_problem", "follow_up": "none", "handling": "none", **{name: row[name] for name in names},
        **taken,
    }  # fmt: skip


def new_number(uow: UnitOfWork, rulebook: Rulebook) -> str:
    """Return the next number of an inspection."""
    return next_number(uow, rulebook.city.numbers["inspection"], "inspection")


def take_on(uow: UnitOfWork, row: Row[Any], logins: list[str], planned_on: date | None = None) -> Mapping[str, object]:
    """Write who inspects and which sheet is to be answered.

    Raises:
        FormInvalid: they are too few, or one of them may not inspect.
    """
    inspectors = chosen(uow, row, logins, on=planned_on)
    units = sorted({one["unit"] for one in inspectors} - {row.unit})
    change(
        uow, row, inspectors=inspectors, inspector_units=units, sheet=sheet_of(uow, row.item_code), state="assigned",
        assigned_at=uow.now, planned_on=planned_on,
    )  # fmt: skip
    return {
        "is_assigned": True, "extra_groups": extra_groups(row.unit, inspectors),
        "inspector_names": "、".join(one["name"] for one in inspectors),
    }  # fmt: skip


def send_notice(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell the party in writing what will be inspected, by whom, and that it may ask for recusal."""
    row = row_of(uow, job.variables)
    content = {
        "receiver": row.party_name,
        "opening": f"根据监管需要，我单位将对你单位（个人）进行{KINDS[row.kind]}，现将有关事项通知如下。",
        "facts": facts(
            ("检查事项", item_name_of(uow, row.item_code)), ("检查地点", row.site),
            ("检查日期", row.planned_on), ("检查人员", _people(row)), ("检查事由", row.reason),
        ),
        "basis": BASIS,
        "closing": "检查人员将出示执法证件。认为检查人员与本次检查有利害关系的，可以申请回避。请予配合并准备有关材料。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="inspection_notice", about=row.id, sender=row.unit, receiver="",
        subject="检查通知书", content=content,
    )  # fmt: skip
    change(uow, row, is_announced=True, notice_number=number)
    return {"notice_number": number}


def invite_units(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Ask each invited unit in writing to take part."""
    row = row_of(uow, job.variables)
    for invited in row.joint_units:
        content = {
            "opening": "我单位拟开展联合检查，请派员参加。",
            "facts": facts(
                ("检查编号", row.number), ("检查对象", row.party_name), ("检查地点", row.site),
                ("检查事项", item_name_of(uow, row.item_code)), ("检查日期", row.planned_on), ("事由", row.reason),
            ),
            "basis": ["《细则》三（一）"],
            "closing": "请在系统中回复是否参加及参加人员。",
        }  # fmt: skip
        write_letter(
            uow, rulebook.city, job, kind="joint_invitation", about=row.id, sender=row.unit, receiver=invited["unit"],
            subject="联合检查邀请函", content=content,
        )  # fmt: skip
    return {}


def file_result(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep the reviewed result, and the inspection as one act of supervision."""
    row, record = row_of(uow, job.variables), _last_record(uow, job.variables)
    outcome = str(job.variables["outcome"])
    change(uow, row, result=outcome)
    record_act(
        uow, kind="inspection", item_code=row.item_code, unit=row.unit, area=row.area, party_name=row.party_name,
        party_code=row.party_code, object_id=row.object_id, source="inspection", source_id=row.id,
        business_key=job.business_key, happened_at=record.ended_at,
        officers=record.inspectors or row.inspectors, result=outcome,
    )  # fmt: skip
    return {}


def order_rectification(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Order the party in writing to put it right by a day."""
    row, given = row_of(uow, job.variables), job.variables
    limit = rulebook.reckon("rectification", uow.now, item=row.item_code or None)
    record = _last_record(uow, given)
    content = {
        "receiver": row.party_name,
        "opening": f"经检查（{row.number}），发现你单位（个人）存在下列问题，现责令改正。",
        "facts": facts(("存在的问题", record.summary), ("改正要求", given["requirements"]), ("检查地点", row.site)),
        "deadline": f"{chinese_end(limit.due_at)}前改正，并将改正情况书面报告我单位",
        "basis": ["《行政处罚法》第二十八条"],
        "closing": "逾期不改正或改正不到位的，将依法处理。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="rectification", about=row.id, sender=row.unit, receiver="",
        subject="责令改正通知书", content=content,
    )  # fmt: skip
    rectification = {"requirements": given["requirements"], "due_at": limit.due_at.isoformat()}
    change(uow, row, state="rectifying", order_number=number, rectification=rectification)
    return {"order_number_party": number, "follow_up": "rectified"}


def prepare_penalty(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Put together what the penalty begins with."""
    row, record = row_of(uow, job.variables), _last_record(uow, job.variables)
    lead = {
        "source": "inspection", "source_key": row.number, "source_id": str(row.id),
        "approval_id": None if row.approval_id is None else str(row.approval_id), "party_name": row.party_name,
        "party_code": row.party_code, "item_code": row.item_code, "unit": row.unit, "area": row.area,
        "site": row.site, "found_on": local_day_of(record.ended_at).isoformat(), "facts": _facts_of(row, record),
    }  # fmt: skip
    return {"penalty_lead": lead, "follow_up": "penalty"}


def register_transfer(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Register the lead from which the case is transferred, in the name of whoever decided so."""
    row, record = row_of(uow, job.variables), _last_record(uow, job.variables)
    lead = {
        "source": "检查发现", "matter": "other", "place_kind": "planned", "party_name": row.party_name,
        "project_name": row.party_name, "site": row.site, "area": row.area, "found_at": record.ended_at,
        "facts": _facts_of(row, record),
        "evidence": [{"name": one["name"], "kind": one["kind"], "note": "", "sha256": one["sha256"]}
                     for one in record.evidence],
    }  # fmt: skip
    actor = actor_of(uow, job.variables["decided_by"])
    done = RegisterLead(actor, lead, rulebook, row.approval_id).run(uow)
    change(uow, row, transfer_key=done.business_key)
    return {"transfer_key": done.business_key, "follow_up": "transfer"}


def close_inspection(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the inspection with what came of it."""
    row, given = row_of(uow, job.variables), job.variables
    result, follow_up = str(given["outcome"]), str(given["follow_up"])
    if result == "corrected":
        follow_up = "rectified"
    if given.get("recheck_verdict") == "corrected":
        result = "corrected"
    change(uow, row, result=result, follow_up=follow_up, state="closed", closed_at=uow.now)
    return {
        "inspection_outcome": {
            "inspection_id": str(row.id), "number": row.number, "result": result, "follow_up": follow_up,
            "finished_at": uow.now.isoformat(),
        }
    }  # fmt: skip


def _taking_part(uow: UnitOfWork, request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the units whose officers were drawn along; they need not be invited any more."""
    units = [find_unit(uow, str(code)) for code in request.get("joint_units") or ()]
    return [{"unit": one.code, "name": one.short_name, "answer": "join", "officer": "", "note": ""} for one in units]


def _people(row: Row[Any]) -> str:
    return "、".join(
        f"{one['name']}（{one['certificate_no']}）" if one["certificate_no"] else one["name"] for one in row.inspectors
    )


def _last_record(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = inspection_record.c.id == UUID(str(variables["record_id"]))
    return uow.connection.execute(select(inspection_record).where(mine)).one()


def _facts_of(row: Row[Any], record: Row[Any]) -> str:
    day: datetime = record.ended_at
    failed = [f"{line['code']}：{line['note']}" for line in record.lines if line["verdict"] == "no"]
    return "\n".join([f"{chinese_date(day)}检查（{row.number}）：{RESULTS[record.found]}。{record.summary}", *failed])


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
