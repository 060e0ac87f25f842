"""The barriers that no case goes back past, and their words."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.store.journal import Undoing
from engine.store.tables import user_task
from workflows.as_of.changes import remember_values
from workflows.records import as_of
from workflows.uow import UnitOfWork

_FILE = Path(__file__).parent / "barriers.toml"
_REMEMBERED = frozenset({"duty", "copy", "transfer", "supervision_order", "approval", "running_limit"})
_LEFT_BY_RETURN = frozenset(
    {"notification", "draft", "running_limit", "row_change", "serial", "task_opening", "webhook_delivery"}
)
_KEPT_BY_WITHDRAWAL = frozenset({"row_change", "serial", "running_limit", "task_opening", "webhook_delivery"})


@cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def harmless() -> frozenset[str]:
    """Return the tables in which a new row binds nobody."""
    return frozenset(_read()["harmless"]["tables"])


def is_checked(element: str) -> bool:
    """Tell whether a step takes effect at once, so that its answers are checked before."""
    return element in _read()["checked"]["elements"]


def marked_in(uow: UnitOfWork, instance_id: UUID) -> dict[str, str]:
    """Return the steps of a case's processes that nobody goes back past, with their words."""
    keys = set(uow.connection.scalars(
        select(user_task.c.definition_key).where(user_task.c.instance_id == instance_id).distinct()
    ))  # fmt: skip
    steps = ((key.partition("/"), text) for key, text in _read()["steps"].items())
    return {element: text for (process, _, element), text in steps if process in keys}


def in_words(barriers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return each barrier, given as kind and what, as people read it."""
    records = _read()["records"]
    words = {"sent": "已通知其他办件或系统", "job": "后台已执行", "message": "已收到外部答复", "case": "已推进其他办件"}
    found = [
        what if kind == "marked" else records.get(what, records["other"]) if kind == "record" else words.get(kind, kind)
        for kind, what in barriers
    ]
    return tuple(dict.fromkeys(found))


def undoing(uow: UnitOfWork, *, left: frozenset[str], kept: frozenset[str]) -> Undoing:
    """Return how rows are put back: what past instants must show is remembered before."""

    def tell(table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        if table in _REMEMBERED and set(key) == {"id"}:
            remember_values(uow, as_of.row_change.metadata.tables[table], UUID(key["id"]), values)

    return Undoing(kept, left, tell)


def undoing_for_return(uow: UnitOfWork) -> Undoing:
    """Clocks, messages and drafts of steps that are done again stay as they are."""
    return undoing(uow, left=_LEFT_BY_RETURN, kept=frozenset())


def undoing_for_withdrawal(uow: UnitOfWork) -> Undoing:
    """Clocks that had begun are ended, not forgotten."""
    return undoing(
        uow, left=frozenset({"row_change", "serial", "task_opening", "webhook_delivery"}), kept=_KEPT_BY_WITHDRAWAL
    )
