"""Random inspections, joint inspections and warnings as the national records want them."""

from typing import Any

from sqlalchemy import func, select

from workflows.city import City
from workflows.directory import find_unit, unit_chain
from workflows.exchange.datasets import Dataset, Told, uuid_of
from workflows.inspections.layout import nature_of
from workflows.inspections.subjects import item_name_of
from workflows.libraries.ratings import rating_of
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_signal
from workflows.records.libraries import inspection_object
from workflows.records.random_checks import random_plan, random_plan_line, random_target, random_task
from workflows.standards.codes import item_code, organ_code
from workflows.time_limits import months_after
from workflows.uow import UnitOfWork, begin_of, local_day_of

_t, _i, _s, _o = random_target.c, inspection.c, key_signal.c, inspection_object.c
_STATUS = {"opened": "分发", "assigned": "认领", "closed": "结束"}
_SIGNALS = {"complaint": "投诉举报", "alert": "监测预警", "violation": "违法行为", "hazard": "安全隐患"}


def tell_random(uow: UnitOfWork, _city: City, key: str) -> Told | None:
    """Tell an object that was drawn: by which plan, its credit class, whether it was checked before this year."""
    found = (
        select(
            random_target, random_task.c.unit, random_task.c.item_codes, random_task.c.business_key,
            random_task.c.plan_line_id, random_plan.c.business_key.label("plan"), _o.name,
        )
        .join(random_task, random_task.c.id == _t.task_id)
        .join(inspection_object, _o.id == _t.object_id)
        .outerjoin(random_plan_line, random_plan_line.c.id == random_task.c.plan_line_id)
        .outerjoin(random_plan, random_plan.c.id == random_plan_line.c.plan_id)
        .where(_t.id == uuid_of(key))
    )  # fmt: skip
    row = uow.connection.execute(found).one_or_none()
    if row is None or row.finished_at is None:
        return None
    values = {
        "plan_id": row.plan or row.business_key, "is_plan": row.plan_line_id is not None,
        "is_dup_check": _was_checked_before(uow, row), "subitem_name": item_name_of(uow, row.item_codes[0]),
        "enterprise_class": rating_of(uow, row.object_id, local_day_of(row.finished_at)).credit,
    }  # fmt: skip
    organ = unit_chain(uow, row.unit)[-1]
    return Told(values, organ, row.finished_at, f"双随机抽查：{row.name}", row.business_key)


def _was_checked_before(uow: UnitOfWork, row: Any) -> bool:
    """Tell whether the object was already checked by a draw in the twelve months before."""
    first = begin_of(months_after(local_day_of(row.finished_at), -12))
    same = (_t.object_id == row.object_id, _t.id != row.id, _t.finished_at >= first, _t.finished_at < row.finished_at)
    return bool(uow.connection.scalar(select(func.count()).select_from(random_target).where(*same)))


def tell_joint(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell a joint inspection: who asked, who was asked, how far it has come."""
    row = uow.connection.execute(select(inspection).where(_i.id == uuid_of(key))).one_or_none()
    if row is None:
        return None
    organ = find_unit(uow, unit_chain(uow, row.unit)[-1])
    joint, status, nature = list(row.joint_units), _STATUS.get(row.state, "反馈"), nature_of(row.party_code)
    values = {
        "taskInfo/taskNo": row.number, "taskInfo/taskName": f"对{row.party_name}的联合检查", "taskInfo/status": status,
        "taskInfo/taskStartTime": local_day_of(row.assigned_at or row.opened_at), "taskInfo/initiateUnitType": "dept",
        "taskInfo/initiateUnitNo": organ_code(city, organ.code), "taskInfo/initiateUnitName": organ.name,
        "taskInfo/unionDeptNo": ";".join(filter(None, (organ_code(city, one["unit"]) for one in joint))) or None,
        "taskInfo/unionDeptName": ";".join(one["name"] for one in joint) or None,
        "taskInfo/unionRegionNo": row.area, "taskInfo/unionRegionName": city.division(row.area),
        "taskInfo/supervisionMatterCode": item_code(city, row.item_code), "taskInfo/inspectContent": row.reason or None,
        "superviseObject/superviseObjectName": row.party_name,
        "superviseObject/superviseObjectCode": str(row.object_id) if row.object_id else None,
        "superviseObject/credentialsType": "001" if nature == "2" else None,
        "superviseObject/credentialsValue": row.party_code or None, "taskDetails/status": status,
        "taskDetails/claimTime": row.assigned_at, "taskDetails/endTime": row.closed_at,
        "taskDetails/endReason": row.close_note if row.closed_at else None,
        "taskDetails/feedbackSuggestion": "；".join(one["note"] for one in joint if one.get("note")) or None,
        **_fed_back(uow, city, row, organ),
    }  # fmt: skip
    return Told(values, organ.code, row.opened_at, f"联合检查：{row.party_name}", row.business_key)


def _fed_back(uow: UnitOfWork, city: City, row: Any, organ: Any) -> dict[str, Any]:
    """Return the inspection itself, as the message carries it once there is a result."""
    if row.result is None:
        return {}
    at = "feedbackUnitInfo/admInspection/"
    return {
        f"{at}supervisionMatterCode": item_code(city, row.item_code), f"{at}checkActionCode": row.number,
        f"{at}checkActionName": f"对{row.party_name}进行{item_name_of(uow, row.item_code)}的检查",
        f"{at}implementInstitution": organ.name, f"{at}implementInstitutionCode": organ_code(city, organ.code),
        f"{at}superviseObjectName": row.party_name, f"{at}checkResult": row.result,
        f"{at}checkPersonnel": ";".join(one["name"] for one in row.inspectors) or None,
    }  # fmt: skip


def tell_warning(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell a signal about an object that the city received or found."""
    found = (
        select(key_signal, _o.name, _o.credit_code, _o.unit, _o.area)
        .join(inspection_object, _o.id == _s.object_id)
        .where(_s.id == uuid_of(key))
    )
    row = uow.connection.execute(found).one_or_none()
    if row is None:
        return None
    values = {
        "riskObject": row.name, "riskObjectCertCode": row.credit_code or None, "fxyjId": row.source_key or str(row.id),
        "domain": "自然资源和规划", "province": city.area[:2] + "0000", "title": _SIGNALS.get(row.kind, row.kind),
        "createdAt": row.happened_at, "source": row.source, "props": row.note or None,
    }  # fmt: skip
    return Told(values, unit_chain(uow, row.unit)[-1], row.happened_at, f"风险预警：{row.name}")


TASKS: tuple[Dataset, ...] = (
    Dataset("double_random", "random", "双随机抽查", "regulation_double_random", "random_target",
            select(_t.id.label("id"), _t.finished_at.label("at")).where(_t.finished_at.is_not(None)), tell_random),
    Dataset("joint_task", "other", "联合监管任务", "regulation_joint_task", "inspection",
            select(_i.id.label("id"), _i.opened_at.label("at")).where(_i.kind == "joint"), tell_joint),
    Dataset("risk_warning", "other", "风险预警", "regulation_risk_warning", "key_signal",
            select(_s.id.label("id"), _s.happened_at.label("at")), tell_warning),
)  # fmt: skip
