"""The register of delegation: which item is in whose hands since when, and who bears the consequences."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.commands.start_process import StartProcess
from engine.store.tables import process_definition, process_instance
from workflows import errors
from workflows.directory import find_unit
from workflows.items import item_for
from workflows.policy import Actor, require
from workflows.records.devolved import delegation
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

KINDS: Mapping[str, str] = {"devolved": "下放", "entrusted": "委托", "authorised": "授权"}
KEEPERS = ("policy_officer", "leader")
CYCLE = "devolved_cycle"


@dataclass(frozen=True, slots=True)
class RegisterDelegation:
    """Register that an item is in the hands of a unit from a day on.

    Raises:
        FormInvalid: the unit has the item already on that day.
        UnknownItem, UnknownUnit.
    """

    actor: Actor
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the row and begin the unit's quarterly reviews."""
        require(self.actor, *KEEPERS)
        given = self.answers
        begins = date.fromisoformat(str(given["valid_from"]))
        found = item_for(uow, str(given["item_code"]), begins)
        unit, liable = find_unit(uow, str(given["unit"])), find_unit(uow, str(given["liable_unit"]))
        same = (delegation.c.item_code == found.code) & (delegation.c.unit == unit.code)
        open_until = delegation.c.valid_to.is_(None) | (delegation.c.valid_to > begins)
        if uow.connection.execute(select(delegation.c.id).where(same, open_until)).first() is not None:
            message = "该单位已有此事项；方式或责任改变的，请先登记收回"
            raise errors.FormInvalid(errors=[{"field": "item_code", "message": message}])
        row = _row(uow, self.actor.login, {
            "item_code": found.code, "unit": unit.code, "kind": given["kind"], "liable_unit": liable.code,
            "document": given["document"], "valid_from": begins, "note": given.get("note") or "",
        })  # fmt: skip
        uow.connection.execute(insert(delegation), row)
        OpenCycles(self.rulebook, self.actor.login).run(uow)
        return UUID(str(row["id"]))


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Register that an item goes back to where it came from; cases in hand stay where they are.

    Raises:
        FormInvalid: the day is before the item was delegated.
        CaseNotFound: there is no such delegation, or it ended before.
    """

    actor: Actor
    delegation_id: UUID
    day: date
    note: str

    def run(self, uow: UnitOfWork) -> None:
        """Write the last day."""
        require(self.actor, *KEEPERS)
        mine = (delegation.c.id == self.delegation_id) & delegation.c.valid_to.is_(None)
        row = uow.connection.execute(select(delegation).where(mine)).one_or_none()
        if row is None:
            raise errors.CaseNotFound(delegation=str(self.delegation_id))
        if self.day < row.valid_from:
            raise errors.FormInvalid(errors=[{"field": "valid_to", "message": f"不能早于生效日期 {row.valid_from}"}])
        note = "；".join(part for part in (row.note, self.note) if part)
        values = {"valid_to": self.day, "note": note, "changed_by": self.actor.login, "changed_at": uow.now}
        uow.connection.execute(update(delegation).where(mine).values(**values))


@dataclass(frozen=True, slots=True)
class OpenCycles:
    """Begin the quarterly reviews of every unit that has a delegated item and no reviews yet; answers how many."""

    rulebook: Rulebook
    actor: str

    def run(self, uow: UnitOfWork) -> int:
        """Start the missing cycles."""
        if (
            uow.connection.execute(select(process_definition.c.id).where(process_definition.c.key == CYCLE)).first()
            is None
        ):
            return 0
        running = select(process_instance.c.business_key).where(
            process_instance.c.definition_key == CYCLE, process_instance.c.status.in_(("active", "suspended"))
        )
        known = set(uow.connection.scalars(running))
        missing = [unit for unit in units_with_items(uow) if key_of_cycle(unit) not in known]
        city = self.rulebook.city
        for code in missing:
            unit = find_unit(uow, code)
            variables = {
                "unit": code, "unit_name": unit.name, "area": unit.area, "policy_unit": city.policy_unit,
                "leader_unit": city.leader_unit, "title": f"{unit.short_name}季度评查",
            }  # fmt: skip
            StartProcess(CYCLE, key_of_cycle(code), self.actor, variables).run(uow)
        return len(missing)


def key_of_cycle(unit: str) -> str:
    """Return the business key of a unit's cycle of reviews."""
    return f"XF/{unit}"


def units_with_items(uow: UnitOfWork) -> list[str]:
    """Return the units that have a delegated item today or from a later day on."""
    today = local_day_of(uow.now)
    open_until = delegation.c.valid_to.is_(None) | (delegation.c.valid_to > today)
    return list(
        uow.connection.scalars(select(delegation.c.unit).where(open_until).distinct().order_by(delegation.c.unit))
    )


def load_delegations(uow: UnitOfWork, folder: Path, actor: str) -> int:
    """Load the city's ``delegations.toml``, if there is one; answers how many rows were new."""
    path = folder / "delegations.toml"
    if not path.exists():
        return 0
    known = {tuple(row) for row in uow.connection.execute(
        select(delegation.c.item_code, delegation.c.unit, delegation.c.valid_from)
    )}  # fmt: skip
    fresh = []
    for given in tomllib.loads(path.read_text(encoding="utf-8")).get("delegation", []):
        for code in given["items"]:
            values = {name: value for name, value in given.items() if name != "items"} | {"item_code": code}
            if (code, values["unit"], values["valid_from"]) not in known:
                fresh.append(_row(uow, actor, values))
    if fresh:
        uow.connection.execute(insert(delegation), fresh)
    return len(fresh)


def _row(uow: UnitOfWork, actor: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": uow.new_id(), "valid_to": None, "note": "", "changed_by": actor, "changed_at": uow.now, **values}
