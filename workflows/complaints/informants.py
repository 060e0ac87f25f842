"""Who complained: one table, one reader. Every look is kept with its reason, every text is cleared of the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from workflows import errors
from workflows.complaints.access import is_barred, require_complaint
from workflows.policy import Actor
from workflows.records.complaints import complaint_informant, complaint_look
from workflows.uow import UnitOfWork

FIELDS = ("informant_name", "informant_phone", "informant_address")
HANDLERS = (
    "section_officer", "section_head", "district_officer", "squad_officer", "squad_head", "approval_clerk",
    "policy_officer",
)  # fmt: skip
NAMELESS = frozenset({"", "匿名", "不详", "无", "某某", "群众", "市民", "匿名群众"})
INSTEAD = "投诉人"
_SHORTEST = 2
_i = complaint_informant.c


@dataclass(frozen=True, slots=True)
class Informant:
    """Who complained, as somebody with the right to it sees it."""

    name: str
    phone: str
    address: str


def parts_of(answers: Mapping[str, Any]) -> Informant:
    """Return the informant of an intake; a name that says nobody is none."""
    name, phone, address = (str(answers.get(field) or "").strip() for field in FIELDS)
    return Informant("" if name in NAMELESS else name, phone, address)


def cleared(text: str, who: Informant) -> str:
    """Return a text in which name, phone and address of the informant are replaced."""
    found = text
    for part in sorted({who.name, who.phone, who.address}, key=len, reverse=True):
        if len(part) >= _SHORTEST:
            found = found.replace(part, INSTEAD)
    return found


def keep_informant(
    uow: UnitOfWork, who: Informant, original: Mapping[str, str], complaint_id: UUID | None = None
) -> UUID:
    """Keep who complained apart from everything else; answers the id."""
    informant_id = uow.new_id()
    row = {
        "id": informant_id, "complaint_id": complaint_id, "name": who.name, "phone": who.phone,
        "address": who.address, "original": dict(original), "kept_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(complaint_informant), row)
    return informant_id


def previewed(uow: UnitOfWork, informant_id: UUID) -> tuple[Informant, Mapping[str, str]]:
    """Return what a previewed file said, for the moment at which its row is taken in."""
    row = uow.connection.execute(select(complaint_informant).where(_i.id == informant_id)).one()
    return Informant(row.name, row.phone, row.address), dict(row.original)


def cleared_answers(
    uow: UnitOfWork, actor: Actor, complaint_id: UUID, answers: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """Return free texts of somebody's answers without the informant; that one was written is kept as a look."""
    who = _known(uow, complaint_id)
    given = {name: answers.get(name) for name in names}
    clean = {name: cleared(value, who) if isinstance(value, str) else value for name, value in given.items()}
    if clean != given:
        keep_look(uow, actor, complaint_id, "written", "、".join(name for name in given if given[name] != clean[name]))
    return clean


def _known(uow: UnitOfWork, complaint_id: UUID) -> Informant:
    found = uow.connection.execute(select(complaint_informant).where(_i.complaint_id == complaint_id)).one()
    return Informant(found.name, found.phone, found.address)


def keep_look(uow: UnitOfWork, actor: Actor, complaint_id: UUID, kind: str, reason: str) -> None:
    """Keep that somebody looked, was refused, or wrote the informant down."""
    row = {
        "id": uow.new_id(), "complaint_id": complaint_id, "login": actor.login, "unit": actor.unit, "kind": kind,
        "reason": reason, "at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(complaint_look), row)


def may_read(uow: UnitOfWork, actor: Actor, row: Row[Any], policy_unit: str) -> bool:
    """Tell whether the person may read who complained.

    The policy section may, for it answers and calls back. The unit that handles the complaint may while it does,
    unless the informant asked for secrecy. Nobody may who is recused or belongs to the unit complained about.
    """
    if is_barred(uow, actor, row):
        return False
    if actor.has("policy_officer") and policy_unit in actor.units:
        return True
    is_mine = row.unit in actor.units and actor.has(*HANDLERS) and row.state in ("assigned", "handling", "replied")
    return bool(is_mine and not row.is_confidential)


@dataclass(frozen=True, slots=True)
class LookAtInformant:
    """Read who complained; the look is kept. Answers None to somebody without the right, and keeps that too.

    Raises:
        CaseNotFound: the complaint does not concern the person.
        FormInvalid: the reason is missing.
    """

    actor: Actor
    complaint_id: UUID
    reason: str
    policy_unit: str

    def run(self, uow: UnitOfWork) -> Informant | None:
        """Answer it."""
        row = require_complaint(uow, self.actor, self.complaint_id)
        reason = self.reason.strip()
        if len(reason) < _SHORTEST:
            message = "请写明查看投诉人信息的事由，例如“回访”"
            raise errors.FormInvalid(errors=[{"field": "reason", "code": "required", "message": message}])
        allowed = may_read(uow, self.actor, row, self.policy_unit)
        who = _known(uow, row.id)
        keep_look(uow, self.actor, row.id, "read" if allowed else "denied", cleared(reason, who)[:500])
        return who if allowed else None
