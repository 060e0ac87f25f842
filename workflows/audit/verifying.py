"""Verifies an export: reads it once, needs no database, and names the first record that is broken."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from engine.digests import canonical, sm3
from workflows.audit.chains import FORMAT, ORIGIN, genesis, leaf, link, merkle
from workflows.audit.keys import is_signed

_HASH = slice(9, 73)
_BETWEEN = slice(73, 84)
_RECORD = slice(84, -1)
_STATEMENT = frozenset({"number", "day", "made_at", "previous", "root", "chains", "records"})


class Broken(ValueError):
    """An export is not what was sealed; the text says where and how."""


@dataclass(slots=True)
class Verified:
    """What was found to be whole."""

    records: int = 0
    chains: int = 0
    roots: int = 0
    last_root: str = ""
    public_keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Verifier:
    """Takes the lines of one export in order; ``public`` is the key that must have signed, or any when empty."""

    public: str = ""
    outside: Sequence[bytes] = ()
    found: Verified = field(default_factory=Verified)
    number: int = 0
    _state: dict[str, tuple[int, str]] = field(default_factory=dict)
    _marks: dict[str, dict[int, str]] = field(default_factory=dict)
    _open: list[tuple[str, int, str]] = field(default_factory=list)
    _roots: list[bytes] = field(default_factory=list)
    _deleted: set[str] = field(default_factory=set)
    _previous: str = ORIGIN
    _promised: int = 0
    _has_header: bool = False
    _is_over: bool = False

    def take(self, line: bytes) -> None:
        """Take one line.

        Raises:
            Broken.
        """
        if not line.endswith(b"\n"):
            raise Broken("the last line is cut off")
        line = line[:-1]
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as exc:
            raise Broken(f"not JSON: {exc}") from exc
        is_record = isinstance(value, dict) and "record" in value and self._has_header
        if not isinstance(value, dict) or not (_is_framed(line) if is_record else canonical(value) == line):
            raise Broken("not in the form in which it was exported")
        if self._is_over:
            raise Broken("something follows the end")
        if is_record:
            self._record(value, line)
        else:
            self._other(value, line)

    def _other(self, value: dict[str, Any], line: bytes) -> None:
        if not self._has_header:
            if value != {"header": FORMAT}:
                raise Broken("the header is missing or of another version")
            self._has_header = True
        elif set(value) == {"leaf"}:
            self._leaf(value["leaf"])
        elif set(value) == {"root", "signature", "public_key"}:
            self._root(value, line)
        elif set(value) == {"end"}:
            self._end(value["end"])
        else:
            raise Broken("an unknown kind of line")

    def _leaf(self, value: Any) -> None:
        try:
            name, seq, head = value
            leaf(name, seq, head)
            bytes.fromhex(head)
        except (TypeError, ValueError) as exc:
            raise Broken("a leaf of another form") from exc
        if self._open and self._open[-1][0] >= name:
            raise Broken(f"leaves out of order at {name}")
        self._open.append((name, seq, head))

    def _root(self, value: dict[str, Any], line: bytes) -> None:
        root, number = value["root"], self.found.roots + 1
        if not isinstance(root, dict) or set(root) != _STATEMENT or root["number"] != number:
            raise Broken(f"root {number} is missing or of another form")
        content = canonical(root)
        self._signature(number, content, value["signature"], value["public_key"])
        if root["previous"] != self._previous:
            raise Broken(f"root {number} does not follow the root before")
        if root["chains"] != len(self._open) or root["root"] != merkle([leaf(*one) for one in self._open]):
            raise Broken(f"root {number} is not that of its chains")
        for name, seq, head in self._open:
            self._marks.setdefault(name, {})[seq] = head
        self._open.clear()
        self._roots.append(line)
        self._previous = sm3(content).hex()
        self._promised = root["records"]
        self.found.roots, self.found.last_root = number, self._previous
        if value["public_key"] not in self.found.public_keys:
            self.found.public_keys += (value["public_key"],)

    def _signature(self, number: int, content: bytes, signature: str, public_key: str) -> None:
        if not signature:
            raise Broken(f"root {number} is not signed: the platform ran without XIANJIE_AUDIT_KEY")
        if not is_signed(content, signature, public_key):
            raise Broken(f"root {number} is not signed by the key it names")
        if self.public and public_key != self.public:
            raise Broken(f"root {number} was signed by another key")

    def _record(self, value: dict[str, Any], line: bytes) -> None:
        record = value["record"]
        if set(value) != {"hash", "record"} or not isinstance(record, dict):
            raise Broken("a record of another form")
        name, seq = record.get("chain"), record.get("seq")
        if name not in self._marks:
            raise Broken(f"record {seq} of {name}: no root knows this chain")
        last, head = self._state.get(name) or (0, genesis(name))
        if seq != last + 1:
            what = "removed or moved" if isinstance(seq, int) and seq > last else "repeated or moved"
            raise Broken(f"record {seq} of {name}: follows record {last}; records were {what}")
        wanted = link(head, line[_RECORD])
        mark = self._marks[name].get(seq, wanted)
        if value["hash"].encode() != line[_HASH] or value["hash"] != wanted or mark != wanted:
            raise Broken(f"record {seq} of {name} (id {record.get('id')}): it, or the one before, was changed")
        self._state[name] = (seq, wanted)
        self.found.records += 1
        if record.get("kind") == "case-deleted":
            rows = record["detail"].get("rows", [])
            self._deleted |= {
                f"case:{row['after']['instance_id']}" for row in rows if "instance_id" in row.get("after", {})
            }

    def _end(self, value: Any) -> None:
        if value != {"records": self.found.records, "roots": self.found.roots} or self._open:
            raise Broken("the end counts other records or roots than there are")
        missing = 0
        for name, marks in self._marks.items():
            last = max(marks)
            if name not in self._state and name in self._deleted:
                missing += last
            elif self._state.get(name, (0, ""))[0] != last:
                has = self._state.get(name, (0, ""))[0]
                raise Broken(f"record {has + 1} of {name}: the signed root counts {last} records, {has} are there")
        if self.found.records + missing != self._promised:
            raise Broken(f"the last root counts {self._promised} records")
        self.found.chains = len(self._state)
        self._is_over = True

    def close(self) -> Verified:
        """Answer what was found, once all lines were taken.

        Raises:
            Broken: the end is missing, or a root that was kept outside.
        """
        if not self._is_over:
            raise Broken("the end is missing: the tail was cut off")
        for root in self.outside:
            if root not in self._roots:
                raise Broken("a root that was kept outside is not in the export")
        return self.found


def _is_framed(line: bytes) -> bool:
    """Tell whether a record stands where its bytes are hashed; the hash covers what is inside."""
    return line.startswith(b'{"hash":"') and line[_BETWEEN] == b'","record":' and line.endswith(b"}")


def lines_of(paths: Sequence[Path]) -> Iterator[bytes]:
    """Read the lines of the files of one export, packed or not, one after the other."""
    for path in paths:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_packed else path.open("rb") as lines:
            yield from lines


def verify(lines: Iterable[bytes], public: str = "", outside: Sequence[bytes] = ()) -> Verified:
    """Verify the lines of an export.

    Raises:
        Broken: names the line, and the record where it is one.
    """
    verifier = Verifier(public, outside)
    try:
        for line in lines:
            verifier.number += 1
            verifier.take(line)
        return verifier.close()
    except Broken as exc:
        raise Broken(f"line {verifier.number}: {exc}") from None
    except (EOFError, OSError, KeyError, TypeError, AttributeError, ValueError, zlib.error) as exc:
        raise Broken(f"line {verifier.number + 1}: cannot be read: {exc}") from exc
