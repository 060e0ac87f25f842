"""What a sample audit is drawn from: the acts of a period, and who may check which."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from workflows.inspections.people import FIELD_ROLES
from workflows.libraries.officers import qualified_officers
from workflows.performance.periods import Period
from workflows.performance.sql import ACT
from workflows.records.inspections import supervision_act
from workflows.records.offices import officer, unit
from workflows.uow import UnitOfWork, local_day_of

_STRATUM, _SEATS, _WHOLE = "acts", 2, 100


def snapshot_of(uow: UnitOfWork, name: str, period: Period, rule: Mapping[str, int]) -> dict[str, Any]:
    """Return the lists in the shape of ``docs/draw.md``: acts as objects; nobody checks the own unit or the own act."""
    officers = _officers(uow)
    acts = uow.connection.execute(
        select(ACT.id, ACT.unit, ACT.item_code, ACT.party_name, ACT.officers)
        .select_from(supervision_act)
        .where(ACT.happened_at >= period.begins_at, ACT.happened_at < period.ends_at)
    ).all()
    rows, excluded, recusals = [], [], []
    for act in sorted(acts, key=lambda one: str(one.id)):
        barred = _barred(act, officers)
        if len(officers) - len(barred) < _SEATS:
            excluded.append([str(act.id), "没有两名其他单位的持证人员可以核验"])
            continue
        rows.append([str(act.id), act.unit, _STRATUM, 1, f"{act.item_code} {act.party_name}"])
        recusals += [[login, str(act.id), reason] for login, reason in barred]
    seat = {"units": sorted({one["unit"] for one in officers}), "qualification": None}
    reason = f"监管行为抽查：{rule['ratio'] / _WHOLE:g}%，至少 {rule['least']} 件"
    return {
        "task": name, "attempt": 1, "day": local_day_of(uow.now).isoformat(),
        "strata": [{"key": _STRATUM, "ratio": rule["ratio"], "least": rule["least"], "reason": reason}],
        "objects": rows, "excluded": excluded, "limits": [], "seats": [dict(seat) for _ in range(_SEATS)],
        "officers": officers, "officers_excluded": [], "recusals": sorted(recusals),
    }  # fmt: skip


def _barred(act: Any, officers: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    made = {str(one.get("login")) for one in act.officers}
    return [
        (one["id"], "本单位的监管行为" if one["unit"] == act.unit else "本人的监管行为")
        for one in officers
        if one["unit"] == act.unit or one["id"] in made
    ]


def _officers(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return who may check: natural resources officers with a certificate, each with the same chance."""
    on = local_day_of(uow.now)
    units = list(uow.connection.scalars(select(unit.c.code).where(unit.c.kind == "natural_resources")))
    roles = {row.login: row.roles for row in uow.connection.execute(
        select(officer.c.login, officer.c.roles).where(officer.c.unit.in_(units), officer.c.is_active))}  # fmt: skip
    return [
        {"id": one.login, "name": one.name, "unit": one.unit, "qualifications": sorted(one.qualifications),
         "certificate": one.certificate, "valid_from": one.issued_on.isoformat(),
         "valid_to": one.expires_on.isoformat(), "load": 0}
        for one in sorted(qualified_officers(uow, units, "", on), key=lambda one: one.login)
        if set(roles.get(one.login, ())) & set(FIELD_ROLES)
    ]  # fmt: skip
