"""What is locked before a draw: objects by grade, who is at a cap, officers, seats, recusals; and why it cannot be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from workflows.directory import all_units, office_of
from workflows.draws import missing_for
from workflows.inspections.people import FIELD_ROLES
from workflows.libraries.objects import InspectionObject
from workflows.libraries.officers import Avoids, avoidances, qualified_officers
from workflows.libraries.ratings import Rating, ratings_of
from workflows.libraries.sheets import sheet_for
from workflows.random_checks.caps import checks_in_year, party_of, pool_of
from workflows.random_checks.words import NO_GRADE, grade_text
from workflows.records.offices import officer
from workflows.records.random_checks import draw_lot, random_target
from workflows.uow import UnitOfWork, local_day_of, local_year

_PER_CENT = 100
Rules = Mapping[str, Mapping[str, Any]]


def grade_of(rating: Rating) -> str:
    """Return the key of a grade, such as ``B-high``."""
    return f"{rating.credit or NO_GRADE}-{rating.risk or NO_GRADE}"


def snapshot_of(uow: UnitOfWork, task: Row[Any], rules: Rules, attempt: int) -> dict[str, Any]:
    """Return what ``docs/draw.md`` calls the snapshot; *rules* are ratio, frequency and least by grade."""
    on = local_day_of(uow.now)
    pool = pool_of(uow, dict(task._mapping), on)
    ratings = ratings_of(uow, [one.id for one in pool], on)
    grades = {one.id: grade_of(ratings[one.id]) for one in pool}
    kept, excluded, limits = _capped(uow, pool, grades, rules)
    seats = _seats(uow, task)
    officers, without = _officers(uow, sorted({unit for seat in seats for unit in seat["units"]}))
    avoided = avoidances(uow, [one["id"] for one in officers], on)
    return {
        "task": task.business_key, "attempt": attempt, "day": on.isoformat(),
        "strata": [_stratum(key, rules[key], task.ratio) for key in sorted(set(grades.values()))],
        "objects": [[str(one.id), party_of(one), grades[one.id], 1, one.name] for one in kept],
        "excluded": excluded, "limits": limits, "seats": seats, "officers": officers, "officers_excluded": without,
        "recusals": _recusals(kept, avoided),
    }  # fmt: skip


def _stratum(key: str, rule: Mapping[str, Any], own: int | None) -> dict[str, Any]:
    grade = grade_text(*key.split("-"))
    if own is not None:
        return {"key": key, "ratio": own * _PER_CENT, "least": 1, "reason": f"{grade}：另定比例 {own}%"}
    ratio, least = int(float(rule["ratio"])), int(float(rule["least"]))
    return {"key": key, "ratio": ratio * _PER_CENT, "least": least, "reason": f"{grade}：规则表 {ratio}%"}


def _capped(
    uow: UnitOfWork, pool: Sequence[InspectionObject], grades: Mapping[Any, str], rules: Rules
) -> tuple[list[InspectionObject], list[list[str]], list[list[Any]]]:
    """Leave out the objects of enterprises that have been checked as often as their grade allows."""
    done = checks_in_year(uow, local_year(uow.now))
    caps: dict[str, int] = {}
    for one in pool:
        frequency, party = int(float(rules[grades[one.id]]["frequency"])), party_of(one)
        if frequency:
            caps[party] = min(caps.get(party, frequency), frequency)
    left = {party: max(0, cap - done.get(party, 0)) for party, cap in caps.items()}
    kept, excluded = [], []
    for one in pool:
        party = party_of(one)
        if left.get(party, 1) > 0:
            kept.append(one)
        else:
            reason = f"{one.name}：本年已检查 {done[party]} 次，每年至多 {caps[party]} 次"
            excluded.append([str(one.id), reason])
    parties = {party_of(one) for one in kept}
    return kept, excluded, [[party, left[party]] for party in sorted(left) if party in parties]


def _seats(uow: UnitOfWork, task: Row[Any]) -> list[dict[str, Any]]:
    """Say who sits in a team: first of the leading unit, then of its office; in a joint check of each unit alike.

    The sets are nested or apart, never crossing: whoever is drawn into an early seat, the later ones can be filled.
    """
    sheet = sheet_for(uow, task.item_codes[0], local_day_of(uow.now))
    needed = sheet.qualification if sheet else None
    lead: dict[str, Any] = {"units": [task.unit], "qualification": needed}
    if not task.joint_units:
        office = {"units": sorted(office_of(uow, task.unit)), "qualification": needed}
        return [lead, *[dict(office) for _ in range(task.per_unit - 1)]]
    joint: list[dict[str, Any]] = [{"units": [unit], "qualification": None} for unit in task.joint_units]
    return [dict(one) for one in (lead, *joint) for _ in range(task.per_unit)]


def _officers(uow: UnitOfWork, units: Sequence[str]) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Return who may be drawn, and who of the units may not, with the reason."""
    on = local_day_of(uow.now)
    people = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.roles)
        .where(officer.c.unit.in_(units), officer.c.is_active)
        .order_by(officer.c.login)
    ).all()
    inspectors = {one.login: one.name for one in people if set(one.roles) & set(FIELD_ROLES)}
    loads = _loads(uow, on.year)
    found = [
        {"id": one.login, "name": one.name, "unit": one.unit, "qualifications": sorted(one.qualifications),
         "certificate": one.certificate, "valid_from": one.issued_on.isoformat(),
         "valid_to": one.expires_on.isoformat(), "load": loads[one.login]}
        for one in sorted(qualified_officers(uow, units, "", on), key=lambda one: one.login)
        if one.login in inspectors
    ]  # fmt: skip
    missing = sorted(set(inspectors) - {one["id"] for one in found})
    return found, [[login, f"{inspectors[login]}：没有当日有效的执法证"] for login in missing]


