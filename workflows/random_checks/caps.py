"""How often an enterprise is checked in a year: done so far, planned, and what can be merged into one visit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from workflows.libraries.objects import InspectionObject, objects_by_id, objects_for
from workflows.libraries.ratings import ratings_of
from workflows.random_checks.ratios import Ratios
from workflows.records.inspections import inspection
from workflows.uow import ZONE, UnitOfWork

SHOWN = 20
CERTAIN = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """An enterprise that a plan would check more often than allowed, or could check in one go."""

    kind: str
    party: str
    message: str


def party_of(one: InspectionObject) -> str:
    """Return what counts as one enterprise: its code, else who holds the object, else the object."""
    return one.credit_code or str(one.holder_id or one.id)


def checks_in_year(uow: UnitOfWork, year: int) -> Mapping[str, int]:
    """Return how often each enterprise was checked in a year, by its code; what was not needed does not count."""
    i = inspection.c
    begin, end = (datetime.combine(date(one, 1, 1), time(), ZONE).astimezone(UTC) for one in (year, year + 1))
    counted = (i.opened_at >= begin) & (i.opened_at < end) & (i.result.is_(None) | (i.result != "not_applicable"))
    rows = uow.connection.execute(
        select(i.party_code, i.object_id, func.count().label("times"))
        .where(counted)
        .group_by(i.party_code, i.object_id)
    )
    found: Counter[str] = Counter()
    for row in rows:
        found[row.party_code or str(row.object_id)] += row.times
    return found


def pool_of(uow: UnitOfWork, line: Mapping[str, Any], on: date) -> list[InspectionObject]:
    """Return the objects of a line or task, by id: those of any of its items, of one kind when it is directed."""
    found: dict[UUID, InspectionObject] = {}
    for code in line["item_codes"]:
        found |= {one.id: one for one in objects_for(uow, code, line["areas"], on)}
    wanted = line["object_kind"] if line["direction"] == "directed" else ""
    return [one for _, one in sorted(found.items()) if one.status == "active" and wanted in ("", one.kind)]


def findings_of(uow: UnitOfWork, lines: Sequence[Mapping[str, Any]], on: date, year: int) -> tuple[Finding, ...]:
    """Return what the caps say of the plan of a year; what was checked in that year already counts.

    ``over``: an enterprise would certainly be checked more often than its grade allows. ``may_be_over``: it could be.
    ``merge``: two lines whose months overlap meet the same enterprises and can be done in one visit.
    """
    ratios = Ratios(uow)
    pools = [pool_of(uow, line, on) for line in lines]
    everything = {one.id: one for pool in pools for one in pool}
    ratings = ratings_of(uow, everything, on)
    names = _party_names(uow, everything.values())
    caps: dict[str, int] = {}
    sure: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    parties: list[set[str]] = []
    for line, pool in zip(lines, pools, strict=True):
        mine: dict[str, bool] = {}
        for one in pool:
            party, rule = party_of(one), ratios.rule(line["item_codes"][0], ratings[one.id])
            if rule.frequency:
                caps[party] = min(caps.get(party, rule.frequency), rule.frequency)
            mine[party] = mine.get(party, False) or (line["ratio"] or rule.ratio) >= CERTAIN
        possible.update(mine.keys())
        sure.update(party for party, is_certain in mine.items() if is_certain)
        parties.append(set(mine))
    done = checks_in_year(uow, year)
    must = {party: done.get(party, 0) + sure[party] for party in caps}
    may = {party: done.get(party, 0) + possible[party] for party in caps}
    over = [party for party, cap in sorted(caps.items()) if sure[party] and must[party] > cap]
    maybe = [party for party, cap in sorted(caps.items()) if party not in over and may[party] > cap]
    return (
        *_merges(lines, parties),
        *(Finding("over", party, f"{names[party]}：{_done(done, party)}必检 {sure[party]} 次，"
                 f"每年至多 {caps[party]} 次")
          for party in over),
        *(Finding("may_be_over", party, f"{names[party]}：{_done(done, party)}可能被抽 {possible[party]} 次，"
                 f"每年至多 {caps[party]} 次")
          for party in maybe[:SHOWN]),
    )  # fmt: skip


def _done(done: Mapping[str, int], party: str) -> str:
    return f"本年已检查 {done[party]} 次，" if done.get(party) else ""


def _party_names(uow: UnitOfWork, objects: Iterable[InspectionObject]) -> dict[str, str]:
    """Return the name of each enterprise: its own, or of who holds the object."""
    found = list(objects)
    holders = objects_by_id(uow, [one.holder_id for one in found if one.holder_id is not None])
    return {party_of(one): (holders.get(one.holder_id, one) if one.holder_id else one).name for one in found}


def _merges(lines: Sequence[Mapping[str, Any]], parties: Sequence[set[str]]) -> Iterable[Finding]:
    for number, one in enumerate(lines):
        for place, other in enumerate(lines[:number]):
            together = parties[number] & parties[place]
            is_apart = one["month_from"] > other["month_to"] or other["month_from"] > one["month_to"]
            if together and not is_apart:
                numbers = f"第 {other['place']} 项和第 {one['place']} 项"
                yield Finding("merge", "", f"{numbers}有 {len(together)} 户相同，月份重叠，建议合并检查（综合查一次）")
