"""Begins coercion, reads and changes its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows.acts import record_act
from workflows.coercions.words import MEASURES
from workflows.penalties.people import deciders, officers_of, two_officers
from workflows.penalties.store import refuse
from workflows.policy import Actor, require
from workflows.records.coercions import coercion
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork

KIND = "coercion_case"
OFFICERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")
_STARTS = {
    "measure": ("coercion", "coercion_requested", "coercion_requested"),
    "enforcement": ("enforcement", "enforcement_requested", "enforcement_requested"),
}


@dataclass(frozen=True, slots=True)
class RequestCoercion:
    """Ask for a measure or for enforcement, on its own or in a penalty case; answers its number.

    Raises:
        NotAllowed: the person is no officer.
        FormInvalid: fewer than two certified officers, an urgent measure from the future, an unknown case.
    """

    actor: Actor
    kind: str
    answers: Mapping[str, Any]
    rulebook: Rulebook
    case_key: str = ""

    def run(self, uow: UnitOfWork) -> str:
        """Start the process."""
        require(self.actor, *OFFICERS)
        given = self.answers
        allowed = {one["value"] for one in officers_of(uow, self.actor.unit)}
        officers = two_officers(list(given["officers"]), sorted(allowed))
        urgent_at = str(given["implemented_at"]) if given.get("is_urgent") else None
        if urgent_at and datetime.fromisoformat(urgent_at) > uow.now:
            refuse("implemented_at", "实施时间不能晚于现在")
        key = next_number(uow, self.rulebook.city.numbers[KIND], KIND)
        decider, _ = deciders(uow, self.rulebook.city, self.actor.unit, officers)
        variables = {
            **given, "kind": self.kind, "unit": self.actor.unit, "decider_unit": decider, "officers": officers,
            "area": given.get("area") or self.actor.area, "case_key": self.case_key, "business_key": key,
            "is_urgent": bool(given.get("is_urgent")), "implemented_at": urgent_at, "goods_text": given.get("goods"),
            "title": f"{MEASURES[str(given['measure'])]}：{given['party_name']}", "requested_by": self.actor.login,
        }  # fmt: skip
        process, element, message = _STARTS[self.kind]
        trigger = StartTrigger(element, "message", message)
        StartProcess(process, key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def open_coercion(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Write the request down."""
    given: Mapping[str, Any] = job.variables
    coercion_id, urgent = uow.new_id(), bool(given["is_urgent"])
    scene = {name: given.get(name) for name in ("presence", "witness", "party_words")} if urgent else None
    row = {
        "id": coercion_id, "instance_id": job.instance_id, "business_key": job.business_key, "kind": given["kind"],
        "measure": given["measure"], "case_id": _case(uow, given), "item_code": given.get("item_code") or "",
        "unit": given["unit"], "decider_unit": given["decider_unit"], "area": given["area"], "site": given["site"],
        "party_name": given["party_name"],
        "party_code": given.get("party_code"), "party_kind": given.get("party_kind"), "facts": given["facts"],
        "basis": given["basis"], "officers": list(given["officers"]), "state": "urgent" if urgent else "requested",
        "is_urgent": urgent, "is_late": False, "goods": goods_of(str(given.get("goods") or "")), "scene": scene,
        "implemented_at": datetime.fromisoformat(given["implemented_at"]) if urgent else None,
        "created_by": given["requested_by"], "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(coercion), row)
    return {"coercion_id": str(coercion_id)}


def _case(uow: UnitOfWork, given: Mapping[str, Any]) -> UUID | None:
    """Return the penalty case it belongs to: one of the unit's own."""
    if not given.get("case_key"):
        return None
    mine = (penalty_case.c.business_key == given["case_key"]) & (penalty_case.c.unit == given["unit"])
    found = uow.connection.scalar(select(penalty_case.c.id).where(mine))
    if found is None:
        refuse("case", "没有这件处罚案件，或者不是本单位的")
    case_id: UUID = found
    return case_id


def goods_of(text: str) -> list[dict[str, str]]:
    """Return the list of things, one a line: name, quantity, condition."""
    things = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        quantity, _, note = rest.strip().partition(" ")
        things.append({"name": name, "quantity": quantity, "note": note.strip()})
    return things


def row_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the row that a step of its diagram belongs to."""
    mine = coercion.c.id == UUID(str(variables["coercion_id"]))
    return uow.connection.execute(select(coercion).where(mine)).one()


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Write columns."""
    uow.connection.execute(update(coercion).where(coercion.c.id == row.id).values(**values))


def note_act(uow: UnitOfWork, row: Row[Any], at: datetime, result: str) -> None:
    """Record the one act of supervision that a measure is."""
    known = {one["value"]: one for one in officers_of(uow, row.unit)}
    officers: Sequence[Mapping[str, str]] = [
        {"login": one, "name": known.get(one, {}).get("name", one),
         "certificate_no": known.get(one, {}).get("certificate_no", "")} for one in row.officers
    ]  # fmt: skip
    record_act(
        uow, kind="coercion", item_code=row.item_code, unit=row.unit, area=row.area, party_name=row.party_name,
        party_code=row.party_code or "", source="coercion", source_id=row.id, business_key=row.business_key,
        happened_at=at, result=result, officers=officers,
    )  # fmt: skip
