"""Every kind of tampering with an export is found offline, and the first broken record is named."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.digests import canonical
from workflows.audit.chains import link
from workflows.audit.keys import AuditKey, make_key
from workflows.audit.verifying import Broken, verify

Lines = list[bytes]
RECORD, ROOT = b'{"hash"', b'{"public_key"'


def value(line: bytes) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(line)
    return found


def places(lines: Lines, start: bytes = RECORD) -> list[int]:
    return [place for place, line in enumerate(lines) if line.startswith(start)]


def of_chain(lines: Lines, place: int) -> tuple[object, object]:
    record = value(lines[place])["record"]
    return record["chain"], record["seq"]


def middle(lines: Lines) -> int:
    """The second record of the longest chain of a case."""
    chains = [of_chain(lines, place)[0] for place in places(lines)]
    longest = max((one for one in chains if str(one).startswith("case:")), key=chains.count)
    assert chains.count(longest) >= 3
    return next(place for place in places(lines) if of_chain(lines, place) == (longest, 2))


def changed_field(lines: Lines) -> Lines:
    at = middle(lines)
    return [*lines[:at], lines[at].replace(b'"actor":"', b'"actor":"x'), *lines[at + 1 :]]


def changed_field_with_a_new_hash(lines: Lines) -> Lines:
    at = middle(lines)
    record = {**value(lines[at])["record"], "actor": "somebody"}
    found = link(str(value(lines[at - 1])["hash"]), canonical(record))
    return [*lines[:at], canonical({"hash": found, "record": record}) + b"\n", *lines[at + 1 :]]


def removed_record(lines: Lines) -> Lines:
    return [*lines[: middle(lines)], *lines[middle(lines) + 1 :]]


def inserted_record(lines: Lines) -> Lines:
    at = middle(lines)
    record = {**value(lines[at])["record"], "seq": 3, "kind": "forged"}
    found = link(str(value(lines[at])["hash"]), canonical(record))
    return [*lines[: at + 1], canonical({"hash": found, "record": record}) + b"\n", *lines[at + 1 :]]


def swapped_order(lines: Lines) -> Lines:
    at = middle(lines)
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def without(lines: Lines, is_gone: Callable[[int], bool]) -> Lines:
    """Return the export without some records of the chain in the middle, its end counted again."""
    chain, _ = of_chain(lines, middle(lines))
    mine = {place: of_chain(lines, place)[1] for place in places(lines) if of_chain(lines, place)[0] == chain}
    kept = [line for place, line in enumerate(lines) if place not in mine or not is_gone(int(str(mine[place])))]
    return [*kept[:-1], recounted(kept)]


def removed_tail_of_a_chain(lines: Lines) -> Lines:
    return without(lines, lambda seq: seq > 1)


def removed_chain(lines: Lines) -> Lines:
    return without(lines, lambda _seq: True)


def removed_tail_of_the_file(lines: Lines) -> Lines:
    return lines[: places(lines)[-1]]


def removed_newest_root(lines: Lines) -> Lines:
    first, second = places(lines, ROOT)
    return [*lines[: first + 1], *lines[second + 1 :]]


def recounted(lines: Lines) -> bytes:
    return canonical({"end": {"records": len(places(lines)), "roots": len(places(lines, ROOT))}}) + b"\n"


def with_root(lines: Lines, change: Callable[[dict[str, object]], None]) -> Lines:
    at = places(lines, ROOT)[1]
    found: dict[str, object] = json.loads(lines[at])
    change(found)
    return [*lines[:at], canonical(found) + b"\n", *lines[at + 1 :]]


def changed_root(lines: Lines) -> Lines:
    return with_root(lines, lambda one: one["root"].update(root="0" * 64))  # type: ignore[attr-defined]


def changed_count(lines: Lines) -> Lines:
    return with_root(lines, lambda one: one["root"].update(records=1))  # type: ignore[attr-defined]


def changed_signature(lines: Lines) -> Lines:
    return with_root(lines, lambda one: one.update(signature="1" * 128))


def removed_signature(lines: Lines) -> Lines:
    return with_root(lines, lambda one: one.update(signature=""))


def changed_digest_of_an_attachment(lines: Lines) -> Lines:
    at = next(place for place in places(lines) if value(lines[place])["record"]["kind"] == "file-kept")
    detail = value(lines[at])["record"]["detail"]
    digest = detail["rows"][0]["after"]["sha256"]  # type: ignore[index]
    return [*lines[:at], lines[at].replace(digest.encode(), b"0" * 64), *lines[at + 1 :]]


def changed_mark_of_a_chain(lines: Lines) -> Lines:
    at = next(place for place, line in enumerate(lines) if line.startswith(b'{"leaf"'))
    name, seq, head = json.loads(lines[at])["leaf"]
    return [*lines[:at], canonical({"leaf": [name, seq + 1, head]}) + b"\n", *lines[at + 1 :]]


CASE = r"case:[0-9a-f-]{36}"
KINDS: tuple[tuple[Callable[[Lines], Lines], str], ...] = (
    (changed_field, rf"record 2 of {CASE} \(id [0-9a-f-]{{36}}\): it, or the one before, was changed"),
    (changed_field_with_a_new_hash, rf"record (2|3) of {CASE} \(id [0-9a-f-]{{36}}\): it, or the one before"),
    (removed_record, rf"record 3 of {CASE}: follows record 1; records were removed or moved"),
    (inserted_record, rf"record 3 of {CASE}( \(id .*was changed|: follows record 3; records were repeated or moved)"),
    (swapped_order, rf"record 3 of {CASE}: follows record 1; records were removed or moved"),
    (removed_tail_of_a_chain, rf"record 2 of {CASE}: the signed root counts \d+ records, 1 are there"),
    (removed_chain, rf"record 1 of {CASE}: the signed root counts \d+ records, 0 are there"),
    (removed_tail_of_the_file, "the end is missing: the tail was cut off"),
    (removed_newest_root, "root 2 is not that of its chains|no root knows this chain|counts other records or roots"),
    (changed_root, "root 2 is not signed by the key it names"),
    (changed_count, "root 2 is not signed by the key it names"),
    (changed_signature, "root 2 is not signed by the key it names"),
    (removed_signature, "root 2 is not signed: the platform ran without"),
    (changed_digest_of_an_attachment, r"record \d+ of office:data \(id [0-9a-f-]{36}\): it, or the one before"),
    (changed_mark_of_a_chain, "root 1 is not that of its chains"),
)


@pytest.mark.parametrize(("tamper", "told"), KINDS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_kind_of_tampering_is_found_and_named(
    sent: tuple[Lines, str], tamper: Callable[[Lines], Lines], told: str
) -> None:
    export, key = sent
    broken = tamper(export)
    assert broken != export
    with pytest.raises(Broken, match=rf"line \d+: .*({told})"):
        verify(broken, key)


def test_another_key_is_found_in_the_roots_and_where_somebody_signed_all_again(
    sent: tuple[Lines, str], tmp_path: Path
) -> None:
    export, key = sent
    other = make_key(tmp_path / "other")
    with pytest.raises(Broken, match="root 1 was signed by another key"):
        verify(export, other)
    mine = AuditKey.read(str(tmp_path / "other"))

    def sign(found: dict[str, object]) -> None:
        found.update(signature=mine.sign(canonical(found["root"])), public_key=other)

    forged = with_root(export, sign)
    assert verify(forged).public_keys == (key, other)
    with pytest.raises(Broken, match="root 2 was signed by another key"):
        verify(forged, key)


def _paths(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield path
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def _changed(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return "x"
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return [*value, 0] if isinstance(value, list) else {**value, "more": 0}  # type: ignore[misc]


def _with(value: object, path: tuple[object, ...]) -> object:
    if not path:
        return _changed(value)
    copied = dict(value) if isinstance(value, dict) else list(value)  # type: ignore[call-overload]
    copied[path[0]] = _with(copied[path[0]], path[1:])
    return copied


def _edit(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    """Change one value anywhere; a record is named at its own line, whatever was changed in it."""
    at = draw(st.integers(0, len(lines) - 1))
    whole = json.loads(lines[at])
    path = draw(st.sampled_from(list(_paths(whole))))
    edited = canonical(_with(whole, path)) + b"\n"
    return [*lines[:at], edited, *lines[at + 1 :]], at + 1 if lines[at].startswith(RECORD) else 0


def _delete(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    """Remove a line; of a record that others of its chain follow, the next one is named."""
    at = draw(st.integers(0, len(lines) - 1))
    is_inside = lines[at].startswith(RECORD) and lines[at + 1].startswith(RECORD)
    is_inside = is_inside and of_chain(lines, at)[0] == of_chain(lines, at + 1)[0]
    return lines[:at] + lines[at + 1 :], at + 1 if is_inside else 0


def _swap(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    """Exchange neighbours of one chain; the first of them is named."""
    same = [at for at, after in pairwise(places(lines)) if of_chain(lines, at)[0] == of_chain(lines, after)[0]]
    at = draw(st.sampled_from(same))
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]], at + 1


def _repeat(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    at, to = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines)))
    return [*lines[:to], lines[at], *lines[to:]], 0


def _cut(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    whole = b"".join(lines)
    return whole[: draw(st.integers(0, len(whole) - 1))].splitlines(keepends=True), 0


def _cut_and_recount(lines: Lines, draw: st.DrawFn) -> tuple[Lines, int]:
    records = places(lines)
    kept = lines[: records[0] + draw(st.integers(0, len(records) - 1))]
    return [*kept, recounted(kept)], 0


@st.composite
def tampered(draw: st.DrawFn, lines: Lines) -> tuple[Lines, int]:
    ways = (_edit, _edit, _edit, _delete, _swap, _repeat, _cut, _cut_and_recount)
    return draw(st.sampled_from(ways))(lines, draw)


@settings(
    max_examples=100, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_whatever_is_changed_in_an_export_is_found_where_it_was_changed(
    sent: tuple[Lines, str], data: st.DataObject
) -> None:
    export, key = sent
    broken, named = data.draw(tampered(export))
    with pytest.raises(Broken) as caught:
        verify(broken, key)
    assert not named or str(caught.value).startswith(f"line {named}: ")
