"""Bring a city's data files into the database; loading again changes nothing that has not changed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Table, insert, select, update

from workflows.records.clocks import time_limit
from workflows.records.offices import item, item_assignment, officer, unit
from workflows.time_limits import as_row, load_time_limits
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CityLoaded:
    """How many rows were new or changed, by table."""

    changed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LoadCity:
    """Load units, officers, items and limits.

    A unit or officer is updated in place; an item or limit that differs gets a new version.
    """

    folder: Path
    actor: str

    def run(self, uow: UnitOfWork) -> CityLoaded:
        """Load everything inside the given transaction."""
        return CityLoaded(
            {
                "unit": self._units(uow),
                "officer": self._officers(uow),
                "item": self._items(uow),
                "time_limit": self._limits(uow),
            }
        )

    def _read(self, name: str) -> dict[str, Any]:
        return tomllib.loads((self.folder / name).read_text(encoding="utf-8"))

    def _units(self, uow: UnitOfWork) -> int:
        data = self._read("units.toml")
        changed = 0
        for row in data["unit"]:
            values = {"parent": None, "liaison": None, "valid_to": None, "valid_from": data["valid_from"], **row}
            changed += _upsert(uow, unit, unit.c.code, values)
        return changed

    def _officers(self, uow: UnitOfWork) -> int:
        data = self._read("officers.toml")
        known = {row.login for row in uow.connection.execute(select(officer.c.login))}
        fresh = [row for row in data["officer"] if row["login"] not in known]
        password = data.get("demo_password")
        hashed = PasswordHasher(time_cost=1, memory_cost=8192).hash(password) if password and fresh else None
        rows = [
            {
                "title": None, "phone": None, "stand_in": None, "is_active": True, "failed_logins": 0,
                "locale": "zh_Hans_CN", "is_demo": bool(data.get("is_demo")), "password_hash": hashed, **row,
            }
            for row in fresh
        ]  # fmt: skip
        if rows:
            uow.connection.execute(insert(officer), rows)
        return len(rows)

    def _items(self, uow: UnitOfWork) -> int:
        data = self._read("items.toml")
        changed = 0
        for row in data["item"]:
            changed += self._item(uow, row, row.get("valid_from", data["valid_from"]))
        return changed

    def _item(self, uow: UnitOfWork, row: Mapping[str, Any], valid_from: date) -> int:
        values = {key: row[key] for key in ("name", "type", "category", "basis", "clauses", "object_type", "measure",
                                            "is_key", "status")}  # fmt: skip
        values |= {"limits": row.get("limits", {}), "aliases": row.get("aliases", [])}
        last = uow.connection.execute(
            select(item).where(item.c.code == row["code"]).order_by(item.c.version.desc())
        ).first()
        if last is not None and all(getattr(last, key) == value for key, value in values.items()):
            return 0
        version = 1 if last is None else last.version + 1
        keys = {"code": row["code"], "version": version, "valid_from": valid_from, "valid_to": row.get("valid_to")}
        uow.connection.execute(insert(item), keys | values)
        if last is None:
            assignment = {
                "id": uow.new_id(), "item_code": row["code"], "area": "*", "approving_unit": None,
                "supervising_units": row["supervising"], "default_officer": None, "stand_in": None,
                "valid_from": valid_from, "valid_to": None,
            }  # fmt: skip
            uow.connection.execute(insert(item_assignment), assignment)
        return 1

    def _limits(self, uow: UnitOfWork) -> int:
        changed = 0
        for limit in load_time_limits(self.folder / "time_limits.toml").all:
            last = uow.connection.execute(
                select(time_limit)
                .where(time_limit.c.name == limit.name, time_limit.c.item_code == limit.item)
                .order_by(time_limit.c.version.desc())
            ).first()
            data = as_row(limit)
            if last is not None and last.data == data:
                continue
            row = {
                "name": limit.name, "version": 1 if last is None else last.version + 1, "item_code": limit.item,
                "data": data, "valid_from": limit.valid_from, "valid_to": limit.valid_to, "changed_by": self.actor,
                "changed_at": uow.now, "reason": "城市数据文件",
            }  # fmt: skip
            uow.connection.execute(insert(time_limit), row)
            changed += 1
        return changed


def _upsert(uow: UnitOfWork, table: Table, key: Any, values: Mapping[str, Any]) -> int:
    found = uow.connection.execute(select(table).where(key == values[key.name])).mappings().one_or_none()
    if found is None:
        uow.connection.execute(insert(table), dict(values))
        return 1
    if all(found[name] == value for name, value in values.items()):
        return 0
    uow.connection.execute(update(table).where(key == values[key.name]).values(**values))
    return 1


@dataclass(frozen=True, slots=True)
class ChangeItemOwner:
    """Move the duty for an item to other units from a day on; cases in hand stay where they are."""

    item_code: str
    area: str
    supervising_units: tuple[str, ...]
    from_day: date
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """End the old assignment on that day and begin the new one."""
        same = (item_assignment.c.item_code == self.item_code) & (item_assignment.c.area == self.area)
        uow.connection.execute(
            update(item_assignment)
            .where(same, item_assignment.c.valid_to.is_(None) | (item_assignment.c.valid_to > self.from_day))
            .values(valid_to=self.from_day)
        )
        row = {
            "id": uow.new_id(), "item_code": self.item_code, "area": self.area, "approving_unit": None,
            "supervising_units": list(self.supervising_units), "default_officer": None, "stand_in": None,
            "valid_from": self.from_day, "valid_to": None,
        }  # fmt: skip
        uow.connection.execute(insert(item_assignment), row)
