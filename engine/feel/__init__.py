"""FEEL, the expression language of DMN 1.3, for diagrams and decision tables.

Numbers are ``Decimal``, lists and contexts ``list`` and ``dict``, dates and durations the types of
``engine.feel.temporal``. Nothing here reads a clock: ``now`` and ``today`` are given as functions.
"""

from engine.feel.builtins import BUILTINS
from engine.feel.expression import Expression, parse
from engine.feel.values import from_json, to_json

BUILTIN_NAMES = frozenset(BUILTINS)

__all__ = ["BUILTIN_NAMES", "Expression", "from_json", "parse", "to_json"]
