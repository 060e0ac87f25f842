"""A decision is changed, revoked, found unlawful or void: what was published is withdrawn in three working days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows.clock_timers import park_timers
from workflows.credit.overturned import overturned
from workflows.penalties.hearing import noon
from workflows.penalties.payments import own_case
from workflows.penalties.service import COURT, PAYMENT
from workflows.penalties.store import case_of, change, refuse, tell
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.penalties import penalty_publication
from workflows.rulebook import Rulebook
from workflows.stage_clocks import end_stage_clock, stage_clock
from workflows.uow import UnitOfWork, local_day_of

KINDS = {"changed": "变更", "revoked": "撤销", "unlawful": "确认违法", "void": "确认无效"}
_WITHOUT_EFFECT = frozenset({"revoked", "void"})


@dataclass(frozen=True, slots=True)
class RegisterOverturn:
    """Register that a decision was overturned; answers the number of its own case.

    Raises:
        CaseNotFound, FormInvalid: there is no decision, or it was overturned before.
    """

    actor: Actor
    business_key: str
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start it."""
        row = own_case(uow, self.actor, self.business_key)
        if row.decided_at is None:
            refuse("overturn_kind", "本案尚未作出决定")
        if row.overturn is not None:
            refuse("overturn_kind", "本案决定被推翻已经登记过")
        if str(self.answers["overturned_on"]) < local_day_of(row.decided_at).isoformat():
            refuse("overturned_on", "不能早于决定日期")
        key = f"{row.business_key}/撤回"
        variables = {
            "penalty_id": str(row.id), "unit": row.unit, "party_name": row.party_name, "area": row.area,
            "title": "撤回公开的处罚信息", "business_key": key, "item_code": row.item_code, "overturn_key": "1",
            "overturned_at": noon(str(self.answers["overturned_on"])).isoformat(),
            "overturn": {**self.answers, "by": self.actor.login},
        }  # fmt: skip
        trigger = StartTrigger("decision_overturned", "message", "penalty_overturned")
        StartProcess("penalty_overturn", key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def record(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Write it down; no surcharge grows any more, and nobody is urged to execute what is without effect."""
    row = case_of(uow, job.variables)
    given: Mapping[str, Any] = dict(job.variables)["overturn"]  # type: ignore[assignment]
    change(uow, row, overturn=dict(given))
    tell(uow, row.id, "overturned", str(given["by"]), kind=given["overturn_kind"], document=given["overturn_document"])
    if given["overturn_kind"] in _WITHOUT_EFFECT:
        _stop_urging(uow, row, str(given["by"]))
    mine = penalty_publication.c.case_id == row.id
    found = uow.connection.execute(select(penalty_publication).where(mine)).one_or_none()
    return {"is_public": bool(found and (found.is_published or found.uploaded_at))}


def _stop_urging(uow: UnitOfWork, row: Any, by: str) -> None:
    for stage in (PAYMENT, COURT):
        clock = stage_clock(uow, row.instance_id, stage)
        if clock is not None and clock.order_id is None:
            park_timers(uow, clock, by, "决定已被推翻")
        end_stage_clock(uow, row.instance_id, stage)


def withdraw(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep from where it was withdrawn, and the public explanation."""
    row = case_of(uow, task.variables)
    values = {"withdrawn_at": uow.now, "withdrawn_from": answers["withdrawn_from"],
              "withdrawal_note": answers["withdrawal_note"]}  # fmt: skip
    mine = penalty_publication.c.case_id == row.id
    uow.connection.execute(update(penalty_publication).where(mine).values(**values))
    overturned(uow, task.rulebook, row.id, str(answers["withdrawal_note"]))
    return {"withdrawn_by": task.actor.login}


def record_withdrawal(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close it."""
    tell(uow, case_of(uow, job.variables).id, "withdrawn", str(job.variables["withdrawn_by"]))
    return {}
