"""Bring a city's data files into the database; loading again changes nothing that has not changed."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Table, insert, select, update

from workflows import errors
from workflows.devolved.delegations import load_delegations
from workflows.directory import find_unit
from workflows.items import DISTRICT
from workflows.records.clocks import time_limit
from workflows.records.offices import item, item_assignment, officer, unit
from workflows.time_limits import as_row, load_time_limits
from workflows.uow import UnitOfWork, local_day_of

FROM_FILE = "城市数据文件"
ANY_AREA = "*"


@dataclass(frozen=True, slots=True)
class CityLoaded:
    """How many rows were new or changed, by table."""

    changed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LoadCity:
    """Load units, officers, items, limits and delegations.

    A unit or officer is updated in place, an item, its owners or a limit that differs in the file gets a new
    version; loading the same files again changes nothing, and never undoes what an official changed since.
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
                "delegation": load_delegations(uow, self.folder, self.actor),
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
        """Add new officers and bring the others up to date; passwords and locks are theirs."""
        data = self._read("officers.toml")
        known = {row["login"]: row for row in uow.connection.execute(select(officer)).mappings()}
        fresh, changed = [], 0
        for given in data["officer"]:
            values = {"title": None, "phone": None, "stand_in": None, **given}
            if given["login"] not in known:
                fresh.append(values)
            elif any(known[given["login"]][name] != value for name, value in values.items()):
                uow.connection.execute(update(officer).where(officer.c.login == given["login"]).values(**values))
                changed += 1
        self._hire(uow, fresh, data)
        return changed + len(fresh)

    def _hire(self, uow: UnitOfWork, fresh: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> None:
        password = data.get("demo_password")
        hashed = PasswordHasher(time_cost=1, memory_cost=8192).hash(password) if password and fresh else None
        same = {
            "is_active": True, "failed_logins": 0, "locale": "zh_Hans_CN", "is_demo": bool(data.get("is_demo")),
            "password_hash": hashed,
        }  # fmt: skip
        if fresh:
            uow.connection.execute(insert(officer), [same | dict(row) for row in fresh])

    def _items(self, uow: UnitOfWork) -> int:
        data = self._read("items.toml")
        changed = 0
        for row in data["item"]:
            valid_from = row.get("valid_from", data["valid_from"])
            changed += self._item(uow, row, valid_from) + self._owners(uow, row, valid_from)
        return changed

    def _item(self, uow: UnitOfWork, row: Mapping[str, Any], valid_from: date) -> int:
        """Write a new version of an item that differs; the past keeps the version it had."""
        values = {key: row[key] for key in ("name", "type", "category", "basis", "clauses", "object_type", "measure",
                                            "is_key", "status")}  # fmt: skip
        values |= {"limits": row.get("limits", {}), "aliases": row.get("aliases", [])}
        same = item.c.code == row["code"]
        last = uow.connection.execute(select(item).where(same).order_by(item.c.version.desc())).first()
        if last is not None and all(getattr(last, key) == value for key, value in values.items()):
            return 0
        begins, version = valid_from, 1
        if last is not None:
            begins, version = max(valid_from, local_day_of(uow.now)), last.version + 1
            uow.connection.execute(update(item).where(same, item.c.version == last.version).values(valid_to=begins))
        keys = {"code": row["code"], "version": version, "valid_from": begins, "valid_to": row.get("valid_to")}
        uow.connection.execute(insert(item), keys | values)
        return 1

    def _owners(self, uow: UnitOfWork, row: Mapping[str, Any], valid_from: date) -> int:
        """Follow the file only when the file changed: what an official decided since is left alone."""
        units = tuple(row["supervising"])
        last = uow.connection.execute(
            select(item_assignment)
            .where(item_assignment.c.item_code == row["code"], item_assignment.c.reason == FROM_FILE)
            .order_by(item_assignment.c.changed_at.desc(), item_assignment.c.id.desc())
        ).first()
        if last is not None and tuple(last.supervising_units) == units:
            return 0
        begins = valid_from if last is None else max(valid_from, local_day_of(uow.now))
        ChangeItemOwner(row["code"], ANY_AREA, units, begins, self.actor, FROM_FILE).run(uow)
        return 1

    def _limits(self, uow: UnitOfWork) -> int:
        """Write a new version of a limit that changed in the file; what an official decided since is left alone."""
        changed = 0
        for limit in load_time_limits(self.folder / "time_limits.toml").all:
            rows = uow.connection.execute(
                select(time_limit)
                .where(time_limit.c.name == limit.name, time_limit.c.item_code == limit.item)
                .order_by(time_limit.c.version.desc())
            ).all()
            from_file = next((row for row in rows if row.reason == FROM_FILE), None)
            data = as_row(limit)
            if from_file is not None and from_file.data == data:
                continue
            row = {
                "name": limit.name, "version": rows[0].version + 1 if rows else 1, "item_code": limit.item,
                "data": data, "valid_from": limit.valid_from, "valid_to": limit.valid_to, "changed_by": self.actor,
                "changed_at": uow.now, "reason": FROM_FILE,
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
    """Move the duty for an item to other units from a day on; cases in hand stay where they are.

    ``area`` is a division code or ``*``; ``{district}`` among the units is the bureau of the project's area.

    Raises:
        UnknownItem, UnknownUnit: there is no such item or unit.
        FormInvalid: no unit, or no reason.
    """

    item_code: str
    area: str
    supervising_units: tuple[str, ...]
    from_day: date
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """End the old assignment on that day and begin the new one."""
        self._check(uow)
        same = (item_assignment.c.item_code == self.item_code) & (item_assignment.c.area == self.area)
        open_ones = same & (item_assignment.c.valid_to.is_(None) | (item_assignment.c.valid_to > self.from_day))
        old = uow.connection.execute(
            select(item_assignment).where(open_ones).order_by(item_assignment.c.valid_from)
        ).first()
        uow.connection.execute(update(item_assignment).where(open_ones).values(valid_to=self.from_day))
        row = {
            "id": uow.new_id(), "item_code": self.item_code, "area": self.area,
            "approving_unit": old.approving_unit if old else None,
            "supervising_units": list(self.supervising_units), "default_officer": None, "stand_in": None,
            "valid_from": self.from_day, "valid_to": None, "changed_by": self.actor, "changed_at": uow.now,
            "reason": self.reason,
        }  # fmt: skip
        uow.connection.execute(insert(item_assignment), row)

    def _check(self, uow: UnitOfWork) -> None:
        faults = [] if self.supervising_units else [{"field": "supervising_units", "message": "请至少选择一个监管单位"}]
        faults += [] if self.reason.strip() else [{"field": "reason", "message": "请写明调整理由"}]
        if faults:
            raise errors.FormInvalid(errors=faults)
        if uow.connection.execute(select(item.c.code).where(item.c.code == self.item_code)).first() is None:
            raise errors.UnknownItem(item=self.item_code)
        for code in self.supervising_units:
            if code != DISTRICT:
                find_unit(uow, code)
