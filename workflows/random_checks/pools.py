"""The lists of a draw: collected by grade, then locked under a hash with the system's commitment."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from engine.handlers import ServiceJob
from workflows.directory import find_unit
from workflows.draws import commitment_of, digest_of
from workflows.items import item_for
from workflows.libraries.ratings import ratings_of
from workflows.random_checks.caps import pool_of
from workflows.random_checks.snapshots import grade_of, problem_of, snapshot_of
from workflows.random_checks.tasks import change, task_of, term_begins
from workflows.records.random_checks import draw_lot, random_task
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

_COLUMNS = ("item_codes", "unit", "joint_units", "areas", "direction", "object_kind", "condition", "ratio", "per_unit")


def collect(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """List the objects by credit and risk; nothing is left out yet."""
    given: Mapping[str, Any] = job.variables
    if "task_id" not in given:
        _open(uow, job)
    row = uow.connection.execute(select(random_task).where(random_task.c.instance_id == job.instance_id)).one()
    on = local_day_of(uow.now)
    pool = pool_of(uow, dict(row._mapping), on)
    ratings = ratings_of(uow, [one.id for one in pool], on)
    sizes = Counter(grade_of(ratings[one.id]) for one in pool)
    strata = [
        {"key": key, "credit": key.split("-")[0], "risk": key.split("-")[1], "size": sizes[key]}
        for key in sorted(sizes)
    ]  # fmt: skip
    change(uow, row, state="collected", strata=strata, problem=None)
    unit, city = find_unit(uow, row.unit), rulebook.city
    return {
        "task_id": str(row.id), "strata": strata, "title": row.title, "item_code": row.item_codes[0],
        "unit_name": unit.name, "area": unit.area, "policy_unit": city.policy_unit, "leader_unit": city.leader_unit,
        "discipline_unit": city.discipline_unit, "term_begins": term_begins(rulebook, row.due_on, on).isoformat(),
    }  # fmt: skip


def _open(uow: UnitOfWork, job: ServiceJob) -> None:
    given: Mapping[str, Any] = job.variables
    lead = item_for(uow, given["item_codes"][0], local_day_of(uow.now))
    joint = "联合" if given["joint_units"] else ""
    row = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key,
        "plan_line_id": _uuid(given.get("plan_line_id")), "title": f"{lead.name}双随机{joint}抽查",
        "reason": given["reason"], "due_on": date.fromisoformat(given["due_on"]), "state": "collected", "strata": [],
        "audit": [], "started_by": given["started_by"], "started_at": uow.now,
        **{name: given[name] for name in _COLUMNS},
    }  # fmt: skip
    uow.connection.execute(insert(random_task), row)


def lock(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Lock both lists and commit to the salt; lists from which no lawful team can be drawn are refused."""
    row, given = task_of(uow, job.variables), job.variables
    attempts = uow.connection.scalar(select(func.max(draw_lot.c.attempt)).where(draw_lot.c.task_id == row.id)) or 0
    rules: Mapping[str, Any] = {one["key"]: one for one in _list(given["ratios"])}
    snapshot = snapshot_of(uow, row, rules, attempts + 1)
    problem = problem_of(uow, snapshot)
    if problem:
        change(uow, row, state="refused", problem=problem)
        return {"is_locked": False, "pool_problem": problem}
    lot_id, salt = uow.new_id(), secrets.token_hex(32)
    digest = digest_of(snapshot)
    redraw = _mapping(given.get("redraw")) or None
    lot = {
        "id": lot_id, "task_id": row.id, "attempt": attempts + 1, "snapshot": snapshot, "snapshot_hash": digest,
        "salt": salt, "commitment": commitment_of(digest, salt), "redraw": redraw, "committed_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(draw_lot), lot)
    change(uow, row, state="locked", problem=None)
    return {"is_locked": True, "pool_problem": None, "lot_id": str(lot_id), "commitment": lot["commitment"]}


def _uuid(value: object) -> Any:
    return UUID(str(value)) if value else None


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, Sequence) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
