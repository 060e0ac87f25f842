"""What systems above call our offices and items, and how a party is written in their records.

The codes come from the city's ``exchange.toml``: offices by their unified social credit code, items by the code of the
national list. What is not in it stays empty, and a record that needs it is held.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflows.city import City
from workflows.directory import find_unit, unit_chain
from workflows.uow import UnitOfWork

PERSON, LEGAL_PERSON = "1", "2"
_LEVELS: Mapping[str, str] = {"city": "3", "district": "4", "town": "5"}
_CERTIFICATES: Mapping[str, str] = {PERSON: "居民身份证", LEGAL_PERSON: "001", "3": "001"}


def organ_code(city: City, organ: str) -> str | None:
    """Return the credit code of an office."""
    return _codes(city.folder).get("organs", {}).get(organ)


def item_code(city: City, code: str) -> str | None:
    """Return what the national list calls an item."""
    return _codes(city.folder).get("items", {}).get(code)


@cache
def _codes(folder: Path) -> Mapping[str, Mapping[str, str]]:
    path = folder / "exchange.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def check_list_code(uow: UnitOfWork, city: City, item: str, unit: str) -> str | None:
    """Return the code of an office's check list for an item: the office, the digit of its level, the item."""
    organ = find_unit(uow, unit_chain(uow, unit)[-1])
    office, listed = organ_code(city, organ.code), item_code(city, item)
    return f"{office}{_LEVELS.get(organ.level, '3')}{listed}" if office and listed else None


def agency(uow: UnitOfWork, city: City, item: str, unit: str) -> dict[str, Any]:
    """Return who acted, and on what item, as every record of an act says it."""
    organ = unit_chain(uow, unit)[-1]
    return {
        "supervise_item_implement_code": item_code(city, item),
        "implement_institution": find_unit(uow, organ).name,
        "implement_institution_code": organ_code(city, organ),
    }


def party_values(row: Any, nature: str | None) -> dict[str, Any]:
    """Return the party as every record of an act says it; an act knows no site, and a citizen tells none."""
    return {
        "supervise_object": row.party_name, "administrative_cp": row.party_name, "administrative_cp_na": nature,
        "administrative_cp_ce_type": _CERTIFICATES.get(nature or "") if row.party_code else None,
        "administrative_cp_ui_code": row.party_code or None, "area_number": row.area,
        "address_operating": None if nature == PERSON else (getattr(row, "site", None) or None),
    }  # fmt: skip
