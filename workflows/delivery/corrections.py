"""Corrects what was held or rejected: at the source, or by a correction that is written down and stays until then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from workflows import errors
from workflows.delivery.overlay import source_values
from workflows.delivery.queue import CLOSED, Outbound, add_version
from workflows.policy import Actor
from workflows.records.delivery import outbound_correction, outbound_record
from workflows.standards import layout, parsed, plain
from workflows.standards.values import NotOfType
from workflows.uow import UnitOfWork, local_day_of


@dataclass(frozen=True, slots=True)
class CorrectRecord:
    """Give fields of a record other values, with the reason; the record is sent again as an update.

    ``texts`` are what the person typed, by field.
    """

    actor: Actor
    record_id: UUID
    texts: Mapping[str, str]
    reason: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Answer the id of the new version.

        Raises:
            RecordNotFound, RecordClosed: there is no such record, or it is not the newest one.
            FormInvalid: names each field that cannot be read.
        """
        found = newest(uow, self.record_id)
        changed = self._changed(uow, found)
        before = source_values(uow, found)
        for field, value in changed.items():
            self._note(uow, found, field, before.get(field), value)
        return _again(uow, found, {**found.payload, **changed})

    def _changed(self, uow: UnitOfWork, found: Any) -> Mapping[str, Any]:
        fields, faults, values = layout(found.layout, local_day_of(uow.now)), [], {}
        if not self.reason.strip():
            faults.append({"field": "reason", "message": "请写明更正理由"})
        for code, text in self.texts.items():
            field = fields.field(code)
            if field is None:
                faults.append({"field": code, "message": f"没有名为 {code} 的字段"})
                continue
            try:
                values[code] = parsed(fields, field, text)
            except NotOfType as exc:
                faults.append({"field": code, "message": f"“{field.name}”应为{exc}"})
        told = {code: value for code, value in plain(values).items() if found.payload.get(code) != value}
        if not faults and not told:
            faults.append({"field": "reason", "message": "没有改动任何字段；内容无误需要重发的，请用“原样重发”"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        return told

    def _note(self, uow: UnitOfWork, found: Any, field: str, was: Any, value: Any) -> None:
        row = {
            "id": uow.new_id(), "record_id": found.id, "channel": found.channel, "dataset": found.dataset,
            "source": found.source, "source_id": found.source_id, "field": field, "was": was, "value": value,
            "reason": self.reason.strip(), "corrected_by": self.actor.login, "corrected_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(outbound_correction), row)


@dataclass(frozen=True, slots=True)
class Resend:
    """Send a rejected record again as it is: the receiver has changed its mind or its code lists."""

    actor: Actor
    record_id: UUID

    def run(self, uow: UnitOfWork) -> UUID:
        """Answer the id of the new version."""
        found = newest(uow, self.record_id)
        return _again(uow, found, found.payload)


def newest(uow: UnitOfWork, record_id: UUID) -> Any:
    """Return a record that can be worked on.

    Raises:
        RecordNotFound: there is none.
        RecordClosed: it was taken back, or another version took its place.
    """
    found = uow.connection.execute(select(outbound_record).where(outbound_record.c.id == record_id)).one_or_none()
    if found is None:
        raise errors.RecordNotFound(record=str(record_id))
    if found.status in CLOSED or found.operation == "d":
        raise errors.RecordClosed(record=str(record_id), status=found.status)
    return found


def _again(uow: UnitOfWork, found: Any, payload: Mapping[str, Any]) -> UUID:
    names = (name for name in Outbound.__slots__ if name not in ("values", "operation"))
    given = Outbound(**{name: getattr(found, name) for name in names}, values=payload)
    return add_version(uow, given, payload, found)
