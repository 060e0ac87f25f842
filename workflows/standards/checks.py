"""What is wrong with a record: each field by itself, and the fields together."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import identifiers
from workflows.standards.contradictions import contradictions
from workflows.standards.findings import ERROR, WARNING, Finding
from workflows.standards.layouts import Field, Layout
from workflows.standards.values import NotOfType, is_blank, typed

Fault = tuple[str, str, str]  # aspect, message, remedy
_PREFIX = re.compile(r"[0-9A-Z]{18}[1-5]?.*")


def check_record(layout: Layout, values: Mapping[str, Any], on: date | None = None) -> list[Finding]:
    """Return what is wrong with a record, in the order of the layout; *on* is the day it is sent.

    What rests on a source is an error, what is only recalled a warning.
    """
    found = [
        Finding(ERROR, code, code, f"没有名为 {code} 的字段", "请删除此字段，或核对字段代码", layout.title)
        for code in values
        if layout.field(code) is None
    ]
    known: dict[str, Any] = {}
    for field in layout.fields:
        try:
            known[field.code] = typed(field, values.get(field.code))
        except NotOfType as exc:
            text = f"“{field.name}”的类型不对，应为{exc}"
            found.append(_finding(field, ("type", text, f"请按{exc}填写")))
            continue
        found.extend(_finding(field, fault) for fault in faults(field, known[field.code]))
    return [*found, *contradictions(layout, known, on)]


def _finding(field: Field, fault: Fault) -> Finding:
    aspect, message, remedy = fault
    level = WARNING if aspect in field.guessed or field.confidence == "inferred" else ERROR
    return Finding(level, field.code, field.name, message, remedy, field.source)


def faults(field: Field, value: Any) -> Iterator[Fault]:
    """Return what is wrong with one value by itself."""
    if is_blank(value):
        if field.required == "Y":
            yield "required", f"缺少“{field.name}”", f"请补全“{field.name}”{_hint(field)}"
        return
    yield from _length(field, value)
    yield from _shape(field, value)


def _hint(field: Field) -> str:
    return f"：{field.rule}" if field.rule else ""


def _length(field: Field, value: Any) -> Iterator[Fault]:
    text = ";".join(value) if isinstance(value, list) else str(value)
    longest = field.max_length
    if longest is not None and len(text) > longest:
        yield "max", f"“{field.name}”最多 {longest} 个字，现有 {len(text)} 个", f"请缩短到 {longest} 个字以内"
    if isinstance(value, Decimal) and not _fits(field, value):
        remedy = f"最多 {field.facts['digits']} 位数字、{field.facts['scale']} 位小数"
        yield "max", f"“{field.name}”的数字太长", remedy


def _fits(field: Field, value: Decimal) -> bool:
    digits, scale = field.facts.get("digits"), field.facts.get("scale")
    if digits is None or scale is None:
        return True
    whole = len(f"{abs(value):f}".partition(".")[0].lstrip("0"))
    places = len(f"{value.normalize():f}".partition(".")[2])
    return bool(whole <= digits - scale and places <= scale)


def _shape(field: Field, value: Any) -> Iterator[Fault]:
    allowed = field.allowed()
    if allowed and value not in allowed:
        yield "list", f"“{field.name}”的值“{str(value)[:20]}”不在代码表内", f"请填：{_choices(allowed)}"
    pattern = field.facts.get("pattern")
    if pattern and not re.fullmatch(pattern, str(value)):
        yield "pattern", f"“{field.name}”格式不对", f"应为：{field.rule or pattern}"
    fewest = field.facts.get("min_items")
    if fewest is not None and len([one for one in value if one]) < fewest:
        yield "min_items", f"“{field.name}”不足 {fewest} 个", f"请补全：{field.rule}"
    check = field.facts.get("check")
    if check:
        yield from (
            (aspect, f"“{field.name}”：{text}", f"应为：{field.rule}") for aspect, text in _CHECKS[check](value)
        )


def _choices(allowed: Mapping[str, str]) -> str:
    return "、".join(code if code == label else f"{code} {label}" for code, label in allowed.items())


def _credit_code(value: str) -> Sequence[tuple[str, str]]:
    return [("check", one.message) for one in identifiers.check_credit_code(value)]


def _credit_code_prefix(value: str) -> Sequence[tuple[str, str]]:
    return [] if _PREFIX.fullmatch(value) else [("check", "开头不是 18 位统一社会信用代码和层级数字")]


def _party_code(value: str) -> Sequence[tuple[str, str]]:
    is_known = not identifiers.check_credit_code(value) or not identifiers.check_id_number(value)
    return [] if is_known else [("check", "既不是有效的统一社会信用代码，也不是有效的居民身份证号")]


_CHECKS: Mapping[str, Callable[[str], Sequence[tuple[str, str]]]] = {
    "credit_code": _credit_code, "credit_code_prefix": _credit_code_prefix, "party_code": _party_code,
}  # fmt: skip
