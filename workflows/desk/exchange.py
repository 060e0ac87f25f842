"""What goes out: what waits, what was sent, what came back, what is wrong, and history that is brought in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.delivery import CorrectRecord, DissolveBatch, Resend, RetryBatch
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.exchange.access import CORRECTORS, KEEPERS, require_record, visible_to
from workflows.exchange.collect import DATASETS, AskBackfill, dataset_of, tell
from workflows.exchange.datasets import CHANNEL, GROUPS
from workflows.policy import Actor, require
from workflows.privacy.veil import veiled, veiled_pair
from workflows.records.delivery import delivery_receipt, outbound_batch, outbound_correction, outbound_record
from workflows.records.exchange import exchange_backfill
from workflows.rulebook import Rulebook
from workflows.standards import Layout, as_row, layout
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
PAGE = 50
_r, _b, _x = outbound_record.c, outbound_batch.c, delivery_receipt.c
_LINES = (
    _r.id, _r.channel, _r.dataset, _r.organ, _r.source, _r.source_id, _r.business_key, _r.title, _r.version,
    _r.operation, _r.status, _r.findings, _r.is_backfill, _r.is_presumed, _r.happened_at, _r.due_on, _r.queued_at,
    _r.sent_at, _r.settled_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record with everything that happened to it."""

    record: Row
    layout: Layout
    row: Mapping[str, str | None]
    versions: Sequence[Row]
    corrections: Sequence[Row]
    receipts: Sequence[Row]
    batch: Row | None
    organ: str
    names: Mapping[str, str]
    may_correct: bool

    def findings_of(self, code: str) -> list[Row]:
        """Return what is wrong with one field."""
        return [one for one in self.record["findings"] if one["field"] == code]


@dataclass(frozen=True, slots=True)
class RefreshRecord:
    """Tell a row again as its source stands now: after the case itself was put right."""

    actor: Actor
    record_id: UUID
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> UUID:
        """Answer the id of the newest version, the same one when nothing has changed."""
        found = require_record(uow, self.actor, self.record_id)
        if found.channel != CHANNEL:
            raise errors.RecordNotFound(record=str(self.record_id), channel=found.channel)
        return tell(uow, self.rulebook, dataset_of(found.dataset), found.source_id) or self.record_id


class ExchangeDesk:
    """Answers what goes out, and puts right what came back."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def counts(self, actor: Actor) -> Mapping[str, Mapping[str, int]]:
        """Return how many records each dataset of the exchange has in each state."""

        def read(uow: UnitOfWork) -> Mapping[str, Mapping[str, int]]:
            mine = (_r.channel == CHANNEL, visible_to(actor))
            rows = uow.connection.execute(
                select(_r.dataset, _r.status, func.count().label("number")).where(*mine).group_by(_r.dataset, _r.status)
            )
            found: dict[str, dict[str, int]] = {key: {} for key in DATASETS}
            for row in rows:
                found.setdefault(row.dataset, {})[row.status] = row.number
            return found

        return self._engine.ask(Ask(read))

    def records(self, actor: Actor, same: Mapping[str, str], *, after: str = "", limit: int = PAGE) -> Sequence[Row]:
        """Return records, the newest first; *same* filters by channel, dataset, status or business_key."""

        def read(uow: UnitOfWork) -> Sequence[Row]:
            wanted = select(*_LINES).where(visible_to(actor))
            for name, value in same.items():
                if value:
                    wanted = wanted.where(_r[name] == value)
            if after:
                wanted = wanted.where(_r.id < _uuid(after))
            rows = uow.connection.execute(wanted.order_by(_r.id.desc()).limit(limit)).mappings()
            names = _units(uow)
            return [{**row, "organ_name": names.get(row["organ"], row["organ"])} for row in rows]

        return self._engine.ask(Ask(read))

    def record(self, actor: Actor, record_id: UUID) -> RecordView:
        """Return a record with its fields, versions, corrections and receipts.

        Raises:
            RecordNotFound: there is none, or it is another office's.
        """
        return self._engine.ask(Ask(lambda uow: _view(uow, actor, record_id)))

    def correct(self, actor: Actor, record_id: UUID, texts: Mapping[str, str], reason: str) -> UUID:
        """Write a correction down and send the record again; answers the new version.

        Raises:
            FormInvalid, RecordNotFound, RecordClosed, NotAllowed.
        """
        self._require(actor, record_id)
        return self._engine.execute(CorrectRecord(actor, record_id, texts, reason))

    def resend(self, actor: Actor, record_id: UUID) -> UUID:
        """Send a record again as it is."""
        self._require(actor, record_id)
        return self._engine.execute(Resend(actor, record_id))

    def refresh(self, actor: Actor, record_id: UUID) -> UUID:
        """Take a record from its source again."""
        self._require(actor, record_id)
        return self._engine.execute(RefreshRecord(actor, record_id, self._rulebook))

    def _require(self, actor: Actor, record_id: UUID) -> None:
        require(actor, *CORRECTORS)
        self._engine.ask(Ask(lambda uow: require_record(uow, actor, record_id)))

    def batches(self, actor: Actor, *, after: str = "", limit: int = PAGE) -> Sequence[Row]:
        """Return batches of all channels, the newest first."""
        require(actor, *KEEPERS, "leader", "discipline_watcher")

        def read(uow: UnitOfWork) -> Sequence[Row]:
            wanted = select(outbound_batch)
            if after:
                wanted = wanted.where(_b.id < _uuid(after))
            rows = uow.connection.execute(wanted.order_by(_b.id.desc()).limit(limit)).mappings()
            return [dict(row) for row in rows]

        return self._engine.ask(Ask(read))

    def receipts(self, actor: Actor, *, after: str = "", limit: int = PAGE) -> Sequence[Row]:
        """Return what the receivers said about records the person may see, the newest first."""

        def read(uow: UnitOfWork) -> Sequence[Row]:
            about = (_r.title, _r.dataset, _r.status, _r.organ)
            wanted = select(delivery_receipt, *about).join(outbound_record, _r.id == _x.record_id)
            wanted = wanted.where(visible_to(actor))
            if after:
                wanted = wanted.where(_x.id < _uuid(after))
            newest = wanted.order_by(_x.id.desc()).limit(limit)
            return [dict(row) for row in uow.connection.execute(newest).mappings()]

        return self._engine.ask(Ask(read))

    def retry(self, actor: Actor, batch_id: UUID) -> None:
        """Try a failed batch again now."""
        require(actor, *KEEPERS)
        self._engine.execute(RetryBatch(actor, batch_id))

    def dissolve(self, actor: Actor, batch_id: UUID) -> None:
        """Let the records of a failed batch wait again."""
        require(actor, *KEEPERS)
        self._engine.execute(DissolveBatch(actor, batch_id))

    def backfills(self, actor: Actor) -> Sequence[Row]:
        """Return the newest requests to bring in history."""
        require(actor, *KEEPERS, "leader", "discipline_watcher")

        def read(uow: UnitOfWork) -> Sequence[Row]:
            newest = select(exchange_backfill).order_by(exchange_backfill.c.asked_at.desc()).limit(PAGE)
            rows = [dict(row) for row in uow.connection.execute(newest).mappings()]
            names = names_of(uow, {row["asked_by"] for row in rows})
            return [{**row, "asked_by_name": names.get(row["asked_by"], row["asked_by"])} for row in rows]

        return self._engine.ask(Ask(read))

    def ask_backfill(self, actor: Actor, given: Mapping[str, Any], *, key: str = "") -> tuple[UUID, bool]:
        """Ask for history; answers its id and whether the same key had asked before.

        Raises:
            FormInvalid: names each field.
        """
        require(actor, *KEEPERS)
        first, last = (_day(given, name) for name in ("first_day", "last_day"))
        command = AskBackfill(actor, str(given.get("dataset", "")), first, last, str(given.get("reason", "")))
        if not key:
            return self._engine.execute(command), False
        parts = fingerprint_of("exchange-backfill", dict(given))
        done = self._engine.execute(Once(command, actor.login, key, parts, lambda made: {"id": str(made)}))
        return UUID(str(done.result["id"])), done.was_replayed

    def today(self) -> date:
        """Return the day by the clock of the platform."""
        return self._engine.ask(Ask(lambda uow: local_day_of(uow.now)))


def titles() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the datasets by group: key and title."""
    return {
        name: [(one.key, one.title) for one in DATASETS.values() if one.group == key] for key, name in GROUPS.items()
    }


