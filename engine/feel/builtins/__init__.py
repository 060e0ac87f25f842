"""The functions every FEEL expression may call."""

from collections.abc import Mapping

from engine.feel.builtins import contexts, conversions, dates, lists, numbers, ranges, texts
from engine.feel.builtins.signature import Builtin

BUILTINS: Mapping[str, Builtin] = {
    name: builtin
    for module in (contexts, conversions, dates, lists, numbers, ranges, texts)
    for name, builtin in module.REGISTRY.functions.items()
}
