"""Values made from the layouts themselves: good ones, too long ones, and ones that contradict each other."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from workflows.standards import Field, Layout

TODAY = date(2026, 3, 2)
USCC, PERSON = "91370400MA3C0DEM01", "11010519491231002X"
_PATTERNS = {
    "[0-9]{14}": "01150000000001", "[0-9]{13}": "2026030200001", "[0-9]{6}": "370402", "[01]": "1", "[0-9]": "1",
    ".{9}": "123456789",
}  # fmt: skip
_CHECKS = {"credit_code": USCC, "credit_code_prefix": USCC + "3", "party_code": USCC}
_PLAIN: Mapping[str, Any] = {
    "string": "演示", "text": "演示", "enum": "演示", "boolean": False, "decimal": Decimal(1), "int": 1, "date": TODAY,
    "datetime": datetime(2026, 3, 2, 2, tzinfo=UTC), "array": ["演示甲", "演示乙"],
}  # fmt: skip


def sample(field: Field) -> Any:
    """Return a good value of a field."""
    allowed = field.allowed()
    if allowed:
        return next(iter(allowed))
    pattern = field.facts.get("pattern")
    if pattern:
        return _PATTERNS.get(pattern, pattern.split("|")[0].replace("?", ""))
    check = field.facts.get("check")
    value = _CHECKS[check] if check else _PLAIN[field.type]
    return value[: field.max_length] if isinstance(value, str) and field.max_length and not check else value


def good(layout: Layout) -> dict[str, Any]:
    """Return a record that nothing is wrong with: a legal person's, with every field that is needed or may be."""
    values = {field.code: sample(field) for field in layout.fields}
    fixed: dict[str, Any] = {
        "administrative_cp_na": "2", "fine_amount": Decimal(1), "punish_type": "罚款", "legal_review": True,
        "force_execution_type": None, "XK_XDR_ZJLX": None, "XK_XDR_ZJHM": None, "CF_XDR_ZJLX": None,
        "CF_XDR_ZJHM": None, "CF_CFLB": "罚款",
    }  # fmt: skip
    return values | {code: value for code, value in fixed.items() if code in values}


def too_long(field: Field) -> Any:
    """Return a value one longer than the field takes, of the right type."""
    if field.type == "array":
        return ["长" * field.max_length, "长"] if field.max_length else None
    return "长" * ((field.max_length or 0) + 1)


def contradicting(layout: Layout, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that breaks one rule of a layout."""
    values = good(layout)
    values.update(_condition(layout, rule.get("when") or {}))
    return values | _broken(layout, rule, values)


def _condition(layout: Layout, when: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    code = when.get("field", "")
    if "any" in when:
        yield code, when["any"][0]
    if "has" in when:
        yield code, when["has"]
    if "without" in when:
        yield code, "警告"
    if "filled" in when:
        field = layout.field(code)
        assert field is not None
        yield code, sample(field) if when["filled"] else None


def _broken(layout: Layout, rule: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    code, kind = rule["field"], rule["kind"]
    field = layout.field(code)
    assert field is not None
    broken: Mapping[str, Any] = {
        "not_before": lambda: {code: values[code] - timedelta(days=2)},
        "not_after_today": lambda: {code: TODAY + timedelta(days=1)},
        "filled": lambda: {code: None},
        "blank": lambda: {code: sample(field)},
        "one_of": lambda: dict.fromkeys(rule["fields"], "演示"),
        "same_count": lambda: {code: ["演示"]},
        "party": lambda: {rule["other"]: "1"},
        "id_number": lambda: {code: "110105194912310021"},
    }
    found: Mapping[str, Any] = broken[kind]()
    return found