def _day(given: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(given.get(name, "")))
    except ValueError as exc:
        raise errors.FormInvalid(errors=[{"field": name, "message": "请填写日期，如 2026-03-02"}]) from exc


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise errors.RecordNotFound(record=text[:60]) from exc


def _units(uow: UnitOfWork) -> dict[str, str]:
    return {one.code: one.short_name for one in all_units(uow)}


def _view(uow: UnitOfWork, actor: Actor, record_id: UUID) -> RecordView:
    found = require_record(uow, actor, record_id)
    used = layout(found.layout, local_day_of(uow.now))
    same = _r.row_guid == found.row_guid
    versions = uow.connection.execute(select(*_LINES).where(same).order_by(_r.version.desc()).limit(PAGE)).mappings()
    c = outbound_correction.c
    corrections = uow.connection.execute(
        select(outbound_correction)
        .where(c.channel == found.channel, c.dataset == found.dataset, c.source == found.source,
               c.source_id == found.source_id)
        .order_by(c.corrected_at.desc(), c.id.desc()).limit(PAGE)
    ).mappings().all()  # fmt: skip
    receipts = uow.connection.execute(
        select(delivery_receipt).where(_x.record_id.in_(select(_r.id).where(same))).order_by(_x.received_at).limit(PAGE)
    ).mappings()
    batch = uow.connection.execute(select(outbound_batch).where(_b.id == found.batch_id)).mappings().first()
    rows = [dict(row) for row in versions]
    is_newest = rows[0]["id"] == found.id and found.status not in ("withdrawn", "superseded") and found.operation != "d"
    may_correct = is_newest and actor.has(*CORRECTORS)  # whoever puts a value right must see it
    values, put_right = as_row(used, found.payload), [dict(row) for row in corrections]
    if not may_correct:
        values = veiled(actor, values, (found.organ,))
        put_right = [{**one, **veiled_pair(actor, one["field"], one["was"], one["value"])} for one in put_right]
    return RecordView(
        {**found._asdict(), "payload": values}, used, values, rows, put_right,
        [dict(row) for row in receipts], dict(batch) if batch else None, _units(uow).get(found.organ, found.organ),
        names_of(uow, {row["corrected_by"] for row in corrections}), may_correct,
    )  # fmt: skip
