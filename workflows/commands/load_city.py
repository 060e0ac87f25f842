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
from workflows.catalogue.fields import ANY_AREA, EMPTY, ITEM_KEYS
from workflows.catalogue.store import end_item, last_version, write_owner, write_version
from workflows.devolved.delegations import load_delegations
from workflows.directory import find_unit
from workflows.items import DISTRICT
from workflows.libraries.loading import load_libraries
from workflows.performance.catalogue import load_kpis
from workflows.policy import fault_of_roles
from workflows.records.clocks import time_limit
from workflows.records.offices import item, item_assignment, officer, unit
from workflows.time_limits import as_row, load_time_limits
from workflows.uow import UnitOfWork, local_day_of

FROM_FILE = "城市数据文件"
_FOR_ALL = ("approving", "process", "valid_from")


@dataclass(frozen=True, slots=True)
class CityLoaded:
    """How many rows were new or changed, by table."""

    changed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LoadCity:
    """Load units, officers, items, limits, delegations, indicators and libraries.

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
                "kpi": load_kpis(uow, self.folder),
                **load_libraries(uow, self.folder, self.actor),
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
            if fault := fault_of_roles(given["roles"]):
                raise errors.FormInvalid(errors=[{"field": f"officers.toml {given['login']}", "message": fault}])
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
        for given in data["item"]:
            row = {"permits": [given["name"]], **{name: data[name] for name in _FOR_ALL if name in data}, **given}
            changed += self._item(uow, row) + self._owners(uow, row)
        return changed

    def _item(self, uow: UnitOfWork, row: Mapping[str, Any]) -> int:
        """Write what changed in the file as a new version; the past and what an official decided since are kept."""
        values = {key: row.get(key, EMPTY[key]) for key in ITEM_KEYS}
        from_file = last_version(uow, row["code"], item.c.source == FROM_FILE)
        if from_file is not None:
            values = {key: value for key, value in values.items() if from_file[key] != value}
        if not values:
            return 0
        begins = row["valid_from"] if from_file is None else max(row["valid_from"], local_day_of(uow.now))
        write_version(uow, row["code"], values, begins, FROM_FILE)
        if row.get("valid_to"):
            end_item(uow, row["code"], row["valid_to"])
        return 1

    def _owners(self, uow: UnitOfWork, row: Mapping[str, Any]) -> int:
        """Follow the file only when the file changed: what an official decided since is left alone."""
        owner = {"approving_unit": row.get("approving") or None, "supervising_units": list(row["supervising"])}
        last = uow.connection.execute(
            select(item_assignment)
            .where(item_assignment.c.item_code == row["code"], item_assignment.c.reason == FROM_FILE)
            .order_by(item_assignment.c.changed_at.desc(), item_assignment.c.id.desc())
        ).first()
        if last is not None and all(getattr(last, key) == value for key, value in owner.items()):
            return 0
        begins = row["valid_from"] if last is None else max(row["valid_from"], local_day_of(uow.now))
        for code in row["supervising"]:
            if code != DISTRICT:
                find_unit(uow, code)
        write_owner(uow, row["code"], ANY_AREA, owner, begins, (self.actor, FROM_FILE))
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
        owner = {"supervising_units": list(self.supervising_units), "default_officer": None, "stand_in": None}
        write_owner(uow, self.item_code, self.area, owner, self.from_day, (self.actor, self.reason))

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
