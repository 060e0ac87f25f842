"""Take one decision in: once, whoever sends it how often; a changed one moves the running case."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.start_process import StartProcess
from engine.store.tables import process_instance
from workflows import errors
from workflows.intake.reading import Decision, Message
from workflows.items import Item, assignment_for, item_for
from workflows.records.approvals import approval, approval_revision, hard_block, party
from workflows.records.offices import unit
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of


@dataclass(frozen=True, slots=True)
class Block:
    """A standing block on a project or party."""

    id: UUID
    project_name: str
    reason: str
    clause: str
    set_at: Any


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of a decision: accepted, unchanged, changed, withdrawn, refused or blocked."""

    outcome: str
    approval_id: UUID | None
    business_key: str | None
    messages: tuple[Message, ...] = ()


def blocks_on(uow: UnitOfWork, *, project_no: str = "", project_code: str = "", party_name: str = "",
              identity_number: str = "") -> tuple[Block, ...]:  # fmt: skip
    """Return the standing blocks on a project (by number or code) or on a party (by number or name)."""
    same = [hard_block.c.project_no == project_no] if project_no else []
    if project_code:
        same.append(hard_block.c.project_code == project_code)
    who = [party.c.identity_number == identity_number] if identity_number else []
    if party_name:
        who.append(party.c.name == party_name)
    for condition in who:
        same.append(hard_block.c.party_id.in_(select(party.c.id).where(condition)))
    if not same:
        return ()
    wanted = same[0]
    for condition in same[1:]:
        wanted = wanted | condition
    rows = uow.connection.execute(select(hard_block).where(hard_block.c.lifted_at.is_(None), wanted))
    return tuple(Block(row.id, row.project_name, row.reason, row.clause, row.set_at) for row in rows)


