"""Writes letters and receipts: numbered, hashed, once."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert

from engine.handlers import ServiceJob
from workflows.city import City
from workflows.directory import find_unit
from workflows.records.letters import letter, receipt
from workflows.serials import next_number
from workflows.uow import UnitOfWork, chinese_date


def digest(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of data in canonical JSON."""
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()


def facts(*pairs: tuple[str, object]) -> list[dict[str, str]]:
    """Return the rows of a letter's table, without the empty ones."""
    return [{"label": label, "value": str(value)} for label, value in pairs if value not in (None, "")]


def write_letter(  # noqa: PLR0913 - a letter has these parts
    uow: UnitOfWork, city: City, case: ServiceJob, *, kind: str, about: object, sender: str, receiver: str,
    subject: str, content: Mapping[str, Any],
) -> tuple[UUID, str]:  # fmt: skip
    """Store a letter with the next number of its kind; answers its id and number."""
    pattern = city.numbers.get(kind, city.numbers["push"])
    number = next_number(uow, pattern, kind)
    data = {
        **content,
        "number": number,
        "title": subject,
        "sender": find_unit(uow, sender).name,
        "receiver": find_unit(uow, receiver).name,
        "date": chinese_date(uow.now),
    }
    letter_id = uow.new_id()
    row = {
        "id": letter_id, "number": number, "kind": kind, "subject": subject, "instance_id": case.instance_id,
        "business_key": case.business_key, "about": str(about), "sender_unit": sender, "receiver_unit": receiver,
        "data": data, "sha256": digest(data), "created_at": uow.now, "created_by": "system",
    }  # fmt: skip
    uow.connection.execute(insert(letter), row)
    return letter_id, number


def write_receipt(  # noqa: PLR0913 - a receipt has these parts
    uow: UnitOfWork, city: City, *, about: object, instance_id: UUID, business_key: str, unit: str, signed_by: str,
    outcome: str, remark: str | None = None, letter_id: UUID | None = None,
) -> tuple[UUID, str]:  # fmt: skip
    """Store a numbered receipt with a digest of what it proves; answers its id and number."""
    number = next_number(uow, city.numbers["receipt"], "receipt")
    proof = {
        "number": number, "about": str(about), "unit": unit, "signed_by": signed_by,
        "signed_at": uow.now.isoformat(), "outcome": outcome, "remark": remark or "",
    }  # fmt: skip
    receipt_id = uow.new_id()
    row = {
        "id": receipt_id, "number": number, "letter_id": letter_id, "about": str(about), "instance_id": instance_id,
        "business_key": business_key, "unit": unit, "signed_by": signed_by, "signed_at": uow.now,
        "outcome": outcome, "remark": remark, "sha256": digest(proof),
    }  # fmt: skip
    uow.connection.execute(insert(receipt), row)
    return receipt_id, number
