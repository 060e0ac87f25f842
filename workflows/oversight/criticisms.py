"""Criticism of units, never of persons: heard first, approved by the leader (zz2020/3.3)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, update

from engine.handlers import ServiceJob
from workflows.letter_book import write_receipt
from workflows.notices import notify
from workflows.oversight.cases import change, keep, last_step, opened, row_of
from workflows.oversight.letters import deadline, write
from workflows.process import TaskContext
from workflows.records.orders import supervision_order, supervision_rung
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def open_criticism(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the case down."""
    return {**opened(uow, job, rulebook, "criticism"), "statement": None, "view": None}


def issue_criticism(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the criticism, and put it on the ladder it came from."""
    row, given = row_of(uow, job), job.variables
    heard = last_step(row, "state_view")
    number = write(
        uow, rulebook, job, "criticism", about=row.id, receiver=row.unit,
        opening="经听取你单位意见并报局领导批准，现予通报批评。",
        rows=[
            ("事实", given["criticism_facts"]), ("线索", row.reference),
            ("你单位的意见", heard.get("statement") or ("没有意见" if heard else "期内没有陈述")),
            ("对意见的答复", last_step(row, "consider_statement").get("statement_reply")),
            ("整改要求", given["criticism_request"]),
        ],
        deadline=deadline(rulebook, "criticism_receipt", uow.now), basis=[str(given["criticism_basis"])],
        closing="请签收并整改。",
    )  # fmt: skip
    change(uow, row, state="issued", outcome="criticised", letter_number=number, issued_at=uow.now)
    if row.order_id is not None:
        _climb(uow, row.order_id, row.unit, number)
    return {"criticism_number": number}


def _climb(uow: UnitOfWork, order_id: Any, unit: str, number: str) -> None:
    """Note the rung; an order that was referred meanwhile stays there."""
    o = supervision_order.c
    uow.connection.execute(
        update(supervision_order).where(o.id == order_id, o.rung != "referred").values(rung="criticised")
    )
    row = {
        "id": uow.new_id(), "order_id": order_id, "rung": "criticised", "at": uow.now, "actor": "system",
        "to_whom": unit, "detail": {"number": number}, "letter_id": None,
    }  # fmt: skip
    uow.connection.execute(insert(supervision_rung), row)


def receive(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Sign for the criticism: a numbered receipt, and how the unit will improve."""
    row = row_of(uow, task)
    write_receipt(
        uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
        unit=row.unit, signed_by=task.actor.login, outcome="acknowledged", remark=answers["improvement"],
    )  # fmt: skip
    keep(uow, task, answers, state="reported")
    return {}


def drop_criticism(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a case that was withdrawn or not approved, and tell the unit."""
    row = row_of(uow, job)
    roles = ("section_head", "squad_head", "district_officer", "approval_clerk")
    text = "拟对你单位的通报批评已撤回或者未获批准"
    notify(uow, [f"{row.unit}/{role}" for role in roles], kind="oversight", text=text, business_key=row.number)
    change(uow, row, state="closed", outcome="dropped", closed_at=uow.now)
    return {}


def close_criticism(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the case."""
    change(uow, row_of(uow, job), state="closed", closed_at=uow.now)
    return {}
