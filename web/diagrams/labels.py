"""Where words go: wrapping Chinese by the character and other words whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from web.diagrams.markup import num, tag, text
from web.diagrams.model import EVENTS, Box, Edge, Point, Shape

FONT = 12.0
LINE_HEIGHT = 15.0
OUTSIDE_FONT = 11.0
OUTSIDE_LINE = 13.0
OUTSIDE_WIDTH = 96.0
LONGEST_OUTSIDE = 6
NEVER_FIRST = "，。、；：！？）》」』】”’％)]}.,;:!?·"
_WIDE = r"\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[{_WIDE}]|\s+|[^\s{_WIDE}/-]*[/-]|[^\s{_WIDE}/-]+")


@dataclass(frozen=True, slots=True)
class Label:
    """Placed words; ``anchor`` is ``start``, ``middle`` or ``end`` and (x, y) the top of the first line.

    ``turned`` words read upwards and are centred on (x, y); ``is_outside`` words are a little smaller.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str = "middle"
    turned: bool = False
    is_outside: bool = False

    @property
    def line_height(self) -> float:
        """Return the distance between two lines."""
        return OUTSIDE_LINE if self.is_outside else LINE_HEIGHT

    @property
    def box(self) -> Box:
        """Return the estimated space the words take."""
        share = OUTSIDE_FONT / FONT if self.is_outside else 1.0
        width, height = max(map(width_of, self.lines), default=0.0) * share, self.line_height * len(self.lines)
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
    return 0.72 if char.isupper() or char in "mw@%×" else 0.56


def wrap(words: str, width: float, most: int) -> tuple[str, ...]:
    """Return at most *most* lines no wider than *width*; what does not fit ends in an ellipsis."""
    lines = [line for paragraph in words.strip().splitlines() for line in _wrap_paragraph(paragraph, width)]
    if len(lines) <= most:
        return tuple(_balanced(words.strip(), width, lines))
    kept = lines[: max(most, 1)]
    last = kept[-1].rstrip()
    while last and width_of(last + "…") > width:
        last = last[:-1]
    return (*kept[:-1], last + "…")


def _balanced(words: str, width: float, lines: list[str]) -> list[str]:
    """Return the words in as many lines, but of similar length: no single character left over."""
    if len(lines) < 2 or "\n" in words:
        return lines
    narrow = max(width_of(words) / len(lines), *(min(width_of(piece), width) for piece in _PIECES.findall(words)))
    while narrow < width:
        tried = _wrap_paragraph(words, narrow)
        if len(tried) == len(lines):
            return tried
        narrow += FONT / 2
    return lines


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
    return (
        [word[start : start + most] for start in range(0, len(word), most)] if width_of(word) > 1.2 * width else [word]
    )


def inside(name: str, box: Box, top: bool = False) -> Label | None:
    """Return a label centred in *box*, or at its top for expanded sub-processes."""
    if not name.strip():
        return None
    most = 1 if top else max(int((box.height - 6) / LINE_HEIGHT), 1)
    lines = wrap(name, max(box.width - 8, 24), most)
    y = box.y + 8 if top else box.cy - LINE_HEIGHT * len(lines) / 2
    return Label(lines, box.cx, y)


def below_icon(label: Label | None, icon: Box, room: Box) -> Label | None:
    """Return *label* moved down until it clears *icon*, as far as there is room."""
    if label is None or label.box.x >= icon.right or label.y >= icon.bottom:
        return label
    lowest = room.bottom - 2 - label.box.height
    return replace(label, y=max(label.y, min(icon.bottom, lowest)))


def turned(name: str, box: Box) -> Label | None:
    """Return a label that reads upwards, centred in the narrow *box* of a pool or lane."""
    if not name.strip():
        return None
    lines = wrap(name, max(box.height - 10, 24), max(int(box.width / LINE_HEIGHT), 1))
    return Label(lines, box.cx, box.cy, turned=True)


def outside(shape: Shape, ends: Sequence[Point]) -> Label | None:
    """Return the label of an event, gateway or data shape; *ends* are where edges touch it."""
    if not shape.name.strip():
        return None
    if shape.label_box is not None:
        return _at(shape.name, shape.label_box, is_above=shape.label_box.cy < shape.box.y)
    box, lines = shape.box, _outside_lines(shape.name, OUTSIDE_WIDTH, LONGEST_OUTSIDE)
    height = OUTSIDE_LINE * len(lines)
    is_taken_above = any(abs(x - box.cx) < 6 and y <= box.y + 2 for x, y in ends)
    is_taken_below = any(abs(x - box.cx) < 6 and y >= box.bottom - 2 for x, y in ends)
    if shape.kind.endswith("Gateway") and not is_taken_above:
        return Label(lines, box.cx, box.y - 4 - height, is_outside=True)
    if not is_taken_below:
        return Label(lines, box.cx, box.bottom + 4, is_outside=True)
    if shape.kind in EVENTS:
        return Label(lines, box.x - 1, box.bottom - 2, "end", is_outside=True)
    return Label(lines, box.cx - 10, box.y - height + 6, "end", is_outside=True)


def _at(name: str, box: Box, *, is_above: bool) -> Label:
    lines = _outside_lines(name, max(box.width, OUTSIDE_WIDTH), LONGEST_OUTSIDE)
    height = OUTSIDE_LINE * len(lines)
    return Label(lines, box.cx, min(box.y, box.bottom - height) if is_above else box.y, is_outside=True)


def _outside_lines(name: str, width: float, most: int) -> tuple[str, ...]:
    return wrap(name, width * FONT / OUTSIDE_FONT, most)


def beside(edge: Edge) -> Label | None:
    """Return the label of an edge: near its first long stretch, above it or to its right."""
    if not edge.name.strip():
        return None
    if edge.label_box is not None:
        return _at(edge.name, edge.label_box, is_above=False)
    lines = _outside_lines(edge.name, OUTSIDE_WIDTH, 4)
    stretches = list(zip(edge.points, edge.points[1:], strict=False))
    (x1, y1), (x2, y2) = next((s for s in stretches if _length(s) >= 28), max(stretches, key=_length))
    x, y, height = (x1 + x2) / 2, (y1 + y2) / 2, OUTSIDE_LINE * len(lines)
    if abs(y1 - y2) <= abs(x1 - x2):
        return Label(lines, x, y - 3 - height, is_outside=True)
    return Label(lines, x + 5, y - height / 2, "start", is_outside=True)


def _length(stretch: tuple[Point, Point]) -> float:
    (x1, y1), (x2, y2) = stretch
    return abs(x1 - x2) + abs(y1 - y2)


def write(label: Label | None, classes: str = "d-text") -> str:
    """Return the label's markup, or nothing."""
    if label is None or not label.lines:
        return ""
    attributes: dict[str, str | float] = {"class": classes, "text-anchor": label.anchor}
    if label.is_outside:
        attributes["font-size"] = OUTSIDE_FONT
    if label.turned:
        attributes["transform"] = f"translate({num(label.x)} {num(label.y)}) rotate(-90)"
        return tag("text", attributes, _spans(label, 0, -label.line_height * len(label.lines) / 2))
    return tag("text", attributes, _spans(label, label.x, label.y))


def _spans(label: Label, x: float, y: float) -> str:
    first = y + FONT * 0.95
    return "".join(
        tag("tspan", {"x": x, "y": first + label.line_height * index}, text(line))
        for index, line in enumerate(label.lines)
    )
