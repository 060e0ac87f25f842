"""Built-in functions on texts. Positions count characters from 1."""

import re
from decimal import Decimal

from engine.feel.builtins.patterns import compiled
from engine.feel.builtins.signature import Registry
from engine.feel.environment import Env
from engine.feel.undefined import Undefined

REGISTRY = Registry()


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value() or abs(value) > 10**15:
        raise Undefined("not a whole number")
    return int(value)


@REGISTRY.add("substring", "string: string, start position: number, length: number?")
def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    first = _whole(start)
    if first == 0:
        raise Undefined("positions start at 1")
    begin = first - 1 if first > 0 else max(0, len(text) + first)
    if length is None:
        return text[begin:]
    if length < 1:
        raise Undefined("length must be at least 1")
    return text[begin : begin + _whole(length)]


@REGISTRY.add("string length", "string: string")
def _string_length(text: str) -> Decimal:
    return Decimal(len(text))


@REGISTRY.add("upper case", "string: string")
def _upper_case(text: str) -> str:
    return text.upper()


@REGISTRY.add("lower case", "string: string")
def _lower_case(text: str) -> str:
    return text.lower()


@REGISTRY.add("trim", "string: string")
def _trim(text: str) -> str:
    return text.strip()


@REGISTRY.add("is blank", "string: string|null")
def _is_blank(text: str | None) -> bool:
    return not (text or "").strip()


@REGISTRY.add("is empty", "list: list|string|context|null")
def _is_empty(value: list[object] | str | dict[str, object] | None) -> bool:
    return not value


@REGISTRY.add("substring before", "string: string, match: string")
def _substring_before(text: str, match: str) -> str:
    position = text.find(match)
    return text[:position] if position > 0 else ""


@REGISTRY.add("substring after", "string: string, match: string")
def _substring_after(text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@REGISTRY.add("contains", "string: string, match: string")
def _contains(text: str, match: str) -> bool:
    return match in text


@REGISTRY.add("starts with", "string: string, match: string")
def _starts_with(text: str, match: str) -> bool:
    return text.startswith(match)


@REGISTRY.add("ends with", "string: string, match: string")
def _ends_with(text: str, match: str) -> bool:
    return text.endswith(match)


@REGISTRY.add("matches", "input: string, pattern: string, flags: string|null?", needs_env=True)
def _matches(env: Env, text: str, pattern: str, flags: str | None = None) -> bool:
    return compiled(env, pattern, flags, text).search(text) is not None


@REGISTRY.add("replace", "input: string, pattern: string, replacement: string, flags: string|null?", needs_env=True)
def _replace(env: Env, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    expression = compiled(env, pattern, flags, text)
    if len(replacement) * (len(text) + 1) * (1 + replacement.count("$")) > 1_000_000:
        raise Undefined("replacement too long")
    return expression.sub(lambda match: _filled(replacement, match), text)


def _filled(replacement: str, match: re.Match[str]) -> str:
    def group(reference: re.Match[str]) -> str:
        index = int(reference.group(1))
        return (match.group(index) or "") if index <= len(match.groups()) else ""

    return re.sub(r"\$(\d)", group, replacement)


@REGISTRY.add("split", "string: string, delimiter: string", needs_env=True)
def _split(env: Env, text: str, delimiter: str) -> list[str]:
    pieces, start = [], 0
    for match in compiled(env, delimiter, None, text).finditer(text):
        if match.end() > match.start():
            pieces.append(text[start : match.start()])
            start = match.end()
    return [*pieces, text[start:]]


@REGISTRY.add("extract", "input: string, pattern: string", needs_env=True)
def _extract(env: Env, text: str, pattern: str) -> list[str]:
    return [match.group() for match in compiled(env, pattern, None, text).finditer(text)]


@REGISTRY.add("string join", "list: list, delimiter: string|null?")
@REGISTRY.add("string join", "list: list, delimiter: string|null, prefix: string, suffix: string")
def _string_join(items: list[object], delimiter: str | None = None, prefix: str = "", suffix: str = "") -> str:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        raise Undefined("only texts can be joined")
    if len(delimiter or "") * len(texts) > 1_000_000:
        raise Undefined("text too long")
    return prefix + (delimiter or "").join(map(str, texts)) + suffix
