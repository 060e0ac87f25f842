"""Breaks the text of a letter into lines the Chinese way: anywhere, but closing marks never begin a line."""

import re
from collections.abc import Callable, Iterator

_UNIT = re.compile(
    r"[“‘（〔《【(\[]*"  # opening marks stay with what follows
    r"(?:\d[\d.,:%/-]*\s?[\u4e00-\u9fff]?|[A-Za-z][\w.@/-]*|\s|.)"  # a number keeps what it counts
    r"[”’）〕》】)\].,;:!?，。、；：！？％…]*"  # closing marks stay with what precedes
)
Measure = Callable[[str], float]


def lines_of(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Yield the lines of a text that are at most *width* wide."""
    for paragraph in text.splitlines():
        line = ""
        for unit in _units(paragraph, width, measure):
            if line and measure(line + unit.rstrip()) > width:
                yield line.rstrip()
                line = unit.lstrip()
            else:
                line += unit
        yield line.rstrip()


def _units(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Yield what stays together; what is wider than a line comes character by character."""
    for unit in _UNIT.findall(text):
        yield from unit if measure(unit) > width else (unit,)
