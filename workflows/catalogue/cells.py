"""Reads and writes the cells of the official layouts: words instead of codes, one thing a line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.catalogue.fields import BY_KEY, CHECK_PARTS, MODES, OBJECT_TYPES, STATUSES, TYPES, Part, Words
from workflows.directory import Unit
from workflows.intake.fields import Message
from workflows.intake.report import as_written

_LINES = re.compile(r"[\n;；]+")
_WORDS = re.compile(r"[\n;；、,，]+")
_LIMIT = re.compile(r"(\w+)\s*[=＝]\s*(\d{1,3})")
_TOKENS = ("{district}", "{urban_management}", "{town}")


class CellInvalid(ValueError):
    """A cell cannot be read; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds units and diagrams by what people call them."""

    units: Mapping[str, str]
    processes: Mapping[str, str]

    @classmethod
    def of(cls, units: tuple[Unit, ...], words: Words) -> "Lookup":
        """Return the lookup for the city's units and diagrams."""
        named = {name: unit.code for unit in units for name in (unit.short_name, unit.name, unit.code)}
        named |= {words.unit(token): token for token in _TOKENS} | {token: token for token in _TOKENS}
        titles = {title: key for key, title in words.processes.items()} | {key: key for key in words.processes}
        return cls(named, titles)

    def unit(self, text: str) -> str:
        """Return the code of a unit."""
        if text not in self.units:
            raise CellInvalid(f"没有单位“{text[:40]}”，请填写单位全称、简称或代码")
        return self.units[text]


def write_cell(part: Part, value: Any, words: Words) -> str:
    """Return a value as its cell has it."""
    if part.kind == "limits":
        return "\n".join(f"{key}={length}" for key, length in sorted((value or {}).items()))
    if part.kind in ("list", "units"):
        return "\n".join(words.unit(one) if part.kind == "units" else one for one in value or ())
    return words.of(part, value)


def read_cell(key: str, cell: str, lookup: Lookup) -> Any:
    """Return the value of a cell.

    Raises:
        CellInvalid: says what to write.
    """
    part, text = BY_KEY[key], as_written(cell).strip()
    if part.kind == "list":
        return _list(key, text)
    if part.kind == "units":
        return [lookup.unit(one) for one in _split(_WORDS, text)]
    if part.kind == "unit":
        return lookup.unit(text) if text else None
    if part.kind == "limits":
        return _limits(text)
    if part.kind == "flag":
        return _flag(text)
    return _word(part, text, lookup)


def _word(part: Part, text: str, lookup: Lookup) -> str | None:
    if not text:
        if part.is_needed:
            raise CellInvalid(f"缺少{part.label}，请填写后重新导入")
        return None
    known: Mapping[str, Mapping[str, str]] = {
        "type": _both(TYPES), "object_type": _both(OBJECT_TYPES), "process": lookup.processes,
        "status": {one: one for one in STATUSES},
    }  # fmt: skip
    if part.key not in known:
        return text
    if text not in known[part.key]:
        options = "、".join(name for name in known[part.key] if not name.isascii())
        raise CellInvalid(f"{part.label}“{text[:40]}”无效，请填写：{options}")
    return known[part.key][text]


def _both(names: Mapping[str, str]) -> dict[str, str]:
    return {**{name: key for key, name in names.items()}, **{key: key for key in names}}


def _flag(text: str) -> bool:
    if text in ("是", "重点", "1"):
        return True
    if text in ("否", "一般", "0", ""):
        return False
    raise CellInvalid(f"“{text[:40]}”无效，请填写“是”或“否”")


def _list(key: str, text: str) -> list[str]:
    if key != "modes":
        return _split(_LINES, text)
    found = _split(_WORDS, text)
    if unknown := [one for one in found if one not in MODES]:
        raise CellInvalid(f"监管方式“{'、'.join(unknown)[:40]}”无效，请填写：{'、'.join(MODES)}")
    return found


def _limits(text: str) -> dict[str, int]:
    found = {}
    for one in _split(_LINES, text):
        match = _LIMIT.fullmatch(one)
        if match is None:
            raise CellInvalid(f"专门时限“{one[:40]}”无效，请写成 时限名称=天数")
        found[match[1]] = int(match[2])
    return found


def read_checks(text: str) -> list[dict[str, str]]:
    """Return the check items of a text, one a line: 编码｜检查项｜检查内容｜检查方式｜检查比例频次.

    Raises:
        CellInvalid: a line has fewer parts, or an empty one.
    """
    found = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
        parts = [part.strip() for part in re.split(r"[｜|]", line)]
        if len(parts) != len(CHECK_PARTS) or not all(parts):
            raise CellInvalid(f"检查实施清单第 {number} 行应有五项：{'｜'.join(CHECK_PARTS.values())}")
        found.append(dict(zip(CHECK_PARTS, parts, strict=True)))
    return found


def message(key: str, label: str, exc: CellInvalid) -> Message:
    """Return what is wrong with a cell as a row's message."""
    text = str(exc)
    return Message(key, "cell-invalid", text if label in text else f"{label}：{text}")


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in pattern.split(text) if part.strip()))
