"""The key library: weighed by rule, proposed, approved, and left again with evidence (zz2020/2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from engine.commands.correlate_message import CorrelateMessage
from engine.errors import MessageNotExpected
from engine.handlers import ServiceJob
from workflows import errors
from workflows.directory import find_unit
from workflows.key_areas.signals import facts_of, in_words
from workflows.letter_book import facts, write_letter
from workflows.libraries.keeping import note_change
from workflows.libraries.objects import find_object
from workflows.libraries.ratings import rating_of
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.key_areas import key_check, key_entry
from workflows.records.libraries import inspection_object
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

STATES: Mapping[str, str] = {
    "weighed": "研判中", "dropped": "未列入", "proposed": "待审批", "refused": "不予列入", "standing": "在库",
    "delisted": "已销号",
}  # fmt: skip
TRIGGERS: Mapping[str, str] = {
    "manual": "人工提出",
    "item": "重点事项",
    "signal": "风险信号",
    "rating": "信用、风险评定",
}
KEEPERS = ("section_officer", "district_officer", "section_head")
PASSED = ("no_problem", "corrected", "closed")
_e = key_entry.c


def row_of(uow: UnitOfWork, case: ServiceJob | TaskContext) -> Row[Any]:
    """Return the entry a step belongs to."""
    return uow.connection.execute(select(key_entry).where(_e.instance_id == case.instance_id)).one()


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Change an entry."""
    uow.connection.execute(update(key_entry).where(_e.id == row.id).values(**values))


