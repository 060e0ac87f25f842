"""What a proof has to look like before it can be repeated: every part there, of its kind, and in order."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from workflows.draws.objects import HEAVIEST

Wrong = tuple[str, str]
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_MOST = 2**53


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.match(value) is not None


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST


def _number(value: Any) -> bool:
    return _count(value) and value > 0


def _weight(value: Any) -> bool:
    return _number(value) and value <= HEAVIEST


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _maybe_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _maybe_map(value: Any) -> bool:
    return value is None or isinstance(value, dict)


Kinds = Mapping[str, Callable[[Any], bool]]
_PROOF: Kinds = {
    "format": _text, "number": _number, "name": _text, "previous": _hash, "redraw": _maybe_map, "drawn_at": _text,
    "commitment": _hash, "committed_at": _text, "salt": _hash, "snapshot": _map, "snapshot_hash": _hash,
    "seals": _list, "seed": _hash, "result": _map, "hash": _hash,
}  # fmt: skip
_SNAPSHOT: Kinds = {
    "task": _text, "attempt": _number, "day": _text, "strata": _list, "objects": _list, "excluded": _list,
    "limits": _list, "seats": _list, "officers": _list, "officers_excluded": _list, "recusals": _list,
}  # fmt: skip
_STRATUM: Kinds = {"key": _text, "ratio": _count, "least": _count, "reason": _text}
_SEAT: Kinds = {"units": _texts, "qualification": _maybe_text}
_OFFICER: Kinds = {
    "id": _text, "name": _text, "unit": _text, "qualifications": _texts, "certificate": _text, "valid_from": _text,
    "valid_to": _text, "load": _count,
}  # fmt: skip
_SEALED: Kinds = {
    "role": _text, "person": _text, "name": _text, "nonce": _text, "text": _text, "seal": _hash, "sealed_at": _text,
}  # fmt: skip
_RESULT: Kinds = {"strata": _list, "objects": _texts, "teams": _list}


def misshapen(proof: Any) -> Wrong | None:
    """Return the place of the first part that is missing or of the wrong kind, with the words for it."""
    found = _parts("", proof, _PROOF)
    if found is None:
        found = _parts("snapshot", proof["snapshot"], _SNAPSHOT) or _parts("result", proof["result"], _RESULT)
    if found is None and len(proof["seals"]) != 2:
        found = ("seals", "应有两份")
    return (
        found
        or _first(_parts(f"seals/{n}", one, _SEALED) for n, one in enumerate(proof["seals"]))
        or faulty(proof["snapshot"])
    )


def faulty(snapshot: Mapping[str, Any]) -> Wrong | None:
    """Return the first row of a snapshot that cannot be drawn from, with the words for it."""
    checks = (_strata, _objects, _limits, _seats, _officers, _recusals)
    return _first(check(snapshot) for check in checks)


def _first(found: Iterable[Wrong | None]) -> Wrong | None:
    return next((one for one in found if one is not None), None)


def _parts(place: str, value: Any, kinds: Kinds) -> Wrong | None:
    if not isinstance(value, dict):
        return place or "/", "应为对象"
    for name, fits in kinds.items():
        if name not in value or not fits(value[name]):
            return f"{place}/{name}".lstrip("/"), "缺少，或类型不对"
    return None


def _rising(place: str, keys: Sequence[Any]) -> Wrong | None:
    number = next((n for n, (one, other) in enumerate(pairwise(keys), 1) if not one < other), None)
    return None if number is None else (f"{place}/{number}", "没有按编号从小到大排列，或有重复")


def _strata(snapshot: Mapping[str, Any]) -> Wrong | None:
    rows = snapshot["strata"]
    wrong = _first(_parts(f"snapshot/strata/{n}", one, _STRATUM) for n, one in enumerate(rows))
    return wrong or _rising("snapshot/strata", [one["key"] for one in rows])


def _row(place: str, row: Any, kinds: Sequence[Callable[[Any], bool]]) -> Wrong | None:
    if isinstance(row, list) and len(row) == len(kinds) and all(fits(one) for fits, one in zip(kinds, row)):  # noqa: B905
        return None
    return place, "应为规定的各列"


def _objects(snapshot: Mapping[str, Any]) -> Wrong | None:
    rows, known = snapshot["objects"], {one["key"] for one in snapshot["strata"]}
    kinds = (_text, _text, _text, _weight, _text)
    for number, row in enumerate(rows):
        wrong = _row(f"snapshot/objects/{number}", row, kinds)
        if wrong is None and row[2] not in known:
            wrong = (f"snapshot/objects/{number}", f"没有分档 {row[2]}")
        if wrong is not None:
            return wrong
    return _rising("snapshot/objects", [row[0] for row in rows])


def _limits(snapshot: Mapping[str, Any]) -> Wrong | None:
    rows = snapshot["limits"]
    wrong = _first(_row(f"snapshot/limits/{n}", row, (_text, _count)) for n, row in enumerate(rows))
    return wrong or _rising("snapshot/limits", [row[0] for row in rows])


def _seats(snapshot: Mapping[str, Any]) -> Wrong | None:
    if len(snapshot["seats"]) < 2:
        return "snapshot/seats", "每个对象至少两名检查人员"
    return _first(_parts(f"snapshot/seats/{n}", one, _SEAT) for n, one in enumerate(snapshot["seats"]))


def _officers(snapshot: Mapping[str, Any]) -> Wrong | None:
    for number, one in enumerate(snapshot["officers"]):
        place = f"snapshot/officers/{number}"
        wrong = _parts(place, one, _OFFICER)
        if wrong is None and not one["valid_from"] <= snapshot["day"] <= one["valid_to"]:
            wrong = (place, f"执法证 {one['certificate']} 在 {snapshot['day']} 无效")
        if wrong is not None:
            return wrong
    return _rising("snapshot/officers", [one["id"] for one in snapshot["officers"]])


def _recusals(snapshot: Mapping[str, Any]) -> Wrong | None:
    rows = snapshot["recusals"]
    wrong = _first(_row(f"snapshot/recusals/{n}", row, (_text, _text, _text)) for n, row in enumerate(rows))
    return wrong or _rising("snapshot/recusals", [tuple(row[:2]) for row in rows])
