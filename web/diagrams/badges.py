"""The sign of a state at a shape's upper right corner; told apart by form, not only by colour."""

from web.diagrams import icons
from web.diagrams.labels import width_of
from web.diagrams.markup import circle, moved, rect, tag, text
from web.diagrams.model import Box, Shape
from web.diagrams.states import ElementState

RADIUS = 9.0
LONGEST_NOTE = 8


def badge(shape: Shape, state: ElementState) -> str:
    """Return a round badge, or a pill when there is a count or a short note to read."""
    words = _words(state)
    x, y = _corner(shape)
    sign = icons.draw(icons.STATE_SIGNS[state.state])
    if not words:
        return tag("g", {"class": "d-badge"}, circle((x, y), RADIUS, "d-badge-body"), moved(x, y, 1, sign))
    width = width_of(words) * 0.92 + 2 * RADIUS + 6
    pill = rect(Box(x - RADIUS, y - RADIUS, width, 2 * RADIUS), "d-badge-body", RADIUS)
    label = tag("text", {"class": "d-badge-text", "x": x + RADIUS, "y": y + 4}, text(words))
    return tag("g", {"class": "d-badge"}, pill, moved(x, y, 1, sign), label)


def _words(state: ElementState) -> str:
    count = f"×{state.count}" if state.count > 1 else ""
    note = state.note if 0 < len(state.note) <= LONGEST_NOTE else ""
    return f"{count} {note}".strip()


def _corner(shape: Shape) -> tuple[float, float]:
    box = shape.box
    if shape.kind.endswith("Gateway"):
        return box.cx + box.width * 0.3, box.cy - box.height * 0.3
    if shape.kind.endswith("Event"):
        return box.cx + box.width * 0.36, box.cy - box.height * 0.36
    return box.right - 4, box.y


def badge_box(shape: Shape, state: ElementState) -> Box:
    """Return the space the badge takes."""
    x, y = _corner(shape)
    return Box(x - RADIUS, y - RADIUS, width_of(_words(state)) + 2 * RADIUS + 6, 2 * RADIUS)
