"""The fields of the official records as data, and what is wrong with a record."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "official_fields.toml"
FIELDS: Mapping[str, Mapping[str, Mapping[str, Any]]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "text": (str,), "enum": (str,), "boolean": (bool,), "decimal": (Decimal,), "date": (date,),
    "datetime": (datetime,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one field, and what to do."""

    field: str
    message: str


def check(record: str, values: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with each field of a record by itself: missing, of another kind, too long, ill-formed."""
    fields = FIELDS[record]
    found = [Finding(name, f"没有名为 {name} 的字段") for name in values if name not in fields]
    for name, rule in fields.items():
        found.extend(Finding(name, message) for message in _faults(rule, values.get(name)))
    return found


def _faults(rule: Mapping[str, Any], value: Any) -> list[str]:
    title = rule["title"]
    if value is None or value == "":
        return [f"缺少“{title}”"] if rule["required"] == "Y" else []
    if type(value) not in _KINDS[rule["kind"]]:
        return [f"“{title}”的类型不对，应为 {rule['kind']}"]
    longest = rule.get("max")
    if longest is not None and len(str(value)) > longest:
        return [f"“{title}”最多 {longest} 个字，现有 {len(str(value))} 个"]
    pattern = rule.get("pattern")
    if pattern and not re.fullmatch(pattern, str(value)):
        return [f"“{title}”格式不对，应符合 {pattern}"]
    return []


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as JSON: days and instants as ISO text, amounts as decimal text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
