"""What the steps of a change of the catalogue write down: opinions, the settled day, the new version (zz2020/2.2)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.catalogue.fields import ANY_AREA, ITEM_KEYS, OWNER_KEYS
from workflows.catalogue.rights import asked_of
from workflows.catalogue.store import contents_on, end_item, write_owner, write_version
from workflows.directory import find_unit
from workflows.items import DISTRICT
from workflows.letter_book import facts, write_letter
from workflows.process import TaskContext
from workflows.records.catalogue import catalogue_change
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

_SAID = {"claim": "同意认领", "dispute": "有异议", "silent": "逾期未答复"}


def answer_claim(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what a unit says to the item."""
    asked: Mapping[str, Any] = task.variables["asked"]
    _note(uow, task, "claim", str(answers["claim_answer"]), answers.get("claim_note"), unit=asked["unit"])
    return {}


def note_no_answer(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep that a unit did not answer in time; silence is no claim."""
    row, asked = _row(uow, job.variables), job.variables["asked"]
    if not isinstance(asked, Mapping):
        raise TypeError("asked is no unit")
    entry = {
        "step": "claim", "decision": "silent", "note": "逾期未答复", "unit": asked["unit"], "by": "system",
        "at": uow.now.isoformat(),
    }  # fmt: skip
    _change(uow, row, opinions=[*row.opinions, entry])
    return {"claim_answer": "silent", "claim_note": "逾期未答复", "suggested_unit": None}


def open_arbitration(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Hand the dispute to the policy section, with what the units said."""
    row = _row(uow, job.variables)
    _change(uow, row, state="disputed")
    given = job.variables.get("answers")
    said = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    lines = [
        "，".join(filter(None, (f"{one['unit_name']}：{_SAID[str(one['answer'])]}", one.get("note")))) for one in said
    ]
    wanted = next((one["suggested_unit"] for one in said if one.get("suggested_unit")), None)
    suggested = wanted or job.variables.get("suggested_unit")
    return {"claim_opinions": "；".join(lines) or None, "suggested_unit": suggested}


def arbitrate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the ruling; another unit takes the place of the responsible one."""
    note, unit_named = answers["arbitration_note"], answers.get("arbitrated_unit")
    _note(uow, task, "arbitration", str(answers["arbitration"]), note, unit=unit_named)
    row, unit = _row(uow, task.variables), str(answers["arbitrated_unit"])
    _change(uow, row, state="handling")
    if answers["arbitration"] != "reassign":
        return {}
    present = contents_on(uow, row.item_code, row.area, local_day_of(uow.now)) or {}
    units = row.contents.get("supervising_units") or present.get("supervising_units") or []
    replaced = [unit, *(code for code in units[1:] if code != unit)]
    contents = {**row.contents, "supervising_units": replaced}
    base = {**row.base, **({"supervising_units": units} if present else {})}
    lead = asked_of(uow, unit, row.area, task.rulebook.city).lead
    _change(uow, row, contents=contents, base=base, unit=lead)
    name = find_unit(uow, unit).short_name
    return {"weight": "owner", "change_text": f"{task.variables['change_text'] or '无其他调整'}；裁定监管主体为{name}"}


def review(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the legal review, which is another person's than the proposal.

    Raises:
        SamePerson: the reviewer proposed the change.
    """
    row = _row(uow, task.variables)
    if row.proposed_by == task.actor.login:
        raise errors.SamePerson(step="合法性审核")
    _note(uow, task, "review", str(answers["review"]), answers.get("review_note"))
    return {}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the leader decided.

    Raises:
        SamePerson: the leader proposed the change.
    """
    row = _row(uow, task.variables)
    if row.proposed_by == task.actor.login:
        raise errors.SamePerson(step="审批清单调整")
    _note(uow, task, "approval", str(answers["approval"]), answers.get("approval_note"))
    return {}


def schedule_change(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Settle the first day: the one wanted, but never before tomorrow; cases in hand stay where they are."""
    row = _row(uow, job.variables)
    first = max(row.effective_on, local_day_of(uow.now) + ONE_DAY)
    _change(uow, row, state="scheduled", effective_from=first)
    return {"effective_at": _begin_of(first).isoformat()}


def publish_change(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Let the new version and the new owner begin, and tell the units in writing."""
    row = _row(uow, job.variables)
    begins, by = row.effective_from, (row.proposed_by, row.business_key)
    before = contents_on(uow, row.item_code, row.area, begins - ONE_DAY) or {}
    version = row.base_version
    if row.kind == "retire":
        end_item(uow, row.item_code, begins)
    else:
        contents = dict(row.contents)
        if any(key in contents for key in ITEM_KEYS) or row.base_version is None:
            version = write_version(uow, row.item_code, contents, begins, row.business_key)
        if any(key in contents for key in OWNER_KEYS):
            write_owner(uow, row.item_code, row.area, contents, begins, by)
    _change(uow, row, state="published", version=version, closed_at=uow.now)
    for unit in _told(uow, row, before, rulebook):
        _tell(uow, job, rulebook, row, unit)
    return {"published_version": version}


def close_change(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a proposal that came to nothing; the catalogue stays as it is."""
    _change(uow, _row(uow, job.variables), state="closed", closed_at=uow.now)
    return {}


def _told(uow: UnitOfWork, row: Row[Any], before: Mapping[str, Any], rulebook: Rulebook) -> list[str]:
    """Return whom a change concerns: who had the item, who has it now, and who approves it."""
    now = {**before, **row.contents}
    codes = [*before.get("supervising_units", ()), *now.get("supervising_units", ())]
    units: list[str] = []
    for code in codes:
        units += [one["unit"] for one in asked_of(uow, code, row.area, rulebook.city).units]
    approving = [code for code in (before.get("approving_unit"), now.get("approving_unit")) if code]
    sender = rulebook.city.policy_unit
    return [code for code in dict.fromkeys([*units, *approving]) if code not in (sender, DISTRICT)]


def _tell(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, row: Row[Any], unit: str) -> None:
    given = job.variables
    where = rulebook.city.name if row.area == ANY_AREA else rulebook.city.division(row.area)
    content = {
        "opening": "监管事项目录清单调整如下，请按调整后的清单开展监管。",
        "facts": facts(("事项", given["item_name"]), ("调整", given["change_kind"]), ("内容", given["change_text"]),
                       ("适用范围", where), ("理由和依据", row.reason), ("生效日期", row.effective_from)),
        "basis": ["《细则》一、二（二）"],
        "closing": "生效之前已经推送、正在办理的案件，仍由原单位按原清单办结。",
    }  # fmt: skip
    write_letter(
        uow, rulebook.city, job, kind="catalogue", about=row.id, sender=rulebook.city.policy_unit, receiver=unit,
        subject="监管事项目录清单调整通知书", content=content,
    )  # fmt: skip


def _note(
    uow: UnitOfWork, task: TaskContext, step: str, decision: str, note: object = None, *, unit: object = None
) -> None:  # fmt: skip
    row = _row(uow, task.variables)
    entry = {"step": step, "decision": decision, "note": note, "unit": unit or task.actor.unit, "by": task.actor.login,
             "at": uow.now.isoformat()}  # fmt: skip
    _change(uow, row, opinions=[*row.opinions, entry])


def _row(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = catalogue_change.c.id == UUID(str(variables["change_id"]))
    return uow.connection.execute(select(catalogue_change).where(mine).with_for_update()).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(catalogue_change).where(catalogue_change.c.id == row.id).values(**values))


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
