"""What a dataset is: the rows it is made from, and how one of them is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from workflows.city import City
from workflows.uow import UnitOfWork

CHANNEL = "exchange"
GROUPS: Mapping[str, str] = {
    "acts": "监管行为", "complaints": "投诉举报", "random": "双随机", "objects": "监管对象", "officers": "执法人员",
    "other": "其他",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A row as the receiver is told: its values by the codes of the layout, and what it is traced by."""

    values: Mapping[str, Any]
    organ: str
    happened_at: datetime
    title: str
    business_key: str = ""


Tell = Callable[[UnitOfWork, City, str], Told | None]
"""Returns what is told of a row given by its id; None when it is not, or no longer, told."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of record.

    ``rows`` selects ``id`` and ``at`` of everything it is made from. A register is told as it stands today, other
    rows when they happen.
    """

    key: str
    group: str
    title: str
    layout: str
    source: str
    rows: Select[Any]
    tell: Tell
    is_register: bool = False


class id_text(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """An identifier as the text Python writes: SQLite keeps thirty-two digits, PostgreSQL its own type."""

    type = String()
    inherit_cache = True
    name = "id_text"


@compiles(id_text)
def _id_text(element: id_text, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(cast(next(iter(element.clauses)), String), **kw)


@compiles(id_text, "sqlite")
def _id_text_sqlite(element: id_text, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(next(iter(element.clauses)), **kw)
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return "(" + " || '-' || ".join(f"substr({column}, {first}, {length})" for first, length in parts) + ")"


def text_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return an id column as text, whatever its type."""
    return id_text(column) if isinstance(column.type, Uuid) else cast(column, String)


def uuid_of(text: str) -> UUID:
    """Return the id of a row as its column has it."""
    return UUID(text)
