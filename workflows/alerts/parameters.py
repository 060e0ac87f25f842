"""What the city calls its devices and alerts, and the numbers behind advice and windows, changed with a reason."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, insert, select

from workflows import errors
from workflows.policy import Actor, require
from workflows.records.alerts import alert_parameter
from workflows.uow import UnitOfWork

EDITORS = ("policy_officer", "administrator")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number: its first value, its bounds and what it is for."""

    name: str
    title: str
    value: float
    least: float
    most: float
    note: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one city."""

    device_kinds: Mapping[str, str]
    classes: Mapping[str, str]
    parameters: Mapping[str, Parameter]


@lru_cache(maxsize=8)
def vocabulary(folder: Path) -> Vocabulary:
    """Read the city's ``alerts.toml``; a city without one has no off-site supervision."""
    path = folder / "alerts.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = {name: Parameter(name=name, **row) for name, row in data.get("parameters", {}).items()}
    return Vocabulary(data.get("device_kinds", {}), data.get("classes", {}), found)


def values_of(uow: UnitOfWork, folder: Path) -> dict[str, float]:
    """Return the numbers in force: the file's, or what was last written on the screen."""
    newest = select(alert_parameter.c.name, func.max(alert_parameter.c.version).label("version")).group_by("name")
    last = newest.subquery()
    rows = uow.connection.execute(
        select(alert_parameter.c.name, alert_parameter.c.value).join(
            last, (last.c.name == alert_parameter.c.name) & (last.c.version == alert_parameter.c.version)
        )
    )
    first = {name: one.value for name, one in vocabulary(folder).parameters.items()}
    return first | {row.name: row.value for row in rows}


@dataclass(frozen=True, slots=True)
class ChangeParameter:
    """Give a number another value; the earlier ones stay on record.

    Raises:
        FormInvalid: the value is out of bounds.
        UnknownParameter: there is no such number.
    """

    actor: Actor
    name: str
    value: float
    reason: str
    folder: Path

    def run(self, uow: UnitOfWork) -> int:
        """Write the next version."""
        require(self.actor, *EDITORS)
        known = vocabulary(self.folder).parameters.get(self.name)
        if known is None:
            raise errors.UnknownParameter(name=self.name)
        if not known.least <= self.value <= known.most:
            message = f"“{known.title}”应在 {known.least:g} 与 {known.most:g} 之间"
            raise errors.FormInvalid(errors=[{"field": "value", "code": "out-of-bounds", "message": message}])
        mine = alert_parameter.c.name == self.name
        version = int(uow.connection.scalar(select(func.max(alert_parameter.c.version)).where(mine)) or 0) + 1
        row = {
            "name": self.name, "version": version, "value": self.value, "reason": self.reason,
            "changed_by": self.actor.login, "changed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(alert_parameter), row)
        return version
