"""Built-in functions that turn a value of one type into another, and ``not``."""

import re
from decimal import Decimal

from engine.feel.builtins.signature import Registry
from engine.feel.undefined import Undefined
from engine.feel.values import number, to_text

REGISTRY = Registry()
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?")


@REGISTRY.add("not", "negand: boolean")
def _not(negand: bool) -> bool:
    return not negand


@REGISTRY.add("string", "from: any")
def _string(value: object) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else to_text(value)


@REGISTRY.add("number", "from: string")
def _number(text: str) -> Decimal:
    if not _PLAIN_NUMBER.fullmatch(text):
        raise Undefined("not a number")
    return number(text)


@REGISTRY.add("number", "from: number")
def _same_number(value: Decimal) -> Decimal:
    return value


@REGISTRY.add("number", "from: string, grouping separator: string|null, decimal separator: string|null")
def _number_with_separators(text: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        raise Undefined("not a separator")
    if grouping:
        text = text.replace(grouping, "")
    return _number(text.replace(point, ".") if point else text)


@REGISTRY.add("boolean", "from: any")
def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise Undefined("not a boolean")
