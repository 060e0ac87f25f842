"""The draw itself: two persons seal, the seals are opened, objects and officers are drawn, the proof is chained."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.draws import ZERO, Seal, choose_objects, seal_of, sealed_proof
from workflows.draws.proof import seed_from
from workflows.process import Effect, TaskContext
from workflows.random_checks.tasks import change, task_of
from workflows.records.random_checks import draw_lot, draw_proof, draw_seal, random_target
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import ZONE, UnitOfWork

SECRET = "draw_text"  # noqa: S105 - the name of a field
_CHAIN = "draw_proof"
_PEOPLE = ("login", "name", "unit")


def seal_as(role: str) -> Effect:
    """Return what completing a person's step does: it keeps the text sealed until both have given theirs."""

    def seal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
        lot, person = lot_of(uow, task.variables), task.actor
        given = {row.role: row.person for row in uow.connection.execute(
            select(draw_seal.c.role, draw_seal.c.person).where(draw_seal.c.lot_id == lot.id))}  # fmt: skip
        if person.login in given.values():
            raise errors.SamePerson(reason="抽取人和监督人必须是两个人")
        nonce, text = secrets.token_hex(16), str(answers[SECRET])
        row = {
            "id": uow.new_id(), "lot_id": lot.id, "role": role, "person": person.login, "name": person.name,
            "nonce": nonce, "text": text, "seal": seal_of(lot.commitment, role, person.login, nonce, text),
            "sealed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(draw_seal), row)
        return {f"{role}_seal": row["seal"], f"{role}_person": person.login}

    return seal


def draw_objects(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Open both seals and draw the objects."""
    row, lot = task_of(uow, job.variables), lot_of(uow, job.variables)
    seals = seals_of(uow, lot.id)
    seed = seed_from(lot.commitment, lot.salt, {role: _as_json(one) for role, one in seals.items()})
    chosen = choose_objects(lot.snapshot, seed)
    rows = [
        {"id": uow.new_id(), "task_id": row.id, "lot_id": lot.id, "place": place, "object_id": UUID(one),
         "officers": [], "state": "drawn"}
        for place, one in enumerate(chosen.ids, 1)
    ]  # fmt: skip
    if rows:
        uow.connection.execute(insert(random_target), rows)
    return {"drawn_count": len(rows)}


def draw_officers(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Draw the officers of each object, and chain the proof of it all to the one before."""
    row, lot = task_of(uow, job.variables), lot_of(uow, job.variables)
    seals = seals_of(uow, lot.id)
    next_number(uow, "{number}", _CHAIN)  # its row stays locked until this draw is stored: one after the other
    last = uow.connection.execute(
        select(draw_proof.c.number, draw_proof.c.hash).order_by(draw_proof.c.number.desc()).limit(1)
    ).first()
    number, previous = (last.number + 1, last.hash) if last else (1, ZERO)
    head = {
        "number": number, "previous": previous, "name": f"{row.business_key}/{lot.attempt}", "redraw": lot.redraw,
        "drawn_at": _written(uow.now),
    }  # fmt: skip
    committed = {"commitment": lot.commitment, "committed_at": _written(lot.committed_at), "salt": lot.salt}
    proof = sealed_proof(head, lot.snapshot, committed, seals["operator"], seals["witness"])
    content = orjson.dumps(proof, option=orjson.OPT_INDENT_2).decode()
    uow.connection.execute(
        insert(draw_proof),
        {"number": number, "lot_id": lot.id, "previous": previous, "hash": proof["hash"], "content": content,
         "drawn_at": uow.now},
    )  # fmt: skip
    _name_officers(uow, lot, proof)
    change(uow, row, state="drawn")
    return {"proof_hash": proof["hash"], "redraw": None}


def _name_officers(uow: UnitOfWork, lot: Row[Any], proof: Mapping[str, Any]) -> None:
    people = {one["id"]: {"login": one["id"], "name": one["name"], "unit": one["unit"]}
              for one in lot.snapshot["officers"]}  # fmt: skip
    targets = uow.connection.execute(
        select(random_target.c.id, random_target.c.place).where(random_target.c.lot_id == lot.id)
    ).all()
    for target in targets:
        team = [people[login] for login in proof["result"]["teams"][target.place - 1]]
        mine = random_target.c.id == target.id
        uow.connection.execute(update(random_target).where(mine).values(officers=team))


def lot_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the lists a step draws from."""
    mine = draw_lot.c.id == UUID(str(variables["lot_id"]))
    return uow.connection.execute(select(draw_lot).where(mine)).one()


def seals_of(uow: UnitOfWork, lot_id: UUID) -> dict[str, Seal]:
    """Return the opened seals by role."""
    rows = uow.connection.execute(select(draw_seal).where(draw_seal.c.lot_id == lot_id))
    return {
        row.role: Seal(row.role, row.person, row.name, row.nonce, row.text, row.seal, _written(row.sealed_at))
        for row in rows
    }  # fmt: skip


def _as_json(one: Seal) -> dict[str, str]:
    return {"seal": one.seal, "text": one.text}


def _written(instant: Any) -> str:
    """Return an instant as proofs write it: Chinese time to the microsecond, so that text sorts as time does."""
    return str(instant.astimezone(ZONE).isoformat(timespec="microseconds"))
