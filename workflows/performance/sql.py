"""What SQL does not say alike on both databases, and the one shape every counted list has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.store.tables import UtcDateTime
from workflows.records.construction import construction_check, patrol
from workflows.records.inspections import evidence_file, inspection_record, supervision_act
from workflows.records.performance import act_audit

COLUMNS = ("key", "unit", "area", "at", "label", "business_key", "is_hit", "amount")
ACT = supervision_act.c
_SECONDS = 86_400
_SCOPE, _FLAGS = ("item_code", "item_name", "unit", "area"), ("leads", "is_confirmed")


class LocalDay(FunctionElement[str]):
    """The Chinese day of an instant, as text."""

    type = String()
    inherit_cache = True


class DaysBetween(FunctionElement[float]):
    """How many days lie between two instants, with fractions."""

    type = Float()
    inherit_cache = True


@compiles(LocalDay, "sqlite")
def _day_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+8 hours')"


@compiles(LocalDay, "postgresql")
def _day_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"


@compiles(DaysBetween, "sqlite")
def _days_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(one, **kw) for one in element.clauses)
    return f"(julianday({last}) - julianday({first}))"


@compiles(DaysBetween, "postgresql")
def _days_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(one, **kw) for one in element.clauses)
    return f"(EXTRACT(EPOCH FROM {last} - {first}) / {_SECONDS})"


class JsonRows(FunctionElement[Any]):
    """A list in JSON as rows with a column ``value``."""

    name = "json_rows"
    inherit_cache = True


class JsonItem(FunctionElement[str]):
    """A member of a JSON list, as text."""

    type = Text()
    inherit_cache = True


class JsonInstant(FunctionElement[datetime]):
    """A member of a JSON list, as an instant."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(JsonItem, "sqlite")
@compiles(JsonInstant, "sqlite")
def _item_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    value, place = (compiler.process(one, **kw) for one in element.clauses)
    return f"json_extract({value}, '$[' || {place} || ']')"


@compiles(JsonItem, "postgresql")
def _item_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    value, place = (compiler.process(one, **kw) for one in element.clauses)
    return f"({value} ->> CAST({place} AS INTEGER))"


@compiles(JsonInstant, "postgresql")
def _instant_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    value, place = (compiler.process(one, **kw) for one in element.clauses)
    return f"(CAST({value} ->> CAST({place} AS INTEGER) AS TIMESTAMP) AT TIME ZONE 'UTC')"


@compiles(JsonRows, "sqlite")
def _rows_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(JsonRows, "postgresql")
def _rows_postgres(element: Any, compiler: Any, **kw: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **kw)} AS JSONB))"


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One duty: an item that a unit supervises in its area."""

    item_code: str
    item_name: str
    unit: str
    area: str
    leads: bool
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: from when to when, what is known now, the duties of its last day, the limits of its days."""

    begins_at: datetime
    ends_at: datetime
    now: datetime
    scope: Sequence[ScopeLine] = ()
    push_due: Sequence[tuple[str, datetime]] = ()

    def covers(self, instant: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that an instant lies within."""
        return and_(instant >= self.begins_at, instant < self.ends_at)


def listed(  # noqa: PLR0913 - a list has these columns
    *, key: Any, unit: Any, area: Any, at: Any, label: Any, case_key: Any, hit: Any, amount: Any = None
) -> Select[Any]:
    """Return a list whose rows are the denominator and whose hits are the numerator."""
    amount = literal(0.0) if amount is None else amount
    return select(
        cast(key, Text).label("key"), unit.label("unit"), area.label("area"), at.label("at"), label.label("label"),
        case_key.label("business_key"), _flag(hit).label("is_hit"), cast(amount, Float).label("amount"),
    )  # fmt: skip


def _flag(hit: Any) -> Any:
    return cast(case((hit, 1), else_=0), Integer)


def scope_table(window: Window) -> Any:
    """Return the duties as a table of the statement; they travel as one value, so that the statement stays the same."""
    rows = [(one.item_code, one.item_name, one.unit, one.area, int(one.leads), int(one.is_confirmed))
            for one in window.scope]  # fmt: skip
    each = _given("scope_rows", rows)
    texts = [JsonItem(each.c.value, literal(place, Integer)).label(name) for place, name in enumerate(_SCOPE)]
    flags = [
        cast(JsonItem(each.c.value, literal(place, Integer)), Integer).label(name)
        for place, name in enumerate(_FLAGS, len(_SCOPE))
    ]
    return select(*texts, *flags).select_from(each).cte("scope").prefix_with("MATERIALIZED")


def due_table(window: Window) -> Any:
    """Return by when a decision of each day was to be pushed, as a table of the statement."""
    rows = [(day, due.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")) for day, due in window.push_due]
    each = _given("due_rows", rows)
    parts = (
        JsonItem(each.c.value, literal(0, Integer)).label("day"),
        JsonInstant(each.c.value, literal(1, Integer)).label("due_at"),
    )
    return select(*parts).select_from(each).cte("push_due").prefix_with("MATERIALIZED")


def _given(name: str, rows: Sequence[Any]) -> Any:
    return JsonRows(bindparam(name, json.dumps(rows), Text)).table_valued("value").alias(name)


def filled(json_column: Any) -> ColumnElement[bool]:
    """Tell whether a stored list or object has anything in it."""
    return and_(json_column.is_not(None), cast(json_column, Text).not_in(("[]", "{}", "null", "")))


def joined(*parts: Any) -> Any:
    """Return texts put together."""
    found = parts[0]
    for part in parts[1:]:
        found = found + part
    return found


def proven() -> ColumnElement[bool]:
    """Tell whether an act counts: it names its officers and has a photo, a position or a written decision."""
    record = exists().where(
        inspection_record.c.inspection_id == ACT.source_id,
        or_(filled(inspection_record.c.evidence), filled(inspection_record.c.location)),
    )
    proofs = or_(
        ACT.kind.in_(("penalty", "coercion")),
        record,
        exists().where(evidence_file.c.owner_id == ACT.source_id),
        exists().where(construction_check.c.id == ACT.source_id, filled(construction_check.c.evidence)),
        exists().where(patrol.c.id == ACT.source_id, filled(patrol.c.evidence)),
    )
    judged_false = exists().where(act_audit.c.act_id == ACT.id, act_audit.c.is_false)
    return and_(filled(ACT.officers), proofs, ~judged_false)