def collect_signals(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down what is known about the object, before the rule is asked."""
    given = job.variables
    one = find_object(uow, UUID(str(given["object_id"])))
    unit = find_unit(uow, one.unit)
    found = facts_of(uow, one)
    row = {
        "id": uow.new_id(), "number": job.business_key, "instance_id": job.instance_id, "object_id": one.id,
        "item_code": found["item_code"], "unit": unit.code, "area": one.area, "trigger": given["trigger"],
        "signals": found, "ground": in_words(found), "entry_reason": given.get("entry_reason") or "",
        "legal_basis": given.get("legal_basis") or "", "measures": given.get("measures") or "", "state": "weighed",
        "proposed_by": given["proposed_by"], "opened_at": uow.now, "delisting": [],
    }  # fmt: skip
    uow.connection.execute(insert(key_entry), row)
    city = rulebook.city
    return {
        **found, "unit": unit.code, "unit_name": unit.short_name, "area": one.area, "object_name": one.name,
        "site": one.site, "party_name": one.name, "project_name": one.name, "title": f"重点监管：{one.name}",
        "signal_text": in_words(found), "policy_unit": city.policy_unit, "leader_unit": city.leader_unit,
        "last_result": "violation", "clean_cycles": 0, "decision": None,
    }  # fmt: skip


def propose(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the unit says; a candidate that is dropped is weighed anew only after new signals."""
    row = row_of(uow, task)
    values = {"entry_reason": answers["entry_reason"], "proposed_by": task.actor.login}
    if answers["decision"] == "drop":
        change(uow, row, state="dropped", closed_at=uow.now, **values)
        return {}
    change(uow, row, legal_basis=answers["legal_basis"], measures=answers["measures"], **values)
    return {"proposed_by": task.actor.login}


def record_proposal(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that the entry waits for its approval."""
    row = row_of(uow, job)
    entry = job.variables.get("entry")
    ground = str(entry.get("ground")) if isinstance(entry, Mapping) else row.ground
    change(uow, row, state="proposed", ground=ground)
    return {"entry_reason": row.entry_reason, "legal_basis": row.legal_basis, "measures": row.measures}


def approve_entry(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let another person than the proposer decide."""
    row = row_of(uow, task)
    if row.proposed_by == task.actor.login:
        raise errors.SamePerson
    change(uow, row, decided_by=task.actor.login, decided_at=uow.now, decision_note=answers.get("approval_note"))
    return {}


def refuse_entry(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close an entry that was refused."""
    change(uow, row_of(uow, job), state="refused", closed_at=uow.now)
    return {}


def enter_library(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Put the object in the key library."""
    row = row_of(uow, job)
    change(uow, row, state="standing")
    _mark(uow, row, is_key=True, kind="key", reason=row.entry_reason)
    return {}


def _mark(uow: UnitOfWork, row: Row[Any], *, is_key: bool, kind: str, reason: str) -> None:
    one = find_object(uow, row.object_id)
    o = inspection_object.c
    now = {"is_key": is_key, "version": o.version + 1, "changed_by": row.decided_by or "system", "changed_at": uow.now}
    uow.connection.execute(update(inspection_object).where(o.id == one.id).values(**now))
    note_change(uow, one.id, kind, {"number": row.number}, row.decided_by or "system", reason)


@dataclass(frozen=True, slots=True)
class RequestDelisting:
    """Ask that an object leaves the key library, with evidence; answers the case's number.

    Raises:
        DelistingTooEarly: this cycle's check is not done, or a request is being decided.
    """

    actor: Actor
    row: Row[Any]
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> str:
        """Keep the request and bring it to the case."""
        asked = {
            "reason": self.answers["delist_reason"], "evidence": self.answers["delist_evidence"],
            "by": self.actor.login, "at": uow.now.isoformat(),
        }  # fmt: skip
        rating = rating_of(uow, find_object(uow, self.row.object_id).id, local_day_of(uow.now))
        last, clean = _last_checks(uow, self.row.id)
        change(uow, self.row, delisting=[*self.row.delisting, asked])
        news = {
            "credit": rating.credit or "none", "last_result": last, "clean_cycles": clean,
            "delist_reason": asked["reason"], "delist_evidence": asked["evidence"], "delist_by": self.actor.login,
        }  # fmt: skip
        try:
            CorrelateMessage("delisting_requested", self.row.number, news, self.actor.login).run(uow)
        except MessageNotExpected as exc:
            raise errors.DelistingTooEarly(number=self.row.number) from exc
        return str(self.row.number)


def _last_checks(uow: UnitOfWork, entry_id: UUID) -> tuple[str, int]:
    """Return the last result and how many cycles in a row ended well."""
    c = key_check.c
    done = select(c.result).where(c.entry_id == entry_id, c.checked_at.is_not(None)).order_by(c.checked_at.desc())
    results = list(uow.connection.scalars(done))
    clean = next((place for place, result in enumerate(results) if result not in PASSED), len(results))
    return (results[0] if results else "violation"), clean


def approve_delisting(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let another person than the one who asked decide."""
    if task.variables.get("delist_by") == task.actor.login:
        raise errors.SamePerson
    _answer(uow, row_of(uow, task), decision=answers["decision"], note=answers["approval_note"],
            decided_by=task.actor.login)  # fmt: skip
    return {}


def _answer(uow: UnitOfWork, row: Row[Any], **said: object) -> None:
    last = {**row.delisting[-1], **said, "decided_at": uow.now.isoformat()}
    change(uow, row, delisting=[*row.delisting[:-1], last])


def refuse_delisting(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note why the object stays; the rule's reason when no person was asked."""
    row = row_of(uow, job)
    rule = job.variables.get("delisting")
    if "decision" not in row.delisting[-1]:
        ground = rule.get("ground") if isinstance(rule, Mapping) else ""
        _answer(uow, row, decision="refuse", note=ground, decided_by="system")
    return {"decision": None}


def delist_object(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Take the object out of the key library and write the delisting letter."""
    row, city = row_of(uow, job), rulebook.city
    one, asked = find_object(uow, row.object_id), row.delisting[-1]
    checked = uow.connection.scalar(
        select(func.count()).where(key_check.c.entry_id == row.id, key_check.c.checked_at.is_not(None))
    )
    content = {
        "opening": "经核对整改证据，下列对象的风险已经消除，同意退出重点监管事项库，按一般对象监管。",
        "facts": facts(
            ("对象", one.name), ("地址", one.site), ("列入理由", row.entry_reason), ("列入依据", row.legal_basis),
            ("在库检查", f"{checked} 次"), ("整改情况", asked["reason"]), ("审批意见", asked["note"]),
        ),
        "evidence": [{"name": line, "note": ""} for line in str(asked["evidence"]).splitlines() if line.strip()],
        "basis": ["《细则》二（四）"],
        "closing": "此后仍按双随机、信用监管等方式监管；有新的风险信号的重新研判。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="delisting", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="重点监管销号单", content=content,
    )  # fmt: skip
    change(uow, row, state="delisted", delisting_number=number, closed_at=uow.now)
    _mark(uow, row, is_key=False, kind="delisted", reason=str(asked["reason"]))
    return {"delisting_number": number}
