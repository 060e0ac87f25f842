"""Queues a record in the transaction of the fact it tells; the same content is queued once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import insert, select, update

from workflows import errors
from workflows.delivery.overlay import overlaid
from workflows.records.delivery import outbound_record
from workflows.standards import Finding, check_record, errors_of, layout, plain
from workflows.uow import UnitOfWork, local_day_of

HELD, QUEUED, BATCHED, SENT = "held", "queued", "batched", "sent"
ACCEPTED, REJECTED, WITHDRAWN, SUPERSEDED = "accepted", "rejected", "withdrawn", "superseded"
STATUSES: Mapping[str, str] = {
    HELD: "待更正", QUEUED: "待发送", BATCHED: "已组批", SENT: "已发送", ACCEPTED: "已接收", REJECTED: "被退回",
    WITHDRAWN: "已撤回", SUPERSEDED: "已被替换",
}  # fmt: skip
CLOSED = (WITHDRAWN, SUPERSEDED)
_NAMESPACE = UUID("6f1b7a52-6a0e-5d3c-9b52-5d2f8f0c7a11")
_c = outbound_record.c


@dataclass(frozen=True, slots=True)
class Outbound:
    """A record to be told to a receiver.

    ``source`` and ``source_id`` name the row it was made from, ``values`` are by the codes of the layout.
    ``operation`` d takes it back; whether another one is i or u follows from what the receiver was told.
    """

    channel: str
    dataset: str
    source: str
    source_id: UUID | str
    values: Mapping[str, Any]
    layout: str
    organ: str
    happened_at: datetime
    operation: str = "i"
    due_on: date | None = None
    is_backfill: bool = False
    business_key: str = ""
    title: str = ""


def queue_record(uow: UnitOfWork, **record: Any) -> UUID:
    """Queue a record, given by the fields of ``Outbound``; answers the id of its newest version.

    The same content again changes nothing. Other content becomes a new version that takes the place of the last.
    A record with errors is held until it is corrected.
    """
    given = Outbound(**record)
    newest = newest_of(uow, given)
    if given.operation == "d":
        return _take_back(uow, given, newest)
    payload = plain(overlaid(uow, given, given.values))
    digest = digest_of(payload)
    if newest is None or newest.status == WITHDRAWN or newest.operation == "d" or newest.payload_sha256 != digest:
        return add_version(uow, given, payload, newest)
    if newest.status == HELD:
        _look_again(uow, newest)
    return UUID(str(newest.id))


def digest_of(payload: Mapping[str, Any]) -> str:
    """Return the hash of a content."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


def row_guid_of(given: Outbound) -> str:
    """Return what a record is called at the receiver, whatever its version."""
    return str(uuid5(_NAMESPACE, f"{given.channel}/{given.dataset}/{given.source}/{given.source_id}"))


def newest_of(uow: UnitOfWork, given: Outbound) -> Any:
    """Return the newest version of a record, or None."""
    mine = (_c.row_guid == row_guid_of(given),)
    return uow.connection.execute(
        select(outbound_record).where(*mine).order_by(_c.version.desc()).limit(1)
    ).one_or_none()


def add_version(uow: UnitOfWork, given: Outbound, payload: Mapping[str, Any], newest: Any) -> UUID:
    """Write a new version in the place of the newest one."""
    findings = [] if given.operation == "d" else _findings(uow, given.layout, payload)
    operation = given.operation if given.operation == "d" else _operation(uow, given)
    version = 1 if newest is None else newest.version + 1
    guid, digest, record_id = row_guid_of(given), digest_of(payload), uow.new_id()
    row = {name: getattr(given, name) for name in Outbound.__slots__ if name not in ("values", "operation")} | {
        "id": record_id, "source_id": str(given.source_id), "row_guid": guid, "version": version,
        "operation": operation, "payload": payload, "payload_sha256": digest,
        "status": HELD if errors_of(findings) else QUEUED, "findings": [one.as_json() for one in findings],
        "idempotency_key": hashlib.sha256(f"{guid}/{version}/{operation}/{digest}".encode()).hexdigest(),
        "queued_at": uow.now, "is_presumed": False, "previous_id": None if newest is None else newest.id,
    }  # fmt: skip
    if newest is not None and newest.status not in CLOSED:
        close(uow, newest.id, SUPERSEDED)
    uow.connection.execute(insert(outbound_record), row)
    return record_id


def close(uow: UnitOfWork, record_id: UUID, status: str) -> None:
    """Let a version rest: a newer one took its place, or it was taken back."""
    same = _c.id == record_id
    uow.connection.execute(update(outbound_record).where(same).values(status=status, settled_at=uow.now))


def _findings(uow: UnitOfWork, key: str, payload: Mapping[str, Any]) -> Sequence[Finding]:
    today = local_day_of(uow.now)
    return check_record(layout(key, today), payload, today)


def _operation(uow: UnitOfWork, given: Outbound) -> str:
    """Return i when the receiver was never told, or was told to delete it; u when it may know the record."""
    told = select(_c.operation).where(_c.row_guid == row_guid_of(given), _c.batch_id.is_not(None))
    last = uow.connection.scalar(told.order_by(_c.version.desc()).limit(1))
    return "i" if last == "d" else "u" if last else given.operation


def _take_back(uow: UnitOfWork, given: Outbound, newest: Any) -> UUID:
    if newest is None:
        raise errors.RecordNotFound(source=given.source, source_id=str(given.source_id))
    if newest.status == WITHDRAWN or newest.operation == "d":
        return UUID(str(newest.id))
    if _operation(uow, given) != "u":
        close(uow, newest.id, WITHDRAWN)
        return UUID(str(newest.id))
    return add_version(uow, given, newest.payload, newest)


def _look_again(uow: UnitOfWork, held: Any) -> None:
    """Check a held record by the rules of today."""
    findings = _findings(uow, held.layout, held.payload)
    values = {"findings": [one.as_json() for one in findings], "status": HELD if errors_of(findings) else QUEUED}
    uow.connection.execute(update(outbound_record).where(_c.id == held.id).values(**values))
