"""Take one decision in: once, whoever sends it how often; a changed one moves the running case."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.instances import SetVariables
from engine.commands.start_process import StartProcess
from engine.store.tables import process_definition, process_instance, user_task
from workflows import errors
from workflows.as_of.changes import remember
from workflows.city import City
from workflows.copies import tell_copied
from workflows.credit.entries import licence_decided
from workflows.followers import CHANGED, WITHDRAWN, tell_followers
from workflows.intake.blocks import Block, blocks_on
from workflows.intake.parties import party_of
from workflows.intake.reading import Decision, Message
from workflows.items import Item, assignment_for, item_for, items_on
from workflows.key_areas.signals import ReviewObject
from workflows.libraries.arrivals import approval_arrived
from workflows.records.approvals import approval, approval_revision
from workflows.records.offices import unit
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

CHECK = "check_push"
_SAYS = ("XK_NR", "XK_XKLB", "result_explain")  # texts of a decision that have no field of their own


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of a row: accepted, unchanged, changed, withdrawn, refused, blocked; an acceptance is noted."""

    outcome: str
    approval_id: UUID | None
    business_key: str | None
    messages: tuple[Message, ...] = ()


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
            return IntakeResult("refused", None, None, (*messages, unknown_item(uow, decision)))
        unfit = process_fault(uow, self.rulebook.city, item)
        if unfit is not None:
            return IntakeResult("refused", None, None, (*messages, unfit))
        blocked = self._blocks(uow)
        if decision.is_accept:
            return IntakeResult("blocked" if blocked else "noted", None, None, (*messages, *blocked))
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
        """Digest what the decision says; how and when it was sent does not matter."""
        decision = self.decision
        said = {field.name: getattr(decision, field.name) for field in fields(decision) if field.name != "content"}
        day = local_day_of(decision.decided_at)  # the hour may be ours
        body = said | {"decided_at": day, "text": [decision.content.get(name, "") for name in _SAYS]}
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _take_in(self, uow: UnitOfWork, item: Item, messages: list[Message]) -> IntakeResult:
        approval_id = uow.new_id()
        organ, area = self._place(uow, messages)
        row = self._row(uow, item, organ, area) | {
            "id": approval_id, "revision": 1, "business_key": self._number(uow), "is_demo": self.is_demo,
            "source": self.source,
        }  # fmt: skip
        uow.connection.execute(insert(approval), row)
        self._revision(uow, approval_id, 1)
        self._keep_object(uow, row, item)
        self._start(uow, row, item, messages, is_changed=False)
        licence_decided(uow, self.rulebook, approval_id)
        return IntakeResult("accepted", approval_id, row["business_key"], tuple(messages))

    def _keep_object(self, uow: UnitOfWork, row: Mapping[str, Any], item: Item) -> None:
        """Keep what the permit is about in the library; under a key item it is a candidate for the key library."""
        found = approval_arrived(uow, row, self.actor)
        if found is not None and item.is_key:
            ReviewObject(found, "item", self.actor, self.rulebook).run(uow)

    def _number(self, uow: UnitOfWork) -> str:
        return next_number(uow, self.rulebook.city.numbers["case_handoff"], "case_handoff")

    def _place(self, uow: UnitOfWork, messages: list[Message]) -> tuple[Row[Any], str]:
        """Return the approving organ and the area; what had to be guessed is told."""
        given, divisions = self.decision.area, self.rulebook.city.divisions
        area = next((code for code, name in divisions.items() if given in (code, name)), "")
        rows = uow.connection.execute(select(unit).where(unit.c.kind == "approval").order_by(unit.c.code)).all()
        wanted = self.decision.organ
        exact = [row for row in rows if wanted in (row.code, row.name, row.short_name)]
        by_area = [row for row in rows if row.area == area and row.level == "district"]
        organ = (exact or by_area or rows)[0]
        if wanted and not exact:
            text = f"许可机关“{wanted[:40]}”不在机构清单中，暂按{organ.short_name}接收，请核对"
            messages.append(Message("XK_XKJG", "organ-unknown", text, "warning"))
        if given and not area:
            text = f"区划“{given[:20]}”不在本市，暂按{divisions.get(organ.area, organ.area)}接收，请核对"
            messages.append(Message("area", "area-unknown", text, "warning"))
        return organ, area or str(organ.area)

    def _row(self, uow: UnitOfWork, item: Item, organ: Row[Any], area: str) -> dict[str, Any]:
        decision = self.decision
        return {
            "project_no": decision.project_no, "project_code": decision.project_code or None, "item_code": item.code,
            "item_version": item.version, "area": area, "approving_unit": organ.code,
            "party_id": party_of(uow, decision), "project_name": decision.project_name, "site": decision.site,
            "result": decision.result, "decided_at": decision.decided_at, "document_no": decision.document_no,
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

    def _start(
        self, uow: UnitOfWork, row: Mapping[str, Any], item: Item, messages: Sequence[Message], *, is_changed: bool
    ) -> None:
        """Start the process that the catalogue names for the item, and note it at the approval."""
        units = self._units(uow, item, row)
        variables = self._variables(row, item) | {
            "supervising_units": units, "proposed_units": units, "is_changed": is_changed,
            "needs_check": not units or any(message.code != "hard-block" for message in messages),
        }  # fmt: skip
        started = StartProcess(item.process, row["business_key"], self.actor, variables).run(uow)
        uow.connection.execute(
            update(approval)
            .where(approval.c.id == row["id"])
            .values(instance_id=started.instance_id, business_key=row["business_key"])
        )

    def _units(self, uow: UnitOfWork, item: Item, row: Mapping[str, Any]) -> list[str]:
        """Return who supervises; nobody known means that the clerk has to say."""
        try:
            found = assignment_for(uow, item.code, row["area"], local_day_of(row["decided_at"]))
        except errors.UnknownItem:
            return []
        return list(found.supervising_units)

    def _variables(self, row: Mapping[str, Any], item: Item) -> dict[str, Any]:
        return {
            "approval_id": str(row["id"]), "item_code": item.code, "item_name": item.name, "category": item.category,
            "area": row["area"], "result": row["result"], "party_name": self.decision.party_name,
            "project_name": row["project_name"], "project_no": row["project_no"], "document_no": row["document_no"],
            "decided_at": row["decided_at"].isoformat(), "approving_unit": row["approving_unit"],
            "policy_unit": self.rulebook.city.policy_unit, "feedback_result": None, "feedback_note": None,
        }  # fmt: skip

    def _change(self, uow: UnitOfWork, known: Row[Any], item: Item, messages: list[Message]) -> IntakeResult:
        """Write the new revision and bring it to the running case, or start a new one when that has ended."""
        status = uow.connection.scalar(
            select(process_instance.c.status).where(process_instance.c.id == known.instance_id)
        )
        if status == "suspended":
            text = f"原案件 {known.business_key} 已挂起，请先由管理员恢复，再重新导入"
            found = Message("project_no", "case-suspended", text)
            return IntakeResult("refused", known.id, known.business_key, (*messages, found))
        organ, area = self._place(uow, messages)
        values = self._row(uow, item, organ, area) | {"revision": known.revision + 1}
        remember(uow, approval, known.id, values)
        uow.connection.execute(update(approval).where(approval.c.id == known.id).values(**values))
        self._revision(uow, known.id, known.revision + 1)
        row = {**values, "id": known.id, "business_key": known.business_key}
        self._keep_object(uow, row, item)
        facts = self._variables(row, item)
        if area != known.area:
            facts["supervising_units"] = facts["proposed_units"] = self._units(uow, item, row)
        if status != "active" or not self._moved(uow, known, facts):
            row["business_key"] = self._number(uow)
            self._start(uow, row, item, messages, is_changed=True)
        licence_decided(uow, self.rulebook, known.id)
        news = CHANGED if self.decision.result == "granted" else WITHDRAWN
        tell_followers(uow, news, known.id, {"revision": values["revision"]}, self.actor)
        tell_copied(uow, row, is_valid=news == CHANGED)
        outcome = "withdrawn" if self.decision.result == "withdrawn" else "changed"
        return IntakeResult(outcome, known.id, row["business_key"], tuple(messages))

    def _moved(self, uow: UnitOfWork, known: Row[Any], facts: Mapping[str, Any]) -> bool:
        """Tell the running case; False when its open part is over."""
        name = "decision_withdrawn" if self.decision.result == "withdrawn" else "decision_changed"
        try:
            CorrelateMessage(name, known.business_key, facts, self.actor).run(uow)
        except engine_errors.MessageNotExpected:
            return self._set_before_push(uow, known.instance_id, facts)
        return True

    def _set_before_push(self, uow: UnitOfWork, instance_id: UUID, facts: Mapping[str, Any]) -> bool:
        """Let a clerk who still checks the first version see the new one."""
        waiting = (user_task.c.instance_id == instance_id) & (user_task.c.status == "open")
        row = uow.connection.execute(select(user_task).where(waiting, user_task.c.element_id == CHECK)).first()
        if row is None:
            return False
        SetVariables(instance_id, facts, self.actor, "审批决定更正").run(uow)
        uow.connection.execute(
            update(user_task).where(user_task.c.id == row.id).values(variables={**row.variables, **facts})
        )
        return True


def process_fault(uow: UnitOfWork, city: City, item: Item) -> Message | None:
    """Tell why the process that the catalogue names for an item cannot follow a decision, if it cannot."""
    deployed = select(process_definition.c.id).where(process_definition.c.key == item.process).limit(1)
    if item.process not in city.decision_processes:
        why = "不承接审批决定"
    elif uow.connection.execute(deployed).first() is None:
        why = "没有部署"
    else:
        return None
    name = item.process or "未填写"
    text = f"事项“{item.name}”的承办流程“{name}”{why}，请先在事项页提出调整，改为承接审批决定的流程"
    return Message("task_name", "process-unknown", text)


def unknown_item(uow: UnitOfWork, decision: Decision) -> Message:
    """Return what to say about an item that is not in the catalogue of the day, with the nearest names."""
    wanted = decision.item[:40]
    names = [item.name for item in items_on(uow, local_day_of(decision.decided_at))]
    near = [name for name in names if wanted in name or name in wanted][:3]
    hint = f"是否为：{'、'.join(near)}？" if near else ""
    text = f"事项“{wanted}”在决定当日不在监管事项清单中，{hint}请核对事项名称或先维护清单"
    return Message("task_name", "item-unknown", text)


__all__ = ["Block", "IntakeResult", "SubmitDecision", "blocks_on", "process_fault", "unknown_item"]
