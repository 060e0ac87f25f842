"""An inspection in the words of the official layout of inspection acts (行政检查), for whoever exchanges them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from workflows import identifiers
from workflows.city import City
from workflows.inspections.shapes import KINDS, RESULTS
from workflows.inspections.subjects import item_name_of
from workflows.standards.codes import agency, check_list_code
from workflows.uow import UnitOfWork, local_day_of

DAILY, SPECIAL = "01", "02"
PERSON, LEGAL_PERSON, OTHER = "1", "2", "3"
_PARTS = ";"


def official_layout(uow: UnitOfWork, city: City, row: Row[Any], record: Row[Any] | None) -> Mapping[str, str | None]:
    """Return every field of the layout by its code; null where the platform does not know it.

    The time of reporting belongs to the exchange.
    """
    nature = nature_of(row.party_code)
    day = None if record is None else local_day_of(record.ended_at).isoformat()
    site = row.site or None
    people = row.inspectors if record is None else record.inspectors or row.inspectors
    return {
        "plan_id": row.source_key if row.kind == "random" else None,
        **agency(uow, city, row.item_code, row.unit),
        "supervise_item_check_icode": check_list_code(uow, city, row.item_code, row.unit),
        "check_action_name": f"对{row.party_name}进行{item_name_of(uow, row.item_code)}的检查",
        "check_action_code": row.number,
        "entrust_dept": None,
        "entrust_dept_code": None,
        "supervise_object_type": None,
        "supervise_object": row.party_name,
        "administrative_cp": row.party_name,
        "administrative_cp_na": nature,
        "administrative_cp_ce_type": "001" if nature == LEGAL_PERSON else None,
        "administrative_cp_ui_code": row.party_code or None,
        "address_registered": None,
        "address_operating": None if nature == PERSON else site,
        "area_number": row.area,
        "check_form": SPECIAL if row.kind == "special" else DAILY,
        "check_type": KINDS[row.kind],
        "check_mode": "书面检查" if row.kind == "file_review" else "现场检查",
        "check_result": None if row.result is None else RESULTS[row.result],
        "check_date": day,
        "check_personnel": _PARTS.join(one["name"] for one in people),
        "check_personnel_code": _PARTS.join(one["certificate_no"] for one in people),
        "submitted_date": None,
        "submitted_personnel": None,
        "record_unique_identity": str(row.id),
        "company_type": None,
    }


def nature_of(code: str) -> str:
    """Return what a party is by its number: 1 a person, 2 a legal person, 3 another organisation."""
    if not identifiers.check_credit_code(code):
        return LEGAL_PERSON
    return OTHER if identifiers.check_id_number(code) else PERSON