@dataclass(frozen=True, slots=True)
class SubmitDecision:
    """Store a checked decision and start, move or leave its handoff.

    The same decision (office number, item, document number) with the same content changes nothing.
    """

    decision: Decision
    warnings: tuple[Message, ...]
    rulebook: Rulebook
    actor: str
    source: str
    is_demo: bool = False

    def run(self, uow: UnitOfWork) -> IntakeResult:
        """Do it inside the given transaction."""
        decision = self.decision
        messages = list(self.warnings)
        try:
            item = item_for(uow, decision.item, local_day_of(decision.decided_at))
        except errors.UnknownItem:
            text = f"事项“{decision.item[:40]}”在决定当日不在监管事项清单中，请核对事项名称或先维护清单"
            return IntakeResult("refused", None, None, (*messages, Message("task_name", "item-unknown", text)))
        blocked = self._blocks(uow)
        if decision.is_accept:
            return IntakeResult("blocked" if blocked else "unchanged", None, None, (*messages, *blocked))
        messages += blocked
        key = (approval.c.project_no == decision.project_no) & (approval.c.item_code == item.code)
        known = uow.connection.execute(
            select(approval).where(key, approval.c.document_no == decision.document_no)
        ).one_or_none()
        if known is None:
            return self._take_in(uow, item, messages)
        if known.fingerprint == self._fingerprint():
            return IntakeResult("unchanged", known.id, known.business_key, tuple(messages))
        return self._change(uow, known, item, messages)

    def _blocks(self, uow: UnitOfWork) -> list[Message]:
        found = blocks_on(
            uow, project_no=self.decision.project_no, project_code=self.decision.project_code,
            identity_number=self.decision.identity_number,
        )  # fmt: skip
        level = "error" if self.decision.is_accept else "warning"
        return [
            Message("project_no", "hard-block", f"硬拦截：{block.reason}；执行完毕前不得办理新的规划手续", level)
            for block in found
        ]

    def _fingerprint(self) -> str:
        body = {"content": self.decision.content, "result": self.decision.result}
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _take_in(self, uow: UnitOfWork, item: Item, messages: list[Message]) -> IntakeResult:
        approval_id = uow.new_id()
        organ = self._organ(uow)
        area = self._area(organ)
        pattern = self.rulebook.city.numbers["case_handoff"]
        business_key = next_number(uow, pattern, "case_handoff")
        row = self._row(uow, item, organ, area) | {
            "id": approval_id, "revision": 1, "business_key": business_key, "is_demo": self.is_demo,
            "source": self.source, "party_id": _party_id(uow, self.decision),
        }  # fmt: skip
        uow.connection.execute(insert(approval), row)
        self._revision(uow, approval_id, 1)
        started = self._start(uow, row, item, messages)
        uow.connection.execute(update(approval).where(approval.c.id == approval_id).values(instance_id=started))
        return IntakeResult("accepted", approval_id, business_key, tuple(messages))

    def _organ(self, uow: UnitOfWork) -> Row[Any]:
        rows = uow.connection.execute(select(unit).where(unit.c.kind == "approval").order_by(unit.c.code)).all()
        wanted = self.decision.organ
        exact = [row for row in rows if wanted in (row.code, row.name, row.short_name)]
        by_area = [row for row in rows if row.area == self.decision.area and row.level == "district"]
        return (exact or by_area or rows)[0]

    def _area(self, organ: Row[Any]) -> str:
        divisions = self.rulebook.city.divisions
        given = self.decision.area
        named = next((code for code, name in divisions.items() if name == given), given)
        return named if named in divisions else str(organ.area)

    def _row(self, uow: UnitOfWork, item: Item, organ: Row[Any], area: str) -> dict[str, Any]:
        decision = self.decision
        return {
            "project_no": decision.project_no, "project_code": decision.project_code or None, "item_code": item.code,
            "item_version": item.version, "area": area, "approving_unit": organ.code,
            "project_name": decision.project_name, "site": decision.site, "result": decision.result,
            "decided_at": decision.decided_at, "document_no": decision.document_no,
            "licence_no": decision.licence_no, "licence_name": decision.licence_name,
            "valid_from": decision.valid_from, "valid_to": decision.valid_to, "content": dict(decision.content),
            "fingerprint": self._fingerprint(), "received_at": uow.now,
        }  # fmt: skip

    def _revision(self, uow: UnitOfWork, approval_id: UUID, revision: int) -> None:
        row = {
            "approval_id": approval_id, "revision": revision, "result": self.decision.result,
            "content": dict(self.decision.content), "fingerprint": self._fingerprint(), "received_at": uow.now,
            "received_by": self.actor,
        }  # fmt: skip
        uow.connection.execute(insert(approval_revision), row)

    def _start(self, uow: UnitOfWork, row: Mapping[str, Any], item: Item, messages: Sequence[Message]) -> UUID:
        units = assignment_for(uow, item.code, row["area"], local_day_of(row["decided_at"])).supervising_units
        variables = self._variables(row, item) | {
            "supervising_units": list(units), "proposed_units": list(units),
            "needs_check": not units or any(message.code != "hard-block" for message in messages), "is_changed": False,
        }  # fmt: skip
        return StartProcess("approval_handoff", row["business_key"], self.actor, variables).run(uow).instance_id

    def _variables(self, row: Mapping[str, Any], item: Item) -> dict[str, Any]:
        return {
            "approval_id": str(row["id"]), "item_code": item.code, "item_name": item.name, "category": item.category,
            "area": row["area"], "result": row["result"], "party_name": self.decision.party_name,
            "project_name": row["project_name"], "project_no": row["project_no"], "document_no": row["document_no"],
            "decided_at": row["decided_at"].isoformat(), "approving_unit": row["approving_unit"],
            "policy_unit": self.rulebook.city.policy_unit, "feedback_result": None, "feedback_note": None,
        }  # fmt: skip

    def _change(self, uow: UnitOfWork, known: Row[Any], item: Item, messages: list[Message]) -> IntakeResult:
        revision = known.revision + 1
        values = self._row(uow, item, self._organ(uow), known.area) | {"revision": revision}
        uow.connection.execute(update(approval).where(approval.c.id == known.id).values(**values))
        self._revision(uow, known.id, revision)
        row = {**values, "id": known.id, "business_key": known.business_key}
        name = "decision_withdrawn" if self.decision.result == "withdrawn" else "decision_changed"
        status = uow.connection.scalar(
            select(process_instance.c.status).where(process_instance.c.id == known.instance_id)
        )
        if status == "active":
            try:
                CorrelateMessage(name, known.business_key, self._variables(row, item), self.actor).run(uow)
                outcome = "withdrawn" if name == "decision_withdrawn" else "changed"
                return IntakeResult(outcome, known.id, known.business_key, tuple(messages))
            except engine_errors.MessageNotExpected:
                pass  # the case is before or after its open part: a new one carries the change
        row["business_key"] = next_number(uow, self.rulebook.city.numbers["case_handoff"], "case_handoff")
        started = self._start(uow, row, item, messages)
        uow.connection.execute(
            update(approval)
            .where(approval.c.id == known.id)
            .values(instance_id=started, business_key=row["business_key"])
        )
        return IntakeResult("changed", known.id, row["business_key"], tuple(messages))


def _party_id(uow: UnitOfWork, decision: Decision) -> UUID:
    same = (
        (party.c.identity_kind == decision.identity_kind)
        & (party.c.identity_number == decision.identity_number)
        & (party.c.name == decision.party_name)
    )
    found = uow.connection.scalar(select(party.c.id).where(same))
    if found is not None:
        return UUID(str(found))
    party_id = uow.new_id()
    row = {
        "id": party_id, "name": decision.party_name, "category": decision.party_category,
        "identity_kind": decision.identity_kind, "identity_number": decision.identity_number,
        "legal_representative": decision.legal_representative or None, "address": None, "contact": None,
        "phone": None, "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(party), row)
    return party_id
