"""Proposing a change of the catalogue: checked against the whole catalogue first, then a case of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.catalogue.checker import Finding, check
from workflows.catalogue.diff import changed_parts, differences, weight_of
from workflows.catalogue.facts import Facts, read_facts
from workflows.catalogue.fields import ANY_AREA, EMPTY, ITEM_KEYS, OWNER_KEYS, Words
from workflows.catalogue.rights import Asked, asked_of, require_proposer
from workflows.catalogue.store import contents_on, last_version
from workflows.clauses import Clauses
from workflows.directory import all_units
from workflows.policy import Actor
from workflows.records.catalogue import catalogue_change
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

PROCESS = "catalogue_change"
KINDS: Mapping[str, str] = {
    "create": "新增事项", "amend": "修改事项", "retire": "取消事项", "confirm": "认领事项", "dispute": "提出异议",
}  # fmt: skip
OPEN = ("handling", "disputed", "scheduled")
STATES: Mapping[str, str] = {
    "handling": "办理中", "disputed": "待裁定", "scheduled": "待生效", "published": "已发布", "closed": "已终止",
}  # fmt: skip
_FIELD_OF: Mapping[str, str] = {
    "owner-gap": "supervising_units", "owner-unknown": "supervising_units", "owner-twice": "supervising_units",
    "approving-missing": "approving_unit", "approving-unknown": "approving_unit", "process-unknown": "process",
    "process-unfit": "process",
    "check-missing": "checks", "check-double": "checks", "limit-unknown": "limits", "clause-unknown": "clauses",
    "receiver-unknown": "copy_receivers", "key-mode": "modes", "name-double": "name", "area-unknown": "area",
}  # fmt: skip
_TOLD_LATER = frozenset({"copy-differs"})  # the table is deployed apart from the catalogue: either may come first


@dataclass(frozen=True, slots=True)
class Rules:
    """What proposals are checked with: the city's rules, the clauses, and the titles of the diagrams."""

    rulebook: Rulebook
    clauses: Clauses
    titles: Mapping[str, str]

    def words(self, uow: UnitOfWork) -> Words:
        """Return what stored values mean."""
        return Words({unit.code: unit.short_name for unit in all_units(uow)}, self.titles)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is wanted: ``contents`` are the parts that change, ``area`` is where the owner changes."""

    kind: str
    item_code: str
    contents: Mapping[str, Any]
    effective_on: date
    reason: str
    area: str = ANY_AREA
    suggested_unit: str | None = None
    source: str = "form"
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A proposal that may be made: the item as it is, the parts that change, the item as it would be, who is asked."""

    base: Mapping[str, Any]
    changed: Mapping[str, Any]
    full: Mapping[str, Any]
    asked: Asked


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """Start the case of a proposal; answers its number.

    Raises:
        FormInvalid: ``errors`` names each part and the remedy; a change that would make a gap is refused.
        ChangePending: another change of the item is under way.
        UnknownItem, NotAllowed.
    """

    actor: Actor
    proposal: Proposal
    rules: Rules

    def run(self, uow: UnitOfWork) -> str:
        """Check the proposal and start its case."""
        number = next_number(uow, self.rules.rulebook.city.numbers[PROCESS], PROCESS)  # one proposal at a time
        return self._start(uow, number, self.examine(uow))

    def examine(self, uow: UnitOfWork) -> Examined:
        """Check the proposal and answer what it would change; nothing is written."""
        wanted, today = self.proposal, local_day_of(uow.now)
        base = contents_on(uow, wanted.item_code, wanted.area, today)
        self._check_kind(uow, base, today)
        self._refuse_pending(uow)
        changed = self._changed(base)
        full = {**EMPTY, **(base or {}), **changed}
        if not full["supervising_units"]:
            raise errors.FormInvalid(errors=[_fault("supervising_units", "请指定监管主体")])
        asked = asked_of(uow, str(full["supervising_units"][0]), wanted.area, self.rules.rulebook.city)
        require_proposer(self.actor, wanted.kind, asked, base or full)
        if wanted.kind in ("create", "amend"):
            self._refuse_new_faults(uow, base, full)
        return Examined(base or {}, changed, full, asked)

    def _check_kind(self, uow: UnitOfWork, base: Mapping[str, Any] | None, today: date) -> None:
        wanted = self.proposal
        is_taken = wanted.kind == "create" and last_version(uow, wanted.item_code) is not None
        rules = (
            (wanted.kind not in KINDS, "kind", "请选择调整种类"),
            (wanted.effective_on <= today, "effective_on", f"生效日期不得早于 {today + ONE_DAY}，在办案件不受影响"),
            (not wanted.reason.strip(), "reason", "请写明理由和依据文件"),
            (wanted.kind != "amend" and wanted.area != ANY_AREA, "area", "只有修改监管主体可以限于一个区（市）"),
            (is_taken, "item_code", "该编码已有事项，请另编编码，或改为修改事项"),
        )
        faults = [_fault(field, text) for is_wrong, field, text in rules if is_wrong]
        if faults:
            raise errors.FormInvalid(errors=faults)
        if wanted.kind != "create" and base is None:
            raise errors.UnknownItem(item=wanted.item_code, on=today.isoformat())

    def _refuse_pending(self, uow: UnitOfWork) -> None:
        wanted = self.proposal
        open_one = (catalogue_change.c.item_code == wanted.item_code) & catalogue_change.c.state.in_(OPEN)
        pending = uow.connection.scalar(select(catalogue_change.c.business_key).where(open_one))
        if pending is not None:
            raise errors.ChangePending(item=wanted.item_code, case=pending, reason=f"在办的调整：{pending}")

    def _changed(self, base: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the parts that change; a proposal that changes nothing is refused."""
        wanted = self.proposal
        if wanted.kind == "confirm":
            changed = changed_parts(base, {"status": "已确认"})
        elif wanted.kind in ("retire", "dispute"):
            return {}
        else:
            changed = changed_parts(base, {**({"status": "已确认"} if base is None else {}), **wanted.contents})
        if not changed:
            raise errors.FormInvalid(errors=[_fault("contents", "与现行内容相同，没有需要调整的")])
        if base is not None and wanted.area != ANY_AREA and any(key in ITEM_KEYS for key in changed):
            raise errors.FormInvalid(errors=[_fault("area", "只有监管主体可以按区（市）调整，其他内容全市相同")])
        return changed

    def _refuse_new_faults(self, uow: UnitOfWork, base: Mapping[str, Any] | None, full: Mapping[str, Any]) -> None:
        wanted = self.proposal
        facts = read_facts(uow, self.rules.clauses, self.rules.rulebook)
        before = {(one.rule, one.detail) for one in _found(facts, wanted)} if base is not None else set()
        after = _found(_with(facts, wanted, full), wanted)
        new = [one for one in after if (one.rule, one.detail) not in before and one.rule not in _TOLD_LATER]
        if new:
            raise errors.FormInvalid(errors=[_told(one) for one in new])

    def _start(self, uow: UnitOfWork, number: str, found: Examined) -> str:
        wanted, city, change_id = self.proposal, self.rules.rulebook.city, uow.new_id()
        base, changed, full, asked = found.base, found.changed, found.full, found.asked
        last = last_version(uow, wanted.item_code)
        row = {
            "id": change_id, "instance_id": None, "business_key": number, "kind": wanted.kind,
            "item_code": wanted.item_code, "item_name": full["name"], "area": wanted.area,
            "base_version": last["version"] if last else None, "contents": dict(changed),
            "base": {key: base[key] for key in changed if key in base}, "unit": asked.lead,
            "units": [one["unit"] for one in asked.units], "proposing_unit": self.actor.unit,
            "proposed_by": self.actor.login, "reason": wanted.reason, "effective_on": wanted.effective_on,
            "state": "handling", "opinions": [], "source": wanted.source, "batch_id": wanted.batch_id,
            "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(catalogue_change), row)
        shown = differences(base, changed, self.rules.words(uow))
        variables = {
            "change_id": str(change_id), "kind": wanted.kind, "weight": weight_of(changed), "units": list(asked.units),
            "by_owner": asked.is_only(self.actor), "suggested_unit": wanted.suggested_unit,
            "item_name": f"{wanted.item_code} {full['name']}", "change_kind": KINDS[wanted.kind],
            "change_text": "；".join(f"{one.label}：{one.old or '（无）'} → {one.new or '（无）'}" for one in shown),
            "change_reason": wanted.reason, "effective_on": wanted.effective_on.isoformat(),
            "title": f"{KINDS[wanted.kind]}：{full['name']}", "policy_unit": city.policy_unit,
            "leader_unit": city.leader_unit, "area": city.area,
        }  # fmt: skip
        begin = "item_disputed" if wanted.kind == "dispute" else "change_proposed"
        trigger = StartTrigger(begin, "message", begin)
        started = StartProcess(PROCESS, number, self.actor.login, variables, trigger=trigger).run(uow)
        mine = catalogue_change.c.id == change_id
        uow.connection.execute(update(catalogue_change).where(mine).values(instance_id=started.instance_id))
        return number


def _fault(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}


def _told(finding: Finding) -> dict[str, str]:
    detail = f"（{finding.detail}）" if finding.detail else ""
    field = _FIELD_OF.get(finding.rule, "contents")
    return _fault(field, f"{finding.title}{detail}：{finding.remedy.removeprefix('提出调整，')}")


def _found(facts: Facts, wanted: Proposal) -> list[Finding]:
    day = wanted.effective_on
    return [one for one in check(facts, day, day) if one.item_code == wanted.item_code]


def _with(facts: Facts, wanted: Proposal, full: Mapping[str, Any]) -> Facts:
    """Return the catalogue as it would be."""
    spans = {"valid_from": wanted.effective_on, "valid_to": None}
    row = {"code": wanted.item_code, "version": 0, **{key: full[key] for key in ITEM_KEYS}, **spans}
    owner = {"item_code": wanted.item_code, "area": wanted.area, **{key: full[key] for key in OWNER_KEYS}, **spans}
    others = [one for one in facts.owners if (one["item_code"], one["area"]) != (wanted.item_code, wanted.area)]
    return replace(
        facts,
        items=[*(one for one in facts.items if one["code"] != wanted.item_code), row],
        owners=[*others, owner],
    )
