"""Collects what is to be told: what is new, what has changed, and history that somebody asks for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, exists, insert, select, update
from sqlalchemy.exc import DBAPIError

from engine.errors import ConcurrentUpdate
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.delivery.queue import queue_record
from workflows.exchange.acts import ACTS
from workflows.exchange.complaints import COMPLAINTS
from workflows.exchange.datasets import CHANNEL, Dataset, text_of
from workflows.exchange.registers import REGISTERS
from workflows.exchange.tasks import TASKS
from workflows.policy import Actor
from workflows.records.delivery import outbound_record
from workflows.records.exchange import exchange_backfill, exchange_sweep
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, begin_of, local_day_of

logger = logging.getLogger(__name__)
DATASETS: dict[str, Dataset] = {one.key: one for one in (*ACTS, *COMPLAINTS, *TASKS, *REGISTERS)}
RECENT = timedelta(days=30)  # what is older is history: somebody has to ask for it
WATCHED = timedelta(days=400)  # so long the cases behind told facts are looked at for changes
EARLIEST = date(2000, 1, 1)
PAGE = 100
_r = outbound_record.c


def dataset_of(key: str) -> Dataset:
    """Return a dataset, or raise ``LayoutUnknown``."""
    if key not in DATASETS:
        raise errors.LayoutUnknown(layout=key)
    return DATASETS[key]


def tell(uow: UnitOfWork, rulebook: Rulebook, dataset: Dataset, key: str, *, is_backfill: bool = False) -> UUID | None:
    """Queue a row as it stands now; what is no longer told is taken back. Answers None when it was never told."""
    told = dataset.tell(uow, rulebook.city, key)
    same = {"channel": CHANNEL, "dataset": dataset.key, "layout": dataset.layout, "source": dataset.source}
    if told is not None:
        given = {name: getattr(told, name) for name in ("values", "organ", "happened_at", "title", "business_key")}
        known = _known(uow, dataset, key)
        mark = known.is_backfill if known is not None else is_backfill
        return queue_record(uow, **same, **given, source_id=key, is_backfill=mark)
    known = _known(uow, dataset, key)
    if known is None:
        return None
    about = {"organ": known.organ, "happened_at": known.happened_at, "title": known.title}
    return queue_record(uow, **same, **about, source_id=key, values={}, operation="d", business_key=known.business_key)


def _tell_safely(uow: UnitOfWork, rulebook: Rulebook, dataset: Dataset, key: str, *, is_backfill: bool = False) -> bool:
    """Tell a row as ``tell`` does; one that cannot be told is logged and does not stop the others."""
    try:
        with uow.connection.begin_nested():
            return tell(uow, rulebook, dataset, key, is_backfill=is_backfill) is not None
    except (DBAPIError, ConcurrentUpdate):
        raise
    except Exception:
        logger.exception("a row could not be told", extra={"dataset": dataset.key, "source_id": key})
        return False


def _known(uow: UnitOfWork, dataset: Dataset, key: str) -> Any:
    mine = (_r.channel == CHANNEL, _r.dataset == dataset.key, _r.source == dataset.source, _r.source_id == key)
    return uow.connection.execute(
        select(outbound_record).where(*mine).order_by(_r.version.desc()).limit(1)
    ).one_or_none()


def _bound(column: Any, instant: datetime) -> Any:
    return local_day_of(instant) if isinstance(column.type, Date) else instant


def _rows(dataset: Dataset) -> Any:
    return dataset.rows.subquery("rows")


@dataclass(frozen=True, slots=True)
class Collect:
    """Queue rows of a dataset that were never told; answers how many there were."""

    dataset: str
    rulebook: Rulebook
    limit: int = PAGE

    def run(self, uow: UnitOfWork) -> int:
        """Look at what happened lately; a register is told whole."""
        dataset = dataset_of(self.dataset)
        rows = _rows(dataset)
        text = text_of(rows.c.id)
        same = (_r.channel == CHANNEL, _r.dataset == dataset.key, _r.source == dataset.source, _r.source_id == text)
        new = select(text).where(~exists().where(*same)).order_by(rows.c.at, rows.c.id).limit(self.limit)
        if not dataset.is_register:
            new = new.where(rows.c.at >= _bound(rows.c.at, uow.now - RECENT))
        keys = list(uow.connection.scalars(new))
        return sum(_tell_safely(uow, self.rulebook, dataset, key) for key in keys)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look once a day at a page of rows that were told, and queue what has changed since; answers whether more wait."""

    dataset: str
    rulebook: Rulebook
    limit: int = PAGE

    def run(self, uow: UnitOfWork) -> bool:
        """Go on where the last look stopped."""
        dataset, today, c = dataset_of(self.dataset), local_day_of(uow.now), exchange_sweep.c
        mine = c.dataset == dataset.key
        last = uow.connection.execute(select(exchange_sweep).where(mine)).one_or_none()
        if last is not None and last.day >= today and last.position is None:
            return False
        position = last.position if last is not None and last.day == today else None
        keys = self._page(uow, dataset, position or "")
        for key in keys:
            _tell_safely(uow, self.rulebook, dataset, key)
        values = {"day": today, "position": keys[-1] if len(keys) == self.limit else None}
        if last is None:
            uow.connection.execute(insert(exchange_sweep), {"dataset": dataset.key, **values})
        else:
            uow.connection.execute(update(exchange_sweep).where(mine).values(**values))
        return len(keys) == self.limit

    def _page(self, uow: UnitOfWork, dataset: Dataset, after: str) -> Sequence[str]:
        told = (_r.channel == CHANNEL, _r.dataset == dataset.key, _r.source_id > after)
        page = select(_r.source_id).distinct().where(*told).order_by(_r.source_id).limit(self.limit)
        if not dataset.is_register:
            page = page.where(_r.happened_at >= uow.now - WATCHED)
        return list(uow.connection.scalars(page))


