"""The indicators as data: loaded from the city's file, their weights changed by officials with an effective date."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from workflows import errors
from workflows.performance.measures import MEASURES
from workflows.policy import Actor, require
from workflows.records.performance import kpi, kpi_weight
from workflows.uow import UnitOfWork, local_day_of

KINDS: Mapping[str, str] = {"rate": "比率", "average": "平均", "deduction": "扣分", "veto": "一票否决"}
DIRECTIONS: Mapping[str, str] = {"higher": "越高越好", "lower": "越低越好", "none": "只展示，不计分"}
HEAVIEST = 100
KEEPERS = ("policy_officer", "leader")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One indicator with the weight it has on a day."""

    code: str
    place: int
    name: str
    theme: str
    formula: str
    numerator: str
    denominator: str
    kind: str
    direction: str
    measure: str
    weight: int
    source: str
    confidence: str


def load_kpis(uow: UnitOfWork, folder: Path) -> int:
    """Load ``kpis.toml`` of a city, if there is one; answers how many indicators were new or changed.

    Raises:
        ValueError: an indicator names a list that nobody counts, or no known kind or direction.
    """
    path = folder / "kpis.toml"
    if not path.exists():
        return 0
    known = {row["code"]: dict(row) for row in uow.connection.execute(select(kpi)).mappings()}
    changed = 0
    for place, given in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["kpi"], 1):
        row = {"place": place, **given}
        _check(row)
        if row["code"] not in known:
            uow.connection.execute(insert(kpi), row)
        elif known[row["code"]] != row:
            uow.connection.execute(update(kpi).where(kpi.c.code == row["code"]).values(**row))
        else:
            continue
        changed += 1
    return changed


def _check(row: Mapping[str, Any]) -> None:
    for name, allowed in (("measure", MEASURES), ("kind", KINDS), ("direction", DIRECTIONS)):
        if row[name] not in allowed:
            raise ValueError(f"indicator {row['code']}: {name} {row[name]!r} is unknown")


def kpis_on(uow: UnitOfWork, on: date) -> tuple[Kpi, ...]:
    """Return the catalogue with the weights in force on a day."""
    w = kpi_weight.c
    rows = uow.connection.execute(select(kpi_weight).where(w.valid_from <= on).order_by(w.valid_from, w.version))
    weights = {row.code: row.weight for row in rows}
    found = uow.connection.execute(select(kpi).order_by(kpi.c.place)).mappings()
    return tuple(Kpi(**{**row, "weight": weights.get(row["code"], row["weight"])}) for row in found)


def kpi_called(uow: UnitOfWork, code: str, on: date) -> Kpi:
    """Return one indicator.

    Raises:
        CaseNotFound: there is none of this code.
    """
    found = next((one for one in kpis_on(uow, on) if one.code == code), None)
    if found is None:
        raise errors.CaseNotFound(kpi=code)
    return found


def weight_changes(uow: UnitOfWork, code: str = "", limit: int = 200) -> list[Mapping[str, Any]]:
    """Return who changed which weight when and why, the newest first."""
    statement = select(kpi_weight, kpi.c.name).join(kpi, kpi.c.code == kpi_weight.c.code)
    statement = statement.order_by(kpi_weight.c.changed_at.desc(), kpi_weight.c.code, kpi_weight.c.version.desc())
    if code:
        statement = statement.where(kpi_weight.c.code == code)
    return [dict(row) for row in uow.connection.execute(statement.limit(limit)).mappings()]


@dataclass(frozen=True, slots=True)
class ChangeWeight:
    """Give an indicator another weight from a day on; the earlier ones stay written.

    Raises:
        NotAllowed: only the policy section and the leaders weigh.
        CaseNotFound: there is no such indicator.
        FormInvalid: the weight is not 0 to 100, the day is past, or no reason is given.
    """

    actor: Actor
    code: str
    weight: int
    valid_from: date
    reason: str

    def run(self, uow: UnitOfWork) -> int:
        """Write the new version; answers its number."""
        require(self.actor, *KEEPERS)
        kpi_called(uow, self.code, self.valid_from)
        faults = []
        if not 0 <= self.weight <= HEAVIEST:
            faults.append({"field": "weight", "message": f"权重是 0 到 {HEAVIEST} 的整数"})
        if self.valid_from < local_day_of(uow.now):
            faults.append({"field": "valid_from", "message": "生效日期不能早于今天：已经公布的得分不改"})
        if not self.reason.strip():
            faults.append({"field": "reason", "message": "请写明调整理由"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        last = uow.connection.scalar(select(func.max(kpi_weight.c.version)).where(kpi_weight.c.code == self.code))
        version = int(last or 0) + 1
        row = {"code": self.code, "version": version, "weight": self.weight, "valid_from": self.valid_from,
               "changed_by": self.actor.login, "changed_at": uow.now, "reason": self.reason.strip()}  # fmt: skip
        uow.connection.execute(insert(kpi_weight), row)
        return version
