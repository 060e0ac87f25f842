"""Calling functions: those of the case, those given from outside, and the built-in ones."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import ExpressionFailed
from engine.feel.builtins import BUILTINS
from engine.feel.environment import Env
from engine.feel.undefined import Undefined
from engine.feel.values import FeelFunction, from_json, is_function, to_json


@dataclass(frozen=True, slots=True)
class FunctionName:
    """The name of a function, not yet looked up."""

    name: str


def call_function(
    function: object, positional: Sequence[object], named: Mapping[str, object] | None, env: Env
) -> object:
    """Call *function*, a value or a name, and return its answer; null if the arguments do not fit.

    A name is looked for among the variables, then among the functions given from outside, then
    among the built-in ones.
    """
    env.budget.spend()
    env.charge(*positional, *(named or {}).values())
    if isinstance(function, FunctionName):
        return _call_named(function.name, positional, named, env)
    return env.invoke(lambda: _callable(function, "this value").call(positional, named))


def _callable(value: object, name: str) -> FeelFunction:
    if not is_function(value):
        raise Undefined(f"{name} is not a function")
    return value  # type: ignore[return-value]


def _call_named(name: str, positional: Sequence[object], named: Mapping[str, object] | None, env: Env) -> object:
    known, value = env.find(name)
    if known and is_function(value):
        return env.invoke(lambda: _callable(value, name).call(positional, named))
    if name in env.functions:
        return env.limited(_call_given(name, env.functions[name], positional, named))
    if name in BUILTINS:
        return env.invoke(lambda: BUILTINS[name].call(positional, named, env))
    raise Undefined(f"there is no function {name!r}")


def _call_given(
    name: str, function: Callable[..., object], positional: Sequence[object], named: Mapping[str, object] | None
) -> object:
    """Call a function from outside with plain JSON; names of arguments have ``_`` for blanks."""
    args = [to_json(item) for item in positional]
    kwargs = {key.replace(" ", "_"): to_json(item) for key, item in (named or {}).items()}
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as exc:
        raise ExpressionFailed(reason=f"函数 {name} 的参数不符：{exc}") from None
    return from_json(function(*args, **kwargs))