@dataclass(frozen=True, slots=True)
class AskBackfill:
    """Ask for the history of a dataset between two days; asking again for the same days adds nothing."""

    actor: Actor
    dataset: str
    first_day: date
    last_day: date
    reason: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Answer its id.

        Raises:
            FormInvalid: the days are the wrong way round or in the future, or no reason is given.
        """
        faults = []
        if self.dataset not in DATASETS:
            faults.append({"field": "dataset", "message": "请选择要补录的数据"})
        if self.first_day < EARLIEST:
            faults.append({"field": "first_day", "message": f"起日不能早于 {EARLIEST}"})
        if self.first_day > self.last_day:
            faults.append({"field": "last_day", "message": "止日不能早于起日"})
        if self.last_day > local_day_of(uow.now):
            faults.append({"field": "last_day", "message": "止日不能晚于今天"})
        if not self.reason.strip():
            faults.append({"field": "reason", "message": "请写明补录理由"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        backfill_id = uow.new_id()
        row = {
            "id": backfill_id, "dataset": self.dataset, "first_day": self.first_day, "last_day": self.last_day,
            "reason": self.reason.strip(), "state": "running", "seen": 0, "added": 0, "asked_by": self.actor.login,
            "asked_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(exchange_backfill), row)
        return backfill_id


@dataclass(frozen=True, slots=True)
class RunBackfill:
    """Queue the next page of the oldest back-fill that is not done; answers whether there was one."""

    rulebook: Rulebook
    limit: int = PAGE

    def run(self, uow: UnitOfWork) -> bool:
        """Mark what was not there before as brought in later; leave alone what was."""
        c = exchange_backfill.c
        oldest = select(exchange_backfill).where(c.state == "running").order_by(c.asked_at, c.id).limit(1)
        found = uow.connection.execute(oldest).one_or_none()
        if found is None:
            return False
        dataset = DATASETS[found.dataset]
        keys = list(uow.connection.scalars(self._page(dataset, found)))
        added = 0
        for key in keys:
            is_new = _known(uow, dataset, key) is None
            added += _tell_safely(uow, self.rulebook, dataset, key, is_backfill=True) and is_new
        is_done = len(keys) < self.limit
        values: dict[str, Any] = {"seen": found.seen + len(keys), "added": found.added + added}
        values |= {"state": "done", "finished_at": uow.now} if is_done else {"position": keys[-1]}
        uow.connection.execute(update(exchange_backfill).where(c.id == found.id).values(**values))
        return True

    def _page(self, dataset: Dataset, found: Any) -> Select[Any]:
        rows = _rows(dataset)
        first, after = begin_of(max(found.first_day, EARLIEST)), begin_of(found.last_day + timedelta(days=1))
        at, text = rows.c.at, text_of(rows.c.id)
        within = and_(at >= _bound(at, first), at < _bound(at, after))
        beyond = (text > found.position) if found.position else text.is_not(None)
        return select(text).where(within, beyond).order_by(text).limit(self.limit)


class Collector:
    """Collects for the exchange in the background, one short transaction after another."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def work(self) -> int:
        """Do everything that is to be done now; answers how many rows were told for the first time."""
        found = 0
        for key in DATASETS:
            try:
                found += self._collect(key)
                while self._engine.execute(Sweep(key, self._rulebook)):
                    pass
            except Exception:
                logger.exception("a dataset could not be collected", extra={"dataset": key})
        while self._engine.execute(RunBackfill(self._rulebook)):
            pass
        return found

    def _collect(self, key: str) -> int:
        found = 0
        while True:
            fresh = self._engine.execute(Collect(key, self._rulebook))
            found += fresh
            if fresh < PAGE:
                return found
