"""What the city keeps lists of, as the national records want it: objects, officers, items, credit."""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import func, select

from workflows.city import City
from workflows.directory import unit_chain
from workflows.exchange.datasets import Dataset, Told, uuid_of
from workflows.inspections.layout import PERSON, nature_of
from workflows.items import Item, item_of
from workflows.libraries.ratings import rating_of
from workflows.records.libraries import inspection_object, object_rating, officer_certificate
from workflows.records.offices import item, officer, unit
from workflows.standards.codes import item_code, organ_code
from workflows.uow import ZONE, UnitOfWork, local_day_of

_o, _k, _g = inspection_object.c, officer_certificate.c, object_rating.c
_KINDS = {
    "enterprise": "企业", "institution": "事业单位", "site": "场所（项目）", "mine": "矿山", "survey_unit": "测绘单位",
    "scenic_area": "风景名胜区", "person": "个人",
}  # fmt: skip


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def tell_object(uow: UnitOfWork, _city: City, key: str) -> Told | None:
    """Tell an object of the library; one that was merged into another is told no more."""
    row = uow.connection.execute(select(inspection_object).where(_o.id == uuid_of(key))).one_or_none()
    if row is None or row.status == "merged":
        return None
    code = row.credit_code or None
    is_person = code is not None and nature_of(code) == PERSON
    values = {
        "superviseObjectType": _KINDS.get(row.kind, row.kind), "superviseObjectName": row.name[:200],
        "superviseObjectCode": str(row.id), "credentialsType": ("居民身份证" if is_person else "001") if code else None,
        "credentialsValue": code, "address_operating": None if is_person else (row.site or None),
        "area_number": row.area, "enterpriseType": rating_of(uow, row.id, local_day_of(uow.now)).credit,
        "status": "1" if row.status == "active" else "0",
    }  # fmt: skip
    return Told(values, unit_chain(uow, row.unit)[-1], row.changed_at, f"监管对象：{row.name}")


def tell_officer(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell an officer by the enforcement certificate; phone and identity numbers stay here."""
    found = (
        select(officer_certificate, officer.c.name, officer.c.title, officer.c.is_active, unit.c.area)
        .join(officer, officer.c.login == _k.login)
        .join(unit, unit.c.code == _k.unit)
        .where(_k.id == uuid_of(key))
    )
    row = uow.connection.execute(found).one_or_none()
    if row is None:
        return None
    today = local_day_of(uow.now)
    is_good = row.is_active and row.expires_on >= today and (row.revoked_on is None or row.revoked_on > today)
    organ = unit_chain(uow, row.unit)[-1]
    values = {
        "name": row.name, "rank": None, "lawStaffType": "行政执法人员", "qualificationLegalProfession": None,
        "idNumber": row.number, "cert_key": str(row.id), "staff_code": row.number, "staff_name": row.name,
        "org_id": organ_code(city, organ), "region_id": row.area, "staff_duty": row.title or None,
        "staff_status": "1" if is_good else "0",
    }  # fmt: skip
    return Told(values, organ, _start_of(row.issued_on), f"执法人员：{row.name}")


def tell_item(uow: UnitOfWork, city: City, key: str) -> Told | None:
    """Tell an item of the catalogue as it stands today; one that was retired is told no more."""
    today = local_day_of(uow.now)
    in_force = item.c.valid_from <= today, item.c.valid_to.is_(None) | (item.c.valid_to > today)
    row = uow.connection.execute(
        select(item).where(item.c.code == key, *in_force).order_by(item.c.version.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    found = item_of(row)
    bureau = city.bureau_unit
    return Told(_item_values(uow, city, found), bureau, _start_of(found.valid_from), f"监管事项：{found.name}")


def _item_values(uow: UnitOfWork, city: City, one: Item) -> dict[str, Any]:
    bureau = uow.connection.scalar(select(unit.c.name).where(unit.c.code == city.bureau_unit))
    checks = "\n".join(f"{number}. {check['content']}" for number, check in enumerate(one.checks, 1))
    return {
        "main.dutyCode": organ_code(city, city.bureau_unit), "main.lineCode": one.category,
        "main.itemCode": one.main_code, "main.itemName": one.category, "main.supervisionDept": bureau,
        "main.allowItemType": one.type, "main.allowItemName": "、".join(one.permits) or None, "main.itemStatus": "1",
        "sub.subItemCode": item_code(city, one.code) or one.code, "sub.subItemName": one.name,
        "sub.checkType": one.object_type or None, "sub.supervisionObject": one.object or None,
        "sub.supervisionForm": one.frequency or None, "sub.supervisionMode": "、".join(one.modes) or None,
        "sub.supervisionLevel": one.level or None, "sub.supervisionBasis": one.basis or None,
        "sub.supervisionResult": one.handling or None, "sub.applyScope": ["2"], "sub.subItemStatus": "1",
        "check.checkItem": checks or None, "seed.subject": bureau, "seed.object": one.object or None,
        "seed.measure": one.measure or None, "seed.basis": one.basis or None, "seed.handling": one.handling or None,
    }  # fmt: skip


def tell_credit(uow: UnitOfWork, _city: City, key: str) -> Told | None:
    """Tell a credit grade that the city has of an object."""
    found = (
        select(object_rating, _o.name, _o.credit_code, _o.unit)
        .join(inspection_object, _o.id == _g.object_id)
        .where(_g.id == uuid_of(key))
    )
    row = uow.connection.execute(found).one_or_none()
    if row is None:
        return None
    values = {
        "creditAssess/enterpriseName": row.name, "creditAssess/enterpriseIdType": "001" if row.credit_code else None,
        "creditAssess/enterpriseCreditCode": row.credit_code or None, "creditAssess/enterpriseType": row.value,
        "creditAssess/estimateTime": row.valid_from,
    }  # fmt: skip
    return Told(values, unit_chain(uow, row.unit)[-1], _start_of(row.valid_from), f"信用等级 {row.value}：{row.name}")


REGISTERS: tuple[Dataset, ...] = (
    Dataset("object", "objects", "监管对象", "regulation_object", "inspection_object",
            select(_o.id.label("id"), _o.changed_at.label("at")).where(_o.status != "merged"), tell_object,
            is_register=True),
    Dataset("officer", "officers", "执法人员", "regulation_officer", "officer_certificate",
            select(_k.id.label("id"), _k.changed_at.label("at")), tell_officer, is_register=True),
    Dataset("catalogue", "other", "监管事项目录清单", "regulation_catalogue", "item",
            select(item.c.code.label("id"), func.max(item.c.valid_from).label("at"))
            .where(item.c.valid_to.is_(None)).group_by(item.c.code), tell_item,
            is_register=True),
    Dataset("credit", "other", "监管对象信用信息", "regulation_credit", "object_rating",
            select(_g.id.label("id"), _g.changed_at.label("at")).where(_g.kind == "credit"), tell_credit,
            is_register=True),
)  # fmt: skip