def _loads(uow: UnitOfWork, year: int) -> Counter[str]:
    """Return for how many objects each officer has been drawn this year."""
    rows = uow.connection.execute(
        select(random_target.c.officers, draw_lot.c.committed_at)
        .join(draw_lot, draw_lot.c.id == random_target.c.lot_id)
        .where(random_target.c.state.in_(("drawn", "inspecting", "done")))
    )
    return Counter(one["login"] for row in rows if local_year(row.committed_at) == year for one in row.officers)


def _recusals(pool: Sequence[InspectionObject], avoided: Mapping[str, Avoids]) -> list[list[str]]:
    return sorted(
        [login, str(one.id), "已申报的利害关系"]
        for login, avoids in avoided.items()
        for one in pool
        if avoids.forbids(one)
    )


def problem_of(uow: UnitOfWork, snapshot: Mapping[str, Any]) -> str:
    """Return why nobody may draw from the lists, in words that say what to do, or nothing."""
    if not snapshot["objects"]:
        gone = len(snapshot["excluded"])
        more = f"；{gone} 户已到年度检查次数上限" if gone else ""
        return f"没有可以抽取的对象{more}。请检查事项、区域、对象类型，或补齐检查对象名录库。"
    missing = missing_for(snapshot)
    if missing is None:
        return ""
    object_id, seat = missing
    name = next(row[4] for row in snapshot["objects"] if row[0] == object_id)
    barred = {row[0] for row in snapshot["recusals"] if row[1] == object_id}
    there = [one for one in snapshot["officers"] if one["unit"] in seat["units"]]
    away = sum(1 for one in there if one["id"] in barred)
    units = {one.code: one.short_name for one in all_units(uow)}
    where = units[seat["units"][0]] if len(seat["units"]) == 1 else "牵头单位所在机关"
    wanted = f"、具备资格“{seat['qualification']}”" if seat["qualification"] else ""
    return (
        f"对象“{name}”派不齐检查人员：{where}缺少当日执法证有效{wanted}、没有利害关系的人员"
        f"（名录库有持证人员 {len(there)} 名，须回避 {away} 名）。请补充人员、资格或证件后重试。"
    )
