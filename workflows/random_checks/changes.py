"""After the draw: confirmed, or changed and drawn again with a reason, by leave of a leader; what was drawn stays."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.draws.officers import fits_seat
from workflows.process import TaskContext
from workflows.random_checks.ceremony import lot_of
from workflows.random_checks.tasks import change, task_of
from workflows.records.libraries import inspection_object
from workflows.records.random_checks import draw_change, draw_proof, random_target
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

FEWEST = 2


def offered(uow: UnitOfWork, variables: Mapping[str, Any]) -> Mapping[str, object]:
    """Return what can be chosen when a draw is changed: its objects, their officers, and who could take a place."""
    lot = lot_of(uow, variables)
    targets = targets_of(uow, lot.id)
    drawn = {one["login"]: one["name"] for target in targets for one in target.officers}
    people = {one["id"]: one["name"] for one in lot.snapshot["officers"]}
    return {
        "drawn_targets": [{"value": str(one.id), "label": f"{one.place}. {one.name}"} for one in targets],
        "drawn_officers": [{"value": login, "label": name} for login, name in sorted(drawn.items())],
        "free_officers": [{"value": login, "label": name} for login, name in people.items()],
    }


def targets_of(uow: UnitOfWork, lot_id: UUID) -> Sequence[Row[Any]]:
    """Return the objects of a draw that are still to be inspected, in the order drawn."""
    o = inspection_object.c
    return uow.connection.execute(
        select(random_target, o.name, o.credit_code, o.site, o.area, o.approval_id)
        .join(inspection_object, o.id == random_target.c.object_id)
        .where(random_target.c.lot_id == lot_id, random_target.c.state != "dropped")
        .order_by(random_target.c.place)
    ).all()


def confirm(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Take a change down for the leader, or begin; a change that breaks a rule is refused at once.

    Raises:
        FormInvalid: the officer may not go there, or is not there.
    """
    lot = lot_of(uow, task.variables)
    if answers["change_kind"] == "replace_officer":
        _require_place(lot.snapshot, targets_of(uow, lot.id), answers)
    return {"change_asked_by": task.actor.login}


def _require_place(snapshot: Mapping[str, Any], targets: Sequence[Row[Any]], answers: Mapping[str, Any]) -> None:
    target = next((one for one in targets if str(one.id) == answers["change_target"]), None)
    if target is None:
        raise _wrong("change_target", "请选择抽中的对象")
    team = [one["login"] for one in target.officers]
    if answers["officer_out"] not in team:
        raise _wrong("officer_out", "此人不是该对象的检查人员")
    if answers["officer_in"] in team:
        raise _wrong("officer_in", "此人已在该对象的检查人员中")
    known = {one["id"]: one for one in snapshot["officers"]}
    found = known.get(str(answers["officer_in"]))
    if found is None:
        raise _wrong("officer_in", "此人不在锁定的人员名单中")
    seat = snapshot["seats"][team.index(answers["officer_out"])]
    if not fits_seat(found, seat):
        wanted = f"、具备资格“{seat['qualification']}”" if seat["qualification"] else ""
        raise _wrong("officer_in", f"该席位须由单位 {'、'.join(seat['units'])}{wanted}的人员担任")
    if any(row[0] == found["id"] and row[1] == str(target.object_id) for row in snapshot["recusals"]):
        raise _wrong("officer_in", "此人与该对象有利害关系，应当回避")


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let another person decide; a new draw names the one whose place it takes.

    Raises:
        SamePerson: whoever asked for it decides it.
    """
    given = task.variables
    if task.actor.login == given["change_asked_by"]:
        raise errors.SamePerson(reason="申请人不能审批自己的申请")
    if answers["decision"] != "approve" or given["change_kind"] != "redraw":
        return {"change_approved_by": task.actor.login}
    lot = lot_of(uow, given)
    old = uow.connection.scalar(select(draw_proof.c.hash).where(draw_proof.c.lot_id == lot.id))
    mine = (random_target.c.lot_id == lot.id) & (random_target.c.state != "dropped")
    uow.connection.execute(update(random_target).where(mine).values(state="superseded"))
    redraw = {
        "of": old, "reason": given["change_reason"], "asked_by": given["change_asked_by"],
        "approved_by": task.actor.login,
    }  # fmt: skip
    return {"redraw": redraw, "change_approved_by": task.actor.login}


def record(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Carry out an approved change and keep who asked for it, why, and who approved; a refused one changes nothing."""
    given, lot = job.variables, lot_of(uow, job.variables)
    if given["decision"] != "approve":
        return {}
    target = next(one for one in targets_of(uow, lot.id) if str(one.id) == given["change_target"])
    mine = random_target.c.id == target.id
    if given["change_kind"] == "drop_object":
        uow.connection.execute(update(random_target).where(mine).values(state="dropped"))
    else:
        incoming = next(one for one in lot.snapshot["officers"] if one["id"] == given["officer_in"])
        new = {"login": incoming["id"], "name": incoming["name"], "unit": incoming["unit"]}
        team = [new if one["login"] == given["officer_out"] else one for one in target.officers]
        uow.connection.execute(update(random_target).where(mine).values(officers=team))
    row = {
        "id": uow.new_id(), "lot_id": lot.id, "kind": given["change_kind"], "target_id": target.id,
        "officer_out": given.get("officer_out"), "officer_in": given.get("officer_in"),
        "reason": given["change_reason"], "asked_by": given["change_asked_by"],
        "approved_by": given["change_approved_by"], "approved_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(draw_change), row)
    return {}


def cancel(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep that a task was given up before anything was drawn."""
    change(uow, task_of(uow, job.variables), state="cancelled", closed_at=uow.now,
           problem=str(job.variables.get("mend_note") or ""))  # fmt: skip
    return {}


def count_of(uow: UnitOfWork, task_id: UUID, state: str) -> int:
    """Return how many objects of a task are in a state."""
    mine = (random_target.c.task_id == task_id) & (random_target.c.state == state)
    return uow.connection.scalar(select(func.count()).select_from(random_target).where(mine)) or 0


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])
