"""What belongs to a case, and who else refers to it: read from the foreign keys of all tables."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, ForeignKey, Row, Table, Text, delete, select

from engine import lifecycle_errors
from engine.store.tables import metadata, process_instance, subscription
from engine.store.unit_of_work import UnitOfWork

_FEW = 500
_OWN_PARTS = frozenset({"user_task_candidate", "history_event", "incident", "job", "subscription", "user_task"})

_ABOUT = frozenset({"legal_hold", "tombstone", "bulk_item"})  # name cases, and outlive them


@dataclass(frozen=True, slots=True)
class Belongings:
    """What the tables themselves do not say.

    ``parts`` are tables whose rows go with the row they refer to. ``loose_parts`` do so by a column without a foreign
    key, ``by_number`` by the number of the case. ``loose_references`` are columns without a foreign key that keep a
    case from being deleted. A row that names a case as its own (``instance_id``) belongs to it; every other row that
    refers to one keeps it.
    """

    parts: frozenset[str] = frozenset()
    loose_parts: tuple[tuple[str, str], ...] = ()
    by_number: frozenset[str] = frozenset()
    loose_references: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Estate:
    """The rows of one case, table by table."""

    instance_id: UUID
    business_key: str
    what: Belongings
    rows: dict[str, dict[tuple[Any, ...], Row[Any]]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has of it."""
        return {name: len(found) for name, found in sorted(self.rows.items()) if found}

    def digest(self) -> str:
        """Return the hash of everything in it."""
        total = hashlib.sha256()
        for name in sorted(self.rows):
            for key in sorted(self.rows[name], key=repr):
                values = {column: _plain(value) for column, value in self.rows[name][key]._mapping.items()}
                total.update(orjson.dumps([name, values], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))
        return total.hexdigest()

    def add(self, table: Table, found: Sequence[Row[Any]]) -> bool:
        """Take rows up; answers whether any was new."""
        known = self.rows.setdefault(table.name, {})
        before = len(known)
        known.update({tuple(row._mapping[c.name] for c in table.primary_key): row for row in found})
        return len(known) > before


def estate_of(uow: UnitOfWork, instance_id: UUID, business_key: str, what: Belongings) -> Estate:
    """Collect what belongs to a case.

    Raises:
        StillReferred: something that is not its own refers to it; the facts name the first such tables.
    """
    estate = Estate(instance_id, business_key, what)
    for table in metadata.sorted_tables:
        owner = _owner(table)
        if owner is not None:
            estate.add(table, uow.connection.execute(select(table).where(owner == instance_id)).all())
        elif table.name in what.by_number:
            mine = select(table).where(table.c.business_key == business_key)
            estate.add(table, uow.connection.execute(mine).all())
    while any(_take_parts(uow, estate, table, column) for table, column in _part_columns(what)):
        pass
    found = sorted(set(_references(uow, estate)))
    if found:
        raise lifecycle_errors.StillReferred(case=business_key, by=found[:10])
    return estate


def destroy(uow: UnitOfWork, estate: Estate) -> None:
    """Delete the rows, children before parents."""
    for table in reversed(metadata.sorted_tables):
        keys = list(estate.rows.get(table.name, ()))
        columns = list(table.primary_key)
        for key in keys:
            same = [column == value for column, value in zip(columns, key, strict=True)]
            uow.connection.execute(delete(table).where(*same))


def _owner(table: Table) -> Column[Any] | None:
    return process_instance.c.id if table is process_instance else table.c.get("instance_id")


def _part_columns(what: Belongings) -> Iterator[tuple[Table, Column[Any]]]:
    for table in metadata.sorted_tables:
        if table.name in what.parts | _OWN_PARTS:
            yield from ((table, key.parent) for key in table.foreign_keys)
    for name, column in what.loose_parts:
        yield metadata.tables[name], metadata.tables[name].c[column]


def _take_parts(uow: UnitOfWork, estate: Estate, table: Table, column: Column[Any]) -> bool:
    is_new = False
    for values in _batches(_values(estate, column)):
        is_new |= estate.add(table, uow.connection.execute(select(table).where(column.in_(values))).all())
    return is_new


def _values(estate: Estate, column: Column[Any]) -> list[Any]:
    """Return what a column would hold to refer to something of the case."""
    for key in column.foreign_keys:
        parent: ForeignKey = key
        target = parent.column
        return [row._mapping[target.name] for row in estate.rows.get(target.table.name, {}).values()]
    found = {row._mapping["id"] for rows in estate.rows.values() for row in rows.values() if "id" in row._mapping}
    return [str(one) for one in found] if isinstance(column.type, Text) else list(found)


def _references(uow: UnitOfWork, estate: Estate) -> Iterator[str]:
    for table in metadata.sorted_tables:
        columns = [key.parent for key in table.foreign_keys if key.column.table.name in estate.rows]
        columns += [table.c[column] for name, column in estate.what.loose_references if name == table.name]
        for column in columns:
            for values in _batches(_values(estate, column)):
                if _has_others(uow, estate, table, column.in_(values)):
                    yield f"{table.name}.{column.name}"
        yield from _by_number(uow, estate, table)
    waits = subscription.c.correlation_key
    same = (waits == estate.business_key) | waits.startswith(f"{estate.business_key}/", autoescape=True)
    if _has_others(uow, estate, subscription, same):
        yield "subscription.correlation_key"


def _by_number(uow: UnitOfWork, estate: Estate, table: Table) -> Iterator[str]:
    """Yield columns in which others name the case by its number; other runs under the same number do not."""
    has_owner = _owner(table) is not None
    for column in table.c:
        is_own = table.name in _ABOUT or (has_owner and column.name == "business_key")
        is_number = column.name.endswith("business_key") and not is_own
        if is_number and _has_others(uow, estate, table, column == estate.business_key):
            yield f"{table.name}.{column.name}"


def _has_others(uow: UnitOfWork, estate: Estate, table: Table, condition: Any) -> bool:
    """Tell whether rows that are not the case's own meet a condition."""
    keys = list(table.primary_key)
    own = estate.rows.get(table.name, {})
    found = uow.connection.execute(select(*keys).where(condition).limit(len(own) + 1))
    return any(tuple(row) not in own for row in found)


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), _FEW):
        yield values[first : first + _FEW]


def _plain(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value) if value is not None else None
