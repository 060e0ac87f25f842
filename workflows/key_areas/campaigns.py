"""Special campaigns: a scope, a list that is frozen when it is approved, an inspection for each object on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.commands.wait_state import job_row
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from engine.store.tables import job as engine_job
from engine.store.unit_of_work import Instance
from workflows import errors
from workflows.directory import find_unit
from workflows.items import item_for
from workflows.letter_book import facts, write_letter
from workflows.libraries.objects import InspectionObject, objects_by_id, objects_for
from workflows.libraries.ratings import ratings_of
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_campaign, key_check
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import ZONE, UnitOfWork, chinese_end, local_day_of

KINDS: Mapping[str, str] = {"special": "专项检查", "sieve": "过筛式排查"}
STATES: Mapping[str, str] = {
    "proposed": "待批准", "refused": "不予批准", "running": "检查中", "over": "待总结", "closed": "已结束",
}  # fmt: skip
PROPOSERS = ("section_head", "policy_officer")
PROCESS, MESSAGE = "key_campaign", "campaign_proposed"
_MOST = 2_000  # objects of one campaign; a larger one is cut by area
_c, _k = key_campaign.c, key_check.c


@dataclass(frozen=True, slots=True)
class ProposeCampaign:
    """Propose a campaign; answers its number.

    Raises:
        NotAllowed: only heads of sections and the policy section propose.
        FormInvalid: no object falls under the scope, or too many.
    """

    actor: Actor
    answers: Mapping[str, Any]
    areas: tuple[str, ...]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require(self.actor, *PROPOSERS)
        given = self.answers
        is_sieve = given["kind"] == "sieve"
        scope = {name: given.get(name) for name in ("item_code", "object_kind", "risk", "credit")}
        scope |= {"areas": list(self.areas), "only_key": bool(given.get("only_key")) and not is_sieve}
        found = objects_in(uow, scope, local_day_of(uow.now))
        if not found or len(found) > _MOST:
            message = f"范围内有 {len(found)} 个对象，应为 1 至 {_MOST} 个，请调整范围"
            raise errors.FormInvalid(errors=[{"field": "item_code", "message": message}])
        number = next_number(uow, self.rulebook.city.numbers[PROCESS], PROCESS)
        variables = {
            "campaign_name": given["name"], "kind": given["kind"], "scope": scope, "unit": self.actor.unit,
            "ends_on": str(given["ends_on"]), "reason": given["reason"], "proposed_by": self.actor.login,
        }  # fmt: skip
        trigger = StartTrigger(MESSAGE, "message", MESSAGE)
        StartProcess(PROCESS, number, self.actor.login, variables, trigger=trigger).run(uow)
        return number


def objects_in(uow: UnitOfWork, scope: Mapping[str, Any], on: date) -> list[InspectionObject]:
    """Return the objects that fall under a scope on a day, by id."""
    found = objects_for(uow, str(scope["item_code"]), tuple(scope.get("areas") or ()), on)
    kind, only_key = scope.get("object_kind"), scope.get("only_key")
    found = [one for one in found if kind in (None, "", one.kind) and (one.is_key or not only_key)]
    wanted = {name: scope[name] for name in ("risk", "credit") if scope.get(name)}
    if not wanted:
        return found
    rated = ratings_of(uow, [one.id for one in found], on)
    return [one for one in found if all(getattr(rated[one.id], name) == value for name, value in wanted.items())]


def row_of(uow: UnitOfWork, case: ServiceJob | TaskContext) -> Row[Any]:
    """Return the campaign a step belongs to."""
    return uow.connection.execute(select(key_campaign).where(_c.instance_id == case.instance_id)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(key_campaign).where(_c.id == row.id).values(**values))


def draft_campaign(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the plan down and count what falls under it."""
    given = job.variables
    unit = find_unit(uow, str(given["unit"]))
    scope = given["scope"] if isinstance(given["scope"], Mapping) else {}
    found = objects_in(uow, scope, local_day_of(uow.now))
    ends_on = date.fromisoformat(str(given["ends_on"]))
    row = {
        "id": uow.new_id(), "number": job.business_key, "instance_id": job.instance_id,
        "name": given["campaign_name"], "kind": given["kind"], "scope": dict(scope), "unit": unit.code,
        "area": unit.area, "reason": given["reason"], "ends_on": ends_on, "state": "proposed",
        "proposed_by": given["proposed_by"], "proposed_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(key_campaign), row)
    over = datetime.combine(ends_on + timedelta(days=1), time(), ZONE).astimezone(UTC)
    return {
        "unit_name": unit.short_name, "area": unit.area, "leader_unit": rulebook.city.leader_unit,
        "policy_unit": rulebook.city.policy_unit, "title": f"{KINDS[str(given['kind'])]}：{given['campaign_name']}",
        "project_name": given["campaign_name"], "party_name": f"{len(found)} 个对象", "object_count": len(found),
        "campaign_ends_at": over.isoformat(), "unfinished": 0, "item_code": scope.get("item_code"),
    }  # fmt: skip


def approve_campaign(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who decided and why."""
    row = row_of(uow, task)
    if row.proposed_by == task.actor.login:
        raise errors.SamePerson
    report = {"refusal": answers["approval_note"]} if answers.get("approval_note") else None
    _change(uow, row, approved_by=task.actor.login, approved_at=uow.now, report=report)
    return {}


def refuse_campaign(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a campaign that was refused."""
    _change(uow, row_of(uow, job), state="refused", closed_at=uow.now)
    return {}


def open_campaign(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Issue the plan with its number, and freeze the list of objects as they stand now."""
    row, city = row_of(uow, job), rulebook.city
    found = objects_in(uow, row.scope, local_day_of(uow.now))
    ends = datetime.combine(row.ends_on + timedelta(days=1), time(), ZONE).astimezone(UTC)
    lines = [
        {"id": uow.new_id(), "campaign_id": row.id, "object_id": one.id, "unit": one.unit, "area": one.area,
         "cycle": row.number, "begins_at": uow.now, "ends_at": ends, "planned_on": row.ends_on, "plan_note": "",
         "inspection_number": next_number(uow, city.numbers["inspection"], "inspection")}
        for one in found
    ]  # fmt: skip
    if lines:
        uow.connection.execute(insert(key_check), lines)
    item = item_for(uow, str(row.scope["item_code"]), local_day_of(uow.now))
    content = {
        "opening": f"经局领导批准，开展{KINDS[row.kind]}“{row.name}”，请按名单逐个检查。",
        "facts": facts(("事项", item.name), ("对象", f"{len(lines)} 个，名单见系统"), ("理由和重点", row.reason),
                       ("责任单位", find_unit(uow, row.unit).name)),
        "deadline": f"{chinese_end(ends)}前完成",
        "basis": ["《细则》二（四）"],
        "closing": "到期未完成的列入逾期名单；检查与其他检查合并进行，不得重复检查。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="campaign_plan", about=row.id, sender=row.unit, receiver=row.unit,
        subject=f"{KINDS[row.kind]}方案", content=content,
    )  # fmt: skip
    _change(uow, row, state="running", plan_number=number)
    return {"plan_number": number, "object_count": len(lines)}


def request_checks(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Queue the request for one inspection per object; each starts in a transaction of its own."""
    row = row_of(uow, job)
    lines = uow.connection.execute(select(key_check).where(_k.campaign_id == row.id).order_by(_k.id)).all()
    objects = objects_by_id(uow, [line.object_id for line in lines])
    instance = Instance(job.instance_id, job.instance_id, "", job.business_key, 0)
    queued = []
    for line in lines:
        one = objects[line.object_id]
        request = {
            "kind": "special", "object_id": str(one.id), "party_name": one.name, "party_code": one.credit_code or "",
            "approval_id": None if one.approval_id is None else str(one.approval_id), "site": one.site,
            "area": one.area, "item_code": row.scope["item_code"], "unit": line.unit, "inspectors": [],
            "reason": f"{KINDS[row.kind]}：{row.name}", "source_key": row.number,
        }  # fmt: skip
        news = {"inspection_request": request, "inspection_number": line.inspection_number}
        payload = {"key": line.inspection_number, "variables": news}
        queued.append(
            job_row(uow, instance, kind="message", token=0, element_id="", topic="inspection_requested",
                    payload=payload)
        )  # fmt: skip
    if queued:
        uow.connection.execute(insert(engine_job), queued)
    return {}


def measure_campaign(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Count what is done now that the time is over; what is not goes on the list for ever."""
    row = row_of(uow, job)
    note_results(uow, row.number)
    mine = _k.campaign_id == row.id
    uow.connection.execute(update(key_check).where(mine, _k.checked_at.is_(None)).values(missed_at=uow.now))
    results = list(uow.connection.scalars(select(_k.result).where(mine)))
    unfinished = sum(result in (None, "not_applicable") for result in results)
    found = sum(result in ("violation", "corrected", "obstructed") for result in results)
    _change(uow, row, state="over", report={"total": len(results), "unfinished": unfinished, "found": found})
    return {"unfinished": unfinished, "found_count": found, "object_count": len(results)}


def note_results(uow: UnitOfWork, number: str) -> None:
    """Bring what the inspections found to the lines of a campaign."""
    i = inspection.c
    done = uow.connection.execute(
        select(i.number, i.result, i.closed_at).where(i.source_key == number, i.closed_at.is_not(None))
    ).all()
    for one in done:
        checked = None if one.result == "not_applicable" else one.closed_at
        mine = (_k.cycle == number) & (_k.inspection_number == one.number)
        uow.connection.execute(update(key_check).where(mine).values(result=one.result, checked_at=checked))


def conclude(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the summary."""
    row = row_of(uow, task)
    _change(uow, row, report={**(row.report or {}), **answers, "by": task.actor.login, "at": uow.now.isoformat()})
    return {}


def close_campaign(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the campaign."""
    _change(uow, row_of(uow, job), state="closed", closed_at=uow.now)
    return {}
