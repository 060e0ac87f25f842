"""Where words go: wrapping Chinese by the character and other words whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from web.diagrams.markup import num, tag, text
from web.diagrams.model import EVENTS, Box, Edge, Point, Shape

FONT = 12.0
LINE_HEIGHT = 15.0
OUTSIDE_WIDTH = 96.0
LONGEST_OUTSIDE = 6
NEVER_FIRST = "，。、；：！？）》」』】”’％)]}.,;:!?·"
_PIECES = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]|\s+|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]+"
)


@dataclass(frozen=True, slots=True)
class Label:
    """Placed words; ``anchor`` is ``start``, ``middle`` or ``end`` and (x, y) the top of the first line."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str = "middle"
    turned: bool = False

    @property
    def box(self) -> Box:
        """Return the estimated space the words take."""
        width, height = max(map(width_of, self.lines), default=0.0), LINE_HEIGHT * len(self.lines)
        if self.turned:
            return Box(self.x - height / 2, self.y - width / 2, height, width)
        left = {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(self.x - left, self.y, width, height)


def width_of(words: str) -> float:
    """Return the estimated width of one line in diagram units."""
    return sum(FONT * _share(char) for char in words)


def _share(char: str) -> float:
    if char >= "\u2e80":
        return 1.0
    if char in "iljtf.,:;'|! ()[]Ir":
        return 0.34
    return 0.72 if char.isupper() or char in "mw@%" else 0.56


def wrap(words: str, width: float, most: int) -> tuple[str, ...]:
    """Return at most *most* lines no wider than *width*; what does not fit ends in an ellipsis."""
    lines = [line for paragraph in words.strip().splitlines() for line in _wrap_paragraph(paragraph, width)]
    if len(lines) <= most:
        return tuple(lines)
    kept = lines[: max(most, 1)]
    last = kept[-1].rstrip()
    while last and width_of(last + "…") > width:
        last = last[:-1]
    return (*kept[:-1], last + "…")


def _wrap_paragraph(words: str, width: float) -> list[str]:
    lines, current = [], ""
    for piece in (part for match in _PIECES.findall(words) for part in _cut(match, width)):
        fits = width_of((current + piece).rstrip()) <= width or (piece in NEVER_FIRST and len(piece) == 1)
        if current and not fits:
            lines.append(current.rstrip())
            current = ""
        current += piece.lstrip() if not current else piece
    return [*lines, current.rstrip()] if current.strip() else lines


def _cut(word: str, width: float) -> list[str]:
    if word.isspace():
        return [" "]
    most = max(int(width / (FONT * 0.6)), 4)
    return [word[start : start + most] for start in range(0, len(word), most)] if width_of(word) > width else [word]


def inside(name: str, box: Box, top: bool = False) -> Label | None:
    """Return a label centred in *box*, or at its top for expanded sub-processes."""
    if not name.strip():
        return None
    most = 1 if top else max(int((box.height - 8) / LINE_HEIGHT), 1)
    lines = wrap(name, max(box.width - 14, 24), most)
    y = box.y + 8 if top else box.cy - LINE_HEIGHT * len(lines) / 2
    return Label(lines, box.cx, y)


def turned(name: str, box: Box) -> Label | None:
    """Return a label that reads upwards, centred in the narrow *box* of a pool or lane."""
    if not name.strip():
        return None
    return Label(
        wrap(name, max(box.height - 10, 24), max(int(box.width / LINE_HEIGHT), 1)), box.cx, box.cy, "middle", True
    )


def outside(shape: Shape, ends: Sequence[Point]) -> Label | None:
    """Return the label of an event, gateway or data shape; *ends* are where edges touch it."""
    if not shape.name.strip():
        return None
    if shape.label_box is not None:
        return _at(shape.name, shape.label_box)
    lines = wrap(shape.name, OUTSIDE_WIDTH, LONGEST_OUTSIDE)
    box, height = shape.box, LINE_HEIGHT * len(lines)
    is_taken_above = any(abs(x - box.cx) < 6 and y <= box.y + 2 for x, y in ends)
    is_taken_below = any(abs(x - box.cx) < 6 and y >= box.bottom - 2 for x, y in ends)
    if shape.kind.endswith("Gateway") and not is_taken_above:
        return Label(lines, box.cx, box.y - 4 - height)
    if not is_taken_below:
        return Label(lines, box.cx, box.bottom + 4)
    if shape.kind in EVENTS:
        return Label(lines, box.x - 1, box.bottom - 2, "end")
    return Label(lines, box.right - 6, box.y - height + 4, "start")


def _at(name: str, box: Box) -> Label:
    width = max(box.width, OUTSIDE_WIDTH if len(name) > 8 else 48.0)
    return Label(wrap(name, width, LONGEST_OUTSIDE), box.cx, box.y)


def beside(edge: Edge) -> Label | None:
    """Return the label of an edge: near its first long stretch, above it or to its right."""
    if not edge.name.strip():
        return None
    if edge.label_box is not None:
        return _at(edge.name, edge.label_box)
    lines = wrap(edge.name, OUTSIDE_WIDTH, 4)
    stretches = list(zip(edge.points, edge.points[1:], strict=False))
    (x1, y1), (x2, y2) = next((s for s in stretches if _length(s) >= 28), max(stretches, key=_length))
    if abs(y1 - y2) <= abs(x1 - x2):
        return Label(lines, (x1 + x2) / 2, (y1 + y2) / 2 - 3 - LINE_HEIGHT * len(lines))
    return Label(lines, (x1 + x2) / 2 + 5, (y1 + y2) / 2 - LINE_HEIGHT * len(lines) / 2, "start")


def _length(stretch: tuple[Point, Point]) -> float:
    (x1, y1), (x2, y2) = stretch
    return abs(x1 - x2) + abs(y1 - y2)


def write(label: Label | None, classes: str = "d-text") -> str:
    """Return the label's markup, or nothing."""
    if label is None or not label.lines:
        return ""
    first = FONT * 0.95
    if label.turned:
        offset = -LINE_HEIGHT * len(label.lines) / 2
        spans = _spans(label.lines, 0, offset + first)
        turn = f"translate({num(label.x)} {num(label.y)}) rotate(-90)"
        return tag("text", {"class": classes, "text-anchor": "middle", "transform": turn}, spans)
    return tag("text", {"class": classes, "text-anchor": label.anchor}, _spans(label.lines, label.x, label.y + first))


def _spans(lines: Sequence[str], x: float, y: float) -> str:
    return "".join(tag("tspan", {"x": x, "y": y + LINE_HEIGHT * index}, text(line)) for index, line in enumerate(lines))
