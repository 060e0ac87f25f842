"""A task of random inspection as pages and programs see it; what is sealed is not in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from workflows.directory import all_units, names_of
from workflows.functions import anchor_of
from workflows.items import items_on
from workflows.random_checks.results import summary_of
from workflows.random_checks.tasks import term_begins
from workflows.records.libraries import inspection_object
from workflows.records.publication import publication
from workflows.records.random_checks import draw_change, draw_lot, draw_proof, draw_seal, random_target
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp, lamp
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
_DONE = Lamp("done", "已完成", 0)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks, and where the next page begins."""

    rows: tuple[Row, ...]
    next: str


@dataclass(frozen=True, slots=True)
class LotView:
    """One draw: what was locked and committed to, who has sealed, and the proof once there is one."""

    id: UUID
    attempt: int
    committed_at: datetime
    commitment: str
    snapshot_hash: str
    snapshot: Row
    seals: tuple[Row, ...]
    redraw: Row | None
    proof: Row | None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its draws, the newest first; ``mine`` are the open steps of the person by name."""

    task: Row
    lamp: Lamp
    lots: tuple[LotView, ...]
    targets: tuple[Row, ...]
    changes: tuple[Row, ...]
    publications: tuple[Row, ...]
    names: Mapping[str, str]
    mine: Mapping[str, UUID]
    summary: str


def lamp_of(rulebook: Rulebook, task: Row, now: datetime) -> Lamp:
    """Return what the clock of a task shows: red when its term is over and not everything was inspected."""
    if task["inspected_at"] is not None or task["state"] == "cancelled":
        return _DONE
    begins = term_begins(rulebook, task["due_on"], local_day_of(now))
    found = rulebook.reckon("random_task", anchor_of(begins.isoformat(), now), item=task["item_codes"][0])
    return lamp(found.limit, found.due_at, found.warn_at, now, rulebook.calendar)


def view_of(uow: UnitOfWork, rulebook: Rulebook, task: Row, mine: Mapping[str, UUID]) -> TaskView:
    """Put a task together."""
    lots = _lots(uow, task["id"])
    targets = _targets(uow, task["id"])
    ids = [lot.id for lot in lots]
    changes = uow.connection.execute(
        select(draw_change).where(draw_change.c.lot_id.in_(ids)).order_by(draw_change.c.approved_at)
    ).mappings()
    kept = tuple(dict(row) for row in changes)
    people = {row[name] for row in kept for name in ("asked_by", "approved_by", "officer_in", "officer_out")}
    audits = {entry["by"] for entry in task["audit"]}
    names = names_of(uow, [one for one in {*people, *audits, task["started_by"]} if one])
    outlets = select(publication).where(publication.c.about == task["id"]).order_by(publication.c.outlet)
    done = [row["result"] for row in targets if row["state"] == "done"]
    return TaskView(
        task, lamp_of(rulebook, task, uow.now), lots, targets, kept,
        tuple(dict(row) for row in uow.connection.execute(outlets).mappings()),
        {one.code: one.short_name for one in all_units(uow)}
        | {one.code: one.name for one in items_on(uow, local_day_of(uow.now))} | names,
        mine, summary_of(done) if done else "",
    )  # fmt: skip


def _lots(uow: UnitOfWork, task_id: UUID) -> tuple[LotView, ...]:
    rows = uow.connection.execute(
        select(draw_lot).where(draw_lot.c.task_id == task_id).order_by(draw_lot.c.attempt.desc())
    ).all()
    ids = [row.id for row in rows]
    seals: dict[UUID, list[Row]] = {}
    s = draw_seal.c
    columns = (s.lot_id, s.role, s.person, s.name, s.seal, s.sealed_at)
    for row in uow.connection.execute(select(*columns).where(s.lot_id.in_(ids)).order_by(s.role)).mappings():
        seals.setdefault(row["lot_id"], []).append(dict(row))
    proofs = {row.lot_id: _proof(row) for row in uow.connection.execute(
        select(draw_proof).where(draw_proof.c.lot_id.in_(ids)))}  # fmt: skip
    return tuple(
        LotView(row.id, row.attempt, row.committed_at, row.commitment, row.snapshot_hash, row.snapshot,
                tuple(seals.get(row.id, ())), row.redraw, proofs.get(row.id))
        for row in rows
    )  # fmt: skip


def _proof(row: Any) -> Row:
    """Return of a proof what a page shows."""
    content = orjson.loads(row.content)
    texts = {one["role"]: one["text"] for one in content["seals"]}
    return {
        "number": row.number, "hash": row.hash, "previous": row.previous, "drawn_at": row.drawn_at,
        "seed": content["seed"], "salt": content["salt"], "texts": texts, "strata": content["result"]["strata"],
    }  # fmt: skip


def _targets(uow: UnitOfWork, task_id: UUID) -> tuple[Row, ...]:
    o, t = inspection_object.c, random_target.c
    rows = uow.connection.execute(
        select(random_target, o.name, o.credit_code, o.site, draw_lot.c.attempt)
        .join(inspection_object, o.id == t.object_id)
        .join(draw_lot, draw_lot.c.id == t.lot_id)
        .where(t.task_id == task_id)
        .order_by(draw_lot.c.attempt.desc(), t.place)
    ).mappings()
    return tuple(dict(row) for row in rows)
