"""Evidence held on the spot: approved by the head, decided on within seven working days (xzcf/56)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows.letter_book import facts, write_letter
from workflows.penalties.payments import own_case
from workflows.penalties.people import deciders
from workflows.penalties.store import outsider, refuse, tell
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.penalties import evidence_hold, penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_end

OPEN = ("inquiry", "notice", "hearing", "review", "referral")


@dataclass(frozen=True, slots=True)
class RequestHold:
    """Ask the head to hold evidence; answers the number of its own case.

    Raises:
        CaseNotFound, FormInvalid: the case is not under inquiry.
    """

    actor: Actor
    business_key: str
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start it."""
        row = own_case(uow, self.actor, self.business_key)
        if row.state not in OPEN:
            refuse("things", "只有调查中的案件可以先行登记保存证据")
        mine = evidence_hold.c.case_id == row.id
        place = (uow.connection.scalar(select(func.count()).select_from(evidence_hold).where(mine)) or 0) + 1
        key, hold_id = f"{row.business_key}/保存{place}", uow.new_id()
        decider, _ = deciders(uow, self.rulebook.city, row.unit, row.officers)
        variables = {
            "hold_id": str(hold_id), "penalty_id": str(row.id), "unit": row.unit, "decider_unit": decider,
            "party_name": row.party_name, "area": row.area, "title": "证据先行登记保存", "business_key": key,
            "item_code": row.item_code,
        }  # fmt: skip
        trigger = StartTrigger("hold_requested", "message", "evidence_hold_requested")
        started = StartProcess("evidence_hold", key, self.actor.login, variables, trigger=trigger).run(uow)
        things = [line.strip() for line in str(self.answers["things"]).splitlines() if line.strip()]
        values = {
            "id": hold_id, "case_id": row.id, "instance_id": started.instance_id, "business_key": key,
            "unit": row.unit, "state": "requested", "things": things, "place": self.answers["hold_place"],
            "reason": self.answers["hold_reason"], "requested_by": self.actor.login, "requested_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(evidence_hold), values)
        return key


def _hold(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = evidence_hold.c.id == UUID(str(variables["hold_id"]))
    return uow.connection.execute(select(evidence_hold).where(mine)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(evidence_hold).where(evidence_hold.c.id == row.id).values(**values))


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head approve; not an officer of the case."""
    row = _hold(uow, task.variables)
    outsider(uow.connection.execute(select(penalty_case).where(penalty_case.c.id == row.case_id)).one(), task.actor)
    if answers["decision"] == "approve":
        _change(uow, row, approved_by=task.actor.login)
    else:
        _change(uow, row, state="refused", decision={"note": answers.get("hold_note")}, decided_at=uow.now)
    return {}


def record(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the notice with its list; the seven working days begin."""
    row = _hold(uow, job.variables)
    due = rulebook.reckon("evidence_hold", uow.now)
    content = {
        "receiver": str(job.variables["party_name"]),
        "opening": "因证据可能灭失或者以后难以取得，经批准，对下列物品先行登记保存。",
        "facts": facts(("保存地点和保管人", row.place), ("理由", row.reason)),
        "evidence": [{"name": thing, "note": ""} for thing in row.things],
        "deadline": f"{chinese_end(due.due_at)}前作出处理决定（{due.limit.source}）",
        "basis": ["《行政处罚法》第五十六条"],
        "closing": "登记保存期间，不得销毁或者转移证据。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="evidence_hold", about=row.id, sender=row.unit, receiver="",
                             subject="证据先行登记保存通知书", content=content)  # fmt: skip
    _change(uow, row, state="held", held_at=uow.now)
    tell(uow, row.case_id, "held", "system", number=number)
    return {"held_at": uow.now.isoformat()}


def decide(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what becomes of the things."""
    _change(uow, _hold(uow, task.variables), decision={**answers, "by": task.actor.login})
    return {}


def close(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the hold."""
    row = _hold(uow, job.variables)
    _change(uow, row, state="decided", decided_at=uow.now)
    tell(uow, row.case_id, "hold_decided", row.decision["by"], decision=row.decision["hold_decision"])
    return {}
