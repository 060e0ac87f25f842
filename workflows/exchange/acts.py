"""Acts of supervision as the national records want them: inspection, penalty, coercion, other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from workflows.city import City
from workflows.directory import unit_chain
from workflows.exchange.datasets import CHANNEL, Dataset, Told, uuid_of
from workflows.inspections.layout import nature_of, official_layout
from workflows.inspections.shapes import RESULTS
from workflows.inspections.subjects import item_name_of
from workflows.penalties.official import coercion_values, penalty_values
from workflows.records.coercions import coercion
from workflows.records.inspections import inspection, inspection_record, supervision_act
from workflows.records.penalties import penalty_case
from workflows.standards.codes import agency, check_list_code, party_values
from workflows.uow import UnitOfWork, last_day_of, local_day_of

__all__ = ["ACTS", "CHANNEL"]
_a = supervision_act.c
_JOIN = ";"


def _act(uow: UnitOfWork, key: str) -> Any:
    return uow.connection.execute(select(supervision_act).where(_a.id == uuid_of(key))).one_or_none()


def _told(uow: UnitOfWork, act: Any, values: Mapping[str, Any], title: str) -> Told:
    organ = unit_chain(uow, act.unit)[-1]
    return Told(values, organ, act.happened_at, f"{title}：{act.party_name}", act.business_key)


def tell_inspection(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell an inspection; visits that are no case of their own are told by what the act knows."""
    act = _act(uow, key)
    if act is None:
        return None
    row = uow.connection.execute(select(inspection).where(inspection.c.id == act.source_id)).one_or_none()
    values = _visit(uow, city, act) if row is None else official_layout(uow, city, row, _record(uow, row.id))
    return _told(uow, act, values, "行政检查")


def _record(uow: UnitOfWork, inspection_id: Any) -> Any:
    c = inspection_record.c
    newest = select(inspection_record).where(c.inspection_id == inspection_id).order_by(c.submitted_at.desc()).limit(1)
    return uow.connection.execute(newest).one_or_none()


def _visit(uow: UnitOfWork, city: City, act: Any) -> dict[str, Any]:
    name = item_name_of(uow, act.item_code)
    certificates = [one.get("certificate_no", "") for one in act.officers]
    return {
        **agency(uow, city, act.item_code, act.unit), **_party(act), "check_form": "01", "check_type": "现场检查",
        "supervise_item_check_icode": check_list_code(uow, city, act.item_code, act.unit),
        "check_action_name": f"对{act.party_name}进行{name}的检查", "check_action_code": number_of(act),
        "check_mode": "现场检查", "check_result": RESULTS.get(act.result, act.result),
        "check_date": local_day_of(act.happened_at),
        "check_personnel": _JOIN.join(one["name"] for one in act.officers),
        "check_personnel_code": _JOIN.join(certificates) if any(certificates) else None,
        "record_unique_identity": str(act.id),
    }  # fmt: skip


def number_of(act: Any) -> str:
    """Return a number of its own for an act whose case has several: the case's, and the end of the act's id."""
    return f"{act.business_key}-{str(act.id)[-6:].upper()}"


def _party(act: Any) -> dict[str, Any]:
    return party_values(act, nature_of(act.party_code))


def tell_penalty(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell a penalty as its case stands now."""
    act = _act(uow, key)
    if act is None:
        return None
    row = uow.connection.execute(select(penalty_case).where(penalty_case.c.id == act.source_id)).one()
    return _told(uow, act, penalty_values(uow, city, row), "行政处罚")


def tell_coercion(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell a measure or an enforcement as it stands now."""
    act = _act(uow, key)
    if act is None:
        return None
    row = uow.connection.execute(select(coercion).where(coercion.c.id == act.source_id)).one()
    return _told(uow, act, coercion_values(uow, city, row), "行政强制")


def tell_other(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell an act that is none of the three."""
    act = _act(uow, key)
    if act is None:
        return None
    day = local_day_of(act.happened_at)
    values = {
        **agency(uow, city, act.item_code, act.unit), **_party(act), "action_code": number_of(act),
        "action_name": f"对{act.party_name}的{item_name_of(uow, act.item_code)}监管", "supervise_measure": act.result,
        "start_date": day, "end_date": day,
    }  # fmt: skip
    return _told(uow, act, values, "其他监管行为")


def tell_rectification(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell the order to put something right that an inspection ended with."""
    c = inspection.c
    row = uow.connection.execute(select(inspection).where(c.id == uuid_of(key))).one_or_none()
    if row is None or not row.order_number:
        return None
    given = row.rectification or {}
    nature, due = nature_of(row.party_code), given.get("due_at")
    last = last_day_of(datetime.fromisoformat(due)) if due else None
    is_closed = row.state == "closed"
    values = {
        **agency(uow, city, row.item_code, row.unit), **party_values(row, nature), "action_code": row.order_number,
        "action_name": f"责令{row.party_name}改正", "check_action_code": row.number, "item_source": "行政检查",
        "supervise_measure": "责令改正", "closing_case": (row.close_note or "已办结")[:200] if is_closed else None,
        "start_date": local_day_of(row.opened_at), "end_date": last,
    }  # fmt: skip
    organ = unit_chain(uow, row.unit)[-1]
    return Told(values, organ, row.opened_at, f"责令改正：{row.party_name}", row.business_key)


def _acts(kind: str) -> Any:
    return select(_a.id.label("id"), _a.happened_at.label("at")).where(_a.kind == kind)


ACTS: tuple[Dataset, ...] = (
    Dataset("inspection", "acts", "行政检查", "regulation_inspection", "supervision_act", _acts("inspection"),
            tell_inspection),
    Dataset("penalty", "acts", "行政处罚", "regulation_penalty", "supervision_act", _acts("penalty"), tell_penalty),
    Dataset("coercion", "acts", "行政强制", "regulation_coercion", "supervision_act", _acts("coercion"), tell_coercion),
    Dataset("other_act", "acts", "其他监管行为", "regulation_other", "supervision_act", _acts("other"), tell_other),
    Dataset("rectification", "acts", "其他行为·责令改正", "regulation_other", "inspection",
            select(inspection.c.id.label("id"), inspection.c.opened_at.label("at")).where(
                inspection.c.order_number.is_not(None)), tell_rectification),
)  # fmt: skip
