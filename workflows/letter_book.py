"""Writes letters and receipts: numbered, hashed, once."""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import insert

from workflows.city import City
from workflows.directory import contact_of, find_unit
from workflows.records.letters import letter, receipt
from workflows.serials import next_number
from workflows.uow import UnitOfWork, chinese_date


class Case(Protocol):
    """The case a letter belongs to: a service task or a user task of it."""

    @property
    def instance_id(self) -> UUID:
        """The process instance."""

    @property
    def business_key(self) -> str:
        """Its number."""


def digest(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of data in canonical JSON."""
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()


def facts(*pairs: tuple[str, object]) -> list[dict[str, str]]:
    """Return the rows of a letter's table, without the empty ones."""
    return [{"label": label, "value": str(value)} for label, value in pairs if value not in (None, "")]


def write_letter(  # noqa: PLR0913 - a letter has these parts
    uow: UnitOfWork, city: City, case: Case, *, kind: str, about: object, sender: str, receiver: str,
    subject: str, content: Mapping[str, Any], by: str = "system",
) -> tuple[UUID, str]:  # fmt: skip
    """Store a letter with the next number of its kind; answers its id and number.

    A letter to somebody outside the platform has no *receiver*; ``content`` names it under ``receiver``.
    """
    number = next_number(uow, city.numbers[kind], kind)
    data = {
        "contact": contact_of(uow, sender),
        "receiver": find_unit(uow, receiver).name if receiver else "",
        **content,
        "number": number,
        "title": subject,
        "sender": find_unit(uow, sender).name,
        "date": chinese_date(uow.now),
    }
    letter_id = uow.new_id()
    row = {
        "id": letter_id, "number": number, "kind": kind, "subject": subject, "instance_id": case.instance_id,
        "business_key": case.business_key, "about": str(about), "sender_unit": sender,
        "receiver_unit": receiver or None, "data": data, "sha256": digest(data), "created_at": uow.now,
        "created_by": by,
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
