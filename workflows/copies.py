"""Copies of decisions to urban management: sent, acknowledged with a receipt, notified again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.handlers import ServiceJob
from workflows.as_of.changes import remember
from workflows.catalogue.fields import KINDS
from workflows.clocks import is_task_late
from workflows.directory import unit_of_kind
from workflows.letter_book import facts, write_letter, write_receipt
from workflows.notices import notify
from workflows.process import TaskContext
from workflows.records.cases import copy
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

SIGNERS = ("squad_officer", "squad_head", "district_officer")


def send(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write one copy and one letter per receiver that the decision table chose (zz2020/1.1/copy)."""
    made, area = [], str(job.variables["area"])
    chosen: dict[str, Mapping[str, Any]] = {}
    missing: dict[str, None] = {}
    for receiver in _rows(job.variables.get("receivers")):
        kind = str(receiver["receiver"])
        office = unit_of_kind(uow, kind, area)
        if office is None:
            missing[kind] = None
        else:
            chosen.setdefault(office.code, {**receiver, "unit_name": office.short_name})
    if missing:
        _tell_missing(uow, job, rulebook, "、".join(KINDS.get(kind, kind) for kind in missing))
    for unit, receiver in chosen.items():
        made.append(_send_one(uow, job, rulebook, unit, receiver))
    return {"copies": made}


def _tell_missing(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, kinds: str) -> None:
    """Tell the policy section that nobody in the area can be given the copy."""
    about, city = job.variables, rulebook.city
    permit = f"{about.get('project_name') or about.get('item_name')}（{about.get('document_no')}）"
    text = f"{city.division(str(about['area']))}没有{kinds}，抄送单未能发出，请确定接收单位并告知：{permit}"
    notify(uow, [f"{city.policy_unit}/policy_officer"], kind="copy", text=text, business_key=job.business_key)


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _send_one(
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, unit: str, receiver: Mapping[str, Any]
) -> dict[str, object]:
    variables, copy_id = job.variables, uow.new_id()
    limit = rulebook.reckon("copy_acknowledge", uow.now).limit
    purpose = str(receiver.get("purpose") or "")
    content = {
        "opening": "下列办件已作出决定，现抄送你单位，请签收并据此开展巡查。",
        "facts": facts(
            ("事项", variables.get("item_name")), ("相对人", variables.get("party_name")),
            ("项目", variables.get("project_name")), ("文书号", variables.get("document_no")), ("抄送目的", purpose),
        ),
        "deadline": f"{limit.title} {limit.text}（{limit.source}）",
        "basis": ["《细则》一、第一段", str(receiver.get("rule") or "")],
        "closing": "特此抄送。",
    }  # fmt: skip
    letter_id, _ = write_letter(
        uow, rulebook.city, job, kind="copy", about=copy_id, sender=str(variables["approving_unit"]), receiver=unit,
        subject="办件项目抄送单", content=content,
    )  # fmt: skip
    row = {
        "id": copy_id, "approval_id": UUID(str(variables["approval_id"])), "instance_id": job.instance_id,
        "business_key": job.business_key, "unit": unit, "purpose": purpose, "rule": str(receiver.get("rule") or ""),
        "letter_id": letter_id, "sent_at": uow.now, "renotified": 0, "is_late": False,
    }  # fmt: skip
    uow.connection.execute(insert(copy), row)
    return {
        "copy_id": str(copy_id), "unit": unit, "unit_name": receiver["unit_name"], "sent_at": uow.now.isoformat(),
        "receiver": receiver["receiver"],
    }  # fmt: skip


def tell_copied(uow: UnitOfWork, decision: Mapping[str, Any], *, is_valid: bool) -> None:
    """Tell the offices that have a copy of a decision that it was changed or is no longer valid."""
    news = "抄送的许可已更正，请以更正后的内容为准" if is_valid else "抄送的许可已撤回或不再有效，请勿再按原许可巡查"
    text = f"{news}：{decision['project_name']}（{decision['document_no']}）"
    mine = select(copy.c.unit, copy.c.business_key).where(copy.c.approval_id == decision["id"]).distinct()
    for unit, key in uow.connection.execute(mine.order_by(copy.c.unit)).all():
        notify(uow, [f"{unit}/{role}" for role in SIGNERS], kind="copy", text=text, business_key=key)


def renotify(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Tell the receiver once more."""
    about = job.variables["copy"]
    if isinstance(about, Mapping):
        key = UUID(str(about["copy_id"]))
        remember(uow, copy, key, ("renotified",))
        uow.connection.execute(update(copy).where(copy.c.id == key).values(renotified=copy.c.renotified + 1))
        groups = [f"{about['unit']}/{role}" for role in SIGNERS]
        notify(uow, groups, kind="copy", text="抄送单尚未签收，请尽快签收", business_key=job.business_key)
    return {}


def acknowledge(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Sign for a copy: a numbered receipt that the sender sees at once."""
    key = UUID(str(task.variables["copy"]["copy_id"]))
    row = uow.connection.execute(select(copy).where(copy.c.id == key)).one()
    remark = answers.get("remark")
    receipt_id, number = write_receipt(
        uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
        unit=row.unit, signed_by=task.actor.login, letter_id=row.letter_id, remark=remark,
        outcome="reserved" if answers.get("decision") == "reserved" else "acknowledged",
    )  # fmt: skip
    remember(uow, copy, key, ("acknowledged_at", "acknowledged_by", "receipt_id", "remark", "is_late"))
    uow.connection.execute(
        update(copy)
        .where(copy.c.id == key)
        .values(
            acknowledged_at=uow.now,
            acknowledged_by=task.actor.login,
            receipt_id=receipt_id,
            remark=remark,
            is_late=row.is_late or is_task_late(uow, task.task_id),
        )
    )
    return {"receipt_number": number}
