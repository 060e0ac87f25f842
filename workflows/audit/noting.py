"""Writes what is done beside the history of cases: in the transaction that does it.

A step of a case is a line of that case's history. What else counts gets records here, made from what the journal saw;
so no command can forget its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from engine.origin import origin
from workflows.audit.kinds import ACCESS, DATA, KIND_OF, OFFICER, RULES, WATCHED
from workflows.records.audit import audit_event
from workflows.uow import UnitOfWork

_QUIET = frozenset({
    "audit_event", "audit_chain", "audit_root", "audit_leaf", "row_change", "webhook_delivery", "worker_beat",
})  # fmt: skip
"""Tables that are written all the time and tell nothing, or tell what another record tells."""
_MOST = 100
Kind = tuple[str, str]
Image = Mapping[str, Any]


def note(uow: UnitOfWork, chain: str, kind: str, actor: str, about: str, detail: Mapping[str, Any]) -> None:
    """Write one record into a chain beside all cases."""
    uow.journal.has_record = True
    uow.connection.execute(insert(audit_event), [_row(uow, (chain, kind), actor, about, detail)])


def _row(uow: UnitOfWork, kind: Kind, actor: str, about: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    where = origin()
    return {
        "id": uow.new_id(), "chain": kind[0], "at": uow.now, "kind": kind[1], "actor": actor, "object": about,
        "detail": dict(detail), "request_id": where.request_id, "ip": where.ip,
    }  # fmt: skip


def note_the_rest(uow: UnitOfWork, command: object) -> None:
    """Write a record for each kind of change that is kept, or one for all others when there is none yet."""
    touched = {one: count for one, count in uow.journal.touched.items() if one[0] not in _QUIET}
    if not touched:
        return
    images = uow.journal.images
    find = _finder({(table, op) for table, op, _ in touched})
    kinds = list(dict.fromkeys(find(table, op, columns) for table, op, columns in touched))
    found = [kind for kind in kinds if kind is not None]
    if not found and not uow.journal.has_record:
        found = [(DATA, "changed")]
    rows = []
    for kind in found:
        mine = [one for one in images if find(one["table"], one["op"], _written(one)) == kind]
        detail: dict[str, Any] = {"command": _name(command), "tables": _counts(touched), "rows": mine[:_MOST]}
        if len(mine) > _MOST:
            detail["more_rows"] = len(mine) - _MOST
        rows.append(_row(uow, _told(kind, mine), _actor(command, images), _object(mine), detail))
    if rows:
        uow.connection.execute(insert(audit_event), rows)


def _finder(tables: set[tuple[str, str]]) -> Callable[[str, str, Sequence[str]], Kind | None]:
    """Return what tells the kind of one change within a transaction."""
    is_sign_in = ("login_session", "insert") in tables

    def find(table: str, op: str, columns: Sequence[str]) -> Kind | None:
        if (table, op) == ("officer", "update"):
            for column, kind in OFFICER:
                if column in columns:
                    return ACCESS, "sign-in" if is_sign_in else kind
        if (table, op) == ("login_session", "update") and "waits_for" in columns:
            return ACCESS, "second-step"
        return KIND_OF.get((table, op)) or ((DATA, "changed") if table in WATCHED else None)

    return find


def _written(image: Image) -> Sequence[str]:
    return [*image.get("after", ()), *image.get("hidden", ())]


def _told(kind: Kind, images: Sequence[Image]) -> Kind:
    """Return the kind; a diagram that was deployed although it is unsound has its own."""
    if kind == (RULES, "deployed") and any(one["after"].get("accepted_because") for one in images):
        return RULES, "deployed-anyway"
    return kind


def _counts(touched: Mapping[tuple[str, str, tuple[str, ...]], int]) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {}
    for (table, op, _), count in touched.items():
        counts = tables.setdefault(table, {})
        counts[op] = counts.get(op, 0) + count
    return tables


def _name(command: object) -> str:
    act = getattr(command, "act", None)
    return str(getattr(act, "__qualname__", "")) if act is not None else type(command).__name__


def _actor(command: object, images: Sequence[Image]) -> str:
    """Return who did it: the signed-in person, whom the command names, or whose sign-in it is."""
    named = getattr(command, "actor", "")
    found = origin().actor or (named if isinstance(named, str) else str(getattr(named, "login", "")))
    if found:
        return found
    logins = (one[part]["login"] for one in images for part in ("after", "key") if "login" in one.get(part, {}))
    return str(next(logins, "system"))


_NAMES = ("business_key", "login", "number", "name", "subject", "item_code", "project_no", "day", "sha256")


def _object(images: Sequence[Image]) -> str:
    if not images:
        return ""
    first = images[0]
    shown = {**first.get("key", {}), **first.get("row", {}), **first.get("before", {}), **first.get("after", {})}
    return str(next((shown[name] for name in _NAMES if shown.get(name)), ""))
