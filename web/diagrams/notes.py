"""Short words pinned to elements of a diagram: findings, differences between versions, how late a step is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from web.diagrams.labels import width_of
from web.diagrams.markup import path, rect, tag, text
from web.diagrams.model import Box, Edge, Shape

Tone = Literal["added", "removed", "changed", "error", "warning", "trace", "heat-0", "heat-1", "heat-2", "heat-3"]
CHANGE_WORDS: Mapping[str, str] = {"added": "＋新增", "removed": "－删除", "changed": "～修改"}
HEIGHT = 17.0
_FONT_SHARE = 0.92
_SQUARE = frozenset({"removed", "error"})


@dataclass(frozen=True, slots=True)
class Note:
    """A few words, and the tone that decides the outline and colour of the slip they stand on."""

    words: str
    tone: Tone


def change_notes(changes: Mapping[str, str]) -> dict[str, Note]:
    """Return a slip for each difference between two versions."""
    tones: Mapping[str, Tone] = {"added": "added", "removed": "removed", "changed": "changed"}
    return {key: Note(CHANGE_WORDS[change], tones[change]) for key, change in changes.items() if change in tones}


def slip(place: Box, note: Note) -> str:
    """Return the words on their slip; square corners say gone or wrong, a cut corner says careful."""
    body = rect(place, "d-note-body", 2 if note.tone in _SQUARE else HEIGHT / 2)
    if note.tone in ("changed", "warning"):
        left, top, right, bottom = place.x, place.y, place.right, place.bottom
        body = path(f"M{left:.1f} {top:.1f} H{right - 5:.1f} L{right:.1f} {top + 5:.1f} V{bottom:.1f} H{left:.1f} Z",
                    "d-note-body")  # fmt: skip
    words = tag("text", {"class": "d-note-text", "x": place.x + 6, "y": place.y + 12.5}, text(note.words))
    return tag("g", {"class": f"d-note d-note-{note.tone}"}, body, words)


def on_shape(shape: Shape, note: Note) -> Box:
    """Return where a slip goes: how late a step is below it, everything else on its upper left corner."""
    width, box = width_of(note.words) * _FONT_SHARE + 12, shape.box
    if note.tone.startswith("heat"):
        return Box(box.cx - width / 2, box.bottom - HEIGHT / 2 + 3, width, HEIGHT)
    if shape.kind.endswith(("Event", "Gateway")):
        return Box(box.x - width + box.width * 0.3, box.y - HEIGHT + 4, width, HEIGHT)
    return Box(box.x - 8, box.y - HEIGHT / 2 - 2, width, HEIGHT)


def on_edge(edge: Edge, note: Note) -> Box:
    """Return where a slip goes: the middle of the longest stretch."""
    width = width_of(note.words) * _FONT_SHARE + 12
    stretches = zip(edge.points, edge.points[1:], strict=False)
    (x1, y1), (x2, y2) = max(stretches, key=lambda two: abs(two[0][0] - two[1][0]) + abs(two[0][1] - two[1][1]))
    return Box((x1 + x2) / 2 - width / 2, (y1 + y2) / 2 - HEIGHT / 2, width, HEIGHT)
