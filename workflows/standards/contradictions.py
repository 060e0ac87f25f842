"""What does not agree between the fields of a record: the rules of a layout that join several fields."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from workflows import identifiers
from workflows.standards.findings import ERROR, WARNING, Finding
from workflows.standards.layouts import Layout
from workflows.standards.values import is_blank
from workflows.uow import local_day_of

Values = Mapping[str, Any]
Rule = Mapping[str, Any]


def contradictions(layout: Layout, values: Values, on: date | None) -> Iterator[Finding]:
    """Return what the rules of the layout find; values are of their types, *on* is the day of sending.

    A field that is not among the values could not be read: rules that look at it find nothing.
    """
    for rule in layout.rules:
        if not values.keys() >= set(_codes(rule)):
            continue
        is_broken = _BROKEN[rule["kind"]](rule, values, on) if _applies(rule, values) else False
        if is_broken:
            level = WARNING if rule["confidence"] == "inferred" else ERROR
            code = rule.get("at") or rule["field"]
            remedy = rule.get("remedy") or f"请核对{_names(layout, rule)}，改正后重新报送"
            yield Finding(level, code, layout.name_of(code), rule["message"], remedy, rule["source"])


def _codes(rule: Rule) -> list[str]:
    """Return the fields that a rule looks at."""
    condition = rule.get("when") or {}
    codes = (rule["field"], rule.get("other"), condition.get("field"), *rule.get("fields", ()))
    return list(dict.fromkeys(code for code in codes if code))


def _names(layout: Layout, rule: Rule) -> str:
    return "、".join(f"“{layout.name_of(code)}”" for code in _codes(rule))


def _applies(rule: Rule, values: Values) -> bool:
    condition = rule.get("when")
    if condition is None:
        return True
    value = values.get(condition["field"])
    tests: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("any", lambda wanted: value in wanted),
        ("has", lambda part: part in str(value or "")),
        ("without", lambda part: not is_blank(value) and part not in str(value)),
        ("filled", lambda wanted: is_blank(value) is not wanted),
    )
    return all(test(condition[name]) for name, test in tests if name in condition)


def _day(value: Any) -> date:
    return local_day_of(value) if isinstance(value, datetime) else value


def _is_before(rule: Rule, values: Values, _on: date | None) -> bool:
    later, earlier = values.get(rule["field"]), values.get(rule["other"])
    if later is None or earlier is None:
        return False
    if isinstance(later, datetime) and isinstance(earlier, datetime):
        return later < earlier
    return _day(later) < _day(earlier)


def _is_after_today(rule: Rule, values: Values, on: date | None) -> bool:
    day = values.get(rule["field"])
    return on is not None and day is not None and _day(day) > on


def _is_not_filled(rule: Rule, values: Values, _on: date | None) -> bool:
    return is_blank(values.get(rule["field"]))


def _is_filled(rule: Rule, values: Values, _on: date | None) -> bool:
    return not is_blank(values.get(rule["field"]))


def _is_not_one(rule: Rule, values: Values, _on: date | None) -> bool:
    return sum(not is_blank(values.get(code)) for code in rule["fields"]) != 1


def _differs_in_count(rule: Rule, values: Values, _on: date | None) -> bool:
    first, second = values.get(rule["field"]) or [], values.get(rule["other"]) or []
    return bool(first) and bool(second) and sum(bool(one) for one in first) != len(second)


def _is_no_id(rule: Rule, values: Values, _on: date | None) -> bool:
    value = values.get(rule["field"])
    return not is_blank(value) and bool(identifiers.check_id_number(str(value)))


def _is_other_kind_of_party(rule: Rule, values: Values, _on: date | None) -> bool:
    code, nature = str(values.get(rule["field"]) or ""), values.get(rule["other"])
    if not code:
        return False
    if nature == "1":
        return bool(identifiers.check_id_number(code))
    return nature == "2" and bool(identifiers.check_credit_code(code))


_BROKEN: Mapping[str, Callable[[Rule, Values, date | None], bool]] = {
    "not_before": _is_before, "not_after_today": _is_after_today, "filled": _is_not_filled, "blank": _is_filled,
    "one_of": _is_not_one, "same_count": _differs_in_count, "id_number": _is_no_id, "party": _is_other_kind_of_party,
}  # fmt: skip
