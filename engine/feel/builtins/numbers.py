"""Built-in functions on numbers."""

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel.builtins.signature import Registry
from engine.feel.temporal import DaysTimeDuration, YearsMonthsDuration
from engine.feel.undefined import Undefined
from engine.feel.values import NUMBERS

REGISTRY = Registry()
_MIN_SCALE, _MAX_SCALE = -6111, 6176


def _rounded(n: Decimal, scale: Decimal, rounding: str) -> Decimal:
    if scale != scale.to_integral_value() or not _MIN_SCALE <= scale <= _MAX_SCALE:
        raise Undefined("scale must be a whole number between -6111 and 6176")
    places = int(scale)
    exponent = n.as_tuple().exponent
    if not isinstance(exponent, int) or places >= -exponent:
        return n
    if n.adjusted() < -places - 1:
        return _far_below(n, places, rounding)
    context = decimal.Context(prec=6200, rounding=rounding, Emin=-9999, Emax=9999)
    return NUMBERS.plus(n.quantize(Decimal((0, (1,), -places)), context=context))


def _far_below(n: Decimal, places: int, rounding: str) -> Decimal:
    away = (rounding == decimal.ROUND_CEILING and n > 0) or (rounding == decimal.ROUND_FLOOR and n < 0)
    away = away or (rounding == decimal.ROUND_UP and n != 0)
    return Decimal((int(n < 0), (1,), -places)) if away else Decimal(0)


def _register_rounding(name: str, rounding: str, *, optional: bool) -> None:
    def one_argument(n: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
        return _rounded(n, scale, rounding)

    REGISTRY.add(name, f"n: number, scale: number{'?' if optional else ''}")(one_argument)


for _name, _rounding, _optional in (
    ("decimal", decimal.ROUND_HALF_EVEN, False),
    ("floor", decimal.ROUND_FLOOR, True),
    ("ceiling", decimal.ROUND_CEILING, True),
    ("round up", decimal.ROUND_UP, False),
    ("round down", decimal.ROUND_DOWN, False),
    ("round half up", decimal.ROUND_HALF_UP, False),
    ("round half down", decimal.ROUND_HALF_DOWN, False),
):
    _register_rounding(_name, _rounding, optional=_optional)


@REGISTRY.add("abs", "n: number|days and time duration|years and months duration")
def _abs(n: object) -> object:
    match n:
        case DaysTimeDuration():
            return DaysTimeDuration(abs(n.nanos))
        case YearsMonthsDuration():
            return YearsMonthsDuration(abs(n.months))
        case Decimal():
            return NUMBERS.abs(n)
        case _:
            raise Undefined("not a number")


@REGISTRY.add("modulo", "dividend: number, divisor: number")
def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    quotient = _defined(NUMBERS.divide, dividend, divisor)
    whole = quotient.to_integral_value(rounding=decimal.ROUND_FLOOR)
    return NUMBERS.subtract(dividend, NUMBERS.multiply(divisor, whole))


def _defined(function: Callable[..., Decimal], *operands: Decimal) -> Decimal:
    try:
        return function(*operands)
    except decimal.DecimalException:
        raise Undefined("outside the domain of the function") from None


@REGISTRY.add("sqrt", "number: number")
def _sqrt(value: Decimal) -> Decimal:
    return _defined(NUMBERS.sqrt, value)


@REGISTRY.add("log", "number: number")
def _log(value: Decimal) -> Decimal:
    if value <= 0:
        raise Undefined("no logarithm")
    return _defined(NUMBERS.ln, value)


@REGISTRY.add("exp", "number: number")
def _exp(value: Decimal) -> Decimal:
    return _defined(NUMBERS.exp, value)


def _parity(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise Undefined("not a whole number")
    digits = value.as_tuple()
    if not isinstance(digits.exponent, int) or digits.exponent > 0:
        return 0
    return int(value) % 2


@REGISTRY.add("odd", "number: number")
def _odd(value: Decimal) -> bool:
    return _parity(value) == 1


@REGISTRY.add("even", "number: number")
def _even(value: Decimal) -> bool:
    return _parity(value) == 0
