"""A front-end database (前置库): batches go into ``up_`` tables, faults come from ``dn_audit_abnormal``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import UserDefinedType

from workflows.adapters.abnormal import feedback_of
from workflows.delivery.protocol import Batch, DeliveryFailed, Feedback, OutboundRow, Sent
from workflows.standards import Layout, layout
from workflows.uow import ZONE

_ENVELOPE = ("record_unique_identity", "cd_id", "cd_time", "cd_source", "cd_operation", "is_backfill")
_SECONDS = 10
_NEWEST = date(2099, 12, 31)  # the other side knows no versions


class AsOwned(UserDefinedType[str]):
    """A value in text, which becomes whatever its owner made the column: a date, a number, text of some length."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type of a column that we make ourselves."""
        return "TEXT"


class FrontEndDatabase:
    """Writes each record once: a batch that is sent again adds only what is missing.

    The owner of the database makes its tables; ``create`` makes them here, for demonstrations and tests.
    """

    def __init__(self, url: str, *, create: bool = False) -> None:
        self._url = url
        self._create = create
        self._pool: Engine | None = None

    @property
    def name(self) -> str:
        """How the batch says it travelled."""
        return "front_end_database"

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        """Write all records of a batch in one transaction of the other database."""
        table = table_of(batch.layout)
        with self._writing(table) as connection:
            there = set(connection.scalars(select(table.c.row_guid).where(table.c.cd_batch == batch.number)))
            rows = [_row(batch, one) for one in records if one.row_guid not in there]
            if rows:
                connection.execute(insert(table), rows)
        return Sent(table.name)

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        """Read what the other side found wrong."""
        table = feedback_table()
        found = select(table).order_by(table.c.cd_time, table.c.row_guid)
        if since is not None:
            found = found.where(table.c.cd_time >= since.astimezone(ZONE).replace(tzinfo=None))
        with self._writing(table) as connection:
            return [feedback_of(dict(row)) for row in connection.execute(found).mappings()]

    @contextmanager
    def _writing(self, table: Table) -> Iterator[Connection]:
        try:
            with self._engine().begin() as connection:
                if self._create:
                    table.create(connection, checkfirst=True)
                yield connection
        except SQLAlchemyError as exc:
            raise DeliveryFailed(f"前置库 {table.name}：{exc.__cause__ or exc}") from exc

    def _engine(self) -> Engine:
        if self._pool is None:
            is_sqlite = self._url.startswith("sqlite")
            waiting = {"timeout": _SECONDS} if is_sqlite else {"connect_timeout": _SECONDS}
            self._pool = create_engine(self._url, pool_pre_ping=True, pool_size=1, connect_args=waiting)
        return self._pool

    def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            self._pool.dispose()
            self._pool = None


def table_of(used: Layout) -> Table:
    """Return the table of a layout: its fields, and the envelope of the exchange; a record is in a batch once."""
    columns = [
        Column(field.column, AsOwned, comment=field.name) for field in used.fields if field.column not in _ENVELOPE
    ]
    own = {field.column for field in used.fields}
    envelope = [Column(name, AsOwned) for name in _ENVELOPE]
    keys = [Column(name, AsOwned, primary_key=True) for name in ("row_guid", "cd_batch") if name not in own]
    return Table(used.table, MetaData(), *keys, *columns, *envelope)


def _row(batch: Batch, record: OutboundRow) -> dict[str, str | None]:
    values = {field.column: record.values[field.code] for field in batch.layout.fields}
    mark = batch.layout.truth[0 if record.is_backfill else 1]
    return {**values, **record.envelope(batch), "is_backfill": mark}


def feedback_table() -> Table:
    """Return the table of faults."""
    used = layout("exchange_audit_feedback", _NEWEST)
    columns = [
        Column(field.code, DateTime if field.type == "datetime" else Text, primary_key=field.code == "row_guid")
        for field in used.fields
    ]
    return Table(used.table, MetaData(), *columns)
