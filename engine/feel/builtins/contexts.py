"""Built-in functions on contexts, and those that look at a value's presence."""

from engine.feel.builtins.signature import Registry
from engine.feel.comparison import same
from engine.feel.undefined import Undefined

REGISTRY = Registry()
Context = dict[str, object]


@REGISTRY.add("get value", "m: context, key: string")
def _get_value(m: Context, key: str) -> object:
    return m.get(key)


@REGISTRY.add("get value", "context: context, keys: list")
def _get_nested(context: Context, keys: list[str]) -> object:
    value: object = context
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


@REGISTRY.add("get entries", "m: context")
@REGISTRY.add("get entries", "context: context")
def _get_entries(m: Context) -> list[Context]:
    return [{"key": key, "value": value} for key, value in m.items()]


@REGISTRY.add("context", "entries: list")
def _context(entries: list[object]) -> Context:
    made: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            raise Undefined("an entry needs key and value")
        if entry["key"] in made:
            raise Undefined("two entries of one key")
        made[entry["key"]] = entry["value"]
    return made


@REGISTRY.add("context put", "context: context, key: string, value: any")
def _context_put(context: Context, key: str, value: object) -> Context:
    return {**context, key: value}


@REGISTRY.add("context put", "context: context, keys: list, value: any")
def _context_put_nested(context: Context, keys: list[object], value: object) -> Context:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise Undefined("keys must be texts")
    first, rest = str(keys[0]), keys[1:]
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if len(rest) > 60:
        raise Undefined("too many keys")
    return {**context, first: _context_put_nested(inner if isinstance(inner, dict) else {}, rest, value)}


@REGISTRY.add("context merge", "contexts: list")
def _context_merge(contexts: list[object]) -> Context:
    merged: Context = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise Undefined("only contexts can be merged")
        merged.update(context)
    return merged


@REGISTRY.add("is defined", "value: any")
def _is_defined(value: object) -> bool:
    return value is not None


@REGISTRY.add("get or else", "value: any, default: any")
def _get_or_else(value: object, default: object) -> object:
    return default if value is None else value


@REGISTRY.add("is", "value1: any, value2: any")
def _is(value1: object, value2: object) -> bool:
    return value1 == value2 if type(value1) is type(value2) and str(value1) != str(value2) else same(value1, value2)
