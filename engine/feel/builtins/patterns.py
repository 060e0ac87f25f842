"""Regular expressions that cannot hang: the work a pattern may cause is bounded beforehand.

Python's engine backtracks. A pattern in which no repeated group contains a choice or a repetition
tries at most ``length ** unbounded * 2 ** optional`` ways from each position, so that product is limited.
"""

import re
from functools import lru_cache

from engine.feel.environment import Env
from engine.feel.undefined import Undefined

MAX_PATTERN = 300
MAX_WORK = 4_000_000

_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_COUNTED = re.compile(r"\{(\d+)(,?)(\d*)\}")
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
_REFUSED = re.compile(r"\\[1-9]|\(\?(?!:)|\\[gk]")


def compiled(env: Env, pattern: str, flags: str | None, text: str) -> re.Pattern[str]:
    """Return *pattern* compiled for use on *text*, charged for in advance, or raise ``Undefined``."""
    expression, unbounded, doublings = _compiled(pattern, flags or "")
    starts = 0 if pattern.startswith("^") and "|" not in pattern and "m" not in (flags or "") else 1
    work: int = (len(text) + 1) ** (unbounded + starts) * 2 ** min(doublings, 24)
    if work > MAX_WORK:
        raise Undefined("the pattern is too costly for a text of this length")
    env.budget.spend(work // 200)
    return expression


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> tuple[re.Pattern[str], int, int]:
    if len(pattern) > MAX_PATTERN or not set(flags) <= set(_FLAGS):
        raise Undefined("pattern or flags not supported")
    bits = 0
    for flag in flags:
        bits |= _FLAGS[flag]
    if _REFUSED.search(pattern):
        raise Undefined("back references and look-around are not supported")
    unbounded, doublings = _cost(_ESCAPED.sub("a", _CLASS.sub("a", pattern)))
    try:
        return re.compile(pattern, bits), unbounded, doublings
    except (re.error, OverflowError, RecursionError):
        raise Undefined("not a regular expression") from None


def _cost(skeleton: str) -> tuple[int, int]:
    """Return how many unbounded repetitions and how many choices the pattern contains."""
    unbounded = doublings = 0
    branching = [False]
    position = 0
    while position < len(skeleton):
        symbol = skeleton[position]
        counted = _COUNTED.match(skeleton, position)
        if symbol == "(":
            branching.append(False)
        elif symbol == ")" and len(branching) > 1:
            inner = branching.pop()
            if inner and re.match(r"[*+{]", skeleton[position + 1 :]):
                raise Undefined("a repeated group must not contain a choice or a repetition")
            branching[-1] = branching[-1] or inner
        elif symbol in "*+" or counted:
            unbounded += 1
            branching[-1] = True
        elif symbol in "?|":
            doublings += _is_choice(skeleton, position)
            branching[-1] = True
        position = counted.end() if counted else position + 1
    return unbounded, doublings


def _is_choice(skeleton: str, position: int) -> bool:
    """Tell a choice from the ``?`` of ``(?:`` and of a lazy repetition."""
    before = skeleton[position - 1] if position else ""
    return skeleton[position] == "|" or before not in "(*+?}"
