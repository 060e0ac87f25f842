"""The sign of a state at a corner of a shape where it covers no words; told apart by form, not only by colour."""

from collections.abc import Iterator, Sequence

from web.diagrams import icons
from web.diagrams.labels import width_of
from web.diagrams.markup import circle, moved, rect, tag, text
from web.diagrams.model import Box, Shape
from web.diagrams.states import ElementState

RADIUS = 9.0
LONGEST_NOTE = 8


def badge(shape: Shape, state: ElementState, words: Sequence[Box] = ()) -> str:
    """Return a round badge, or a pill when there is a count or a short note to read; it covers none of the *words*."""
    told = _told(state)
    place = badge_box(shape, state, words)
    x, y = place.x + RADIUS, place.cy
    sign = icons.draw(icons.STATE_SIGNS[state.state])
    if not told:
        return tag("g", {"class": "d-badge"}, circle((x, y), RADIUS, "d-badge-body"), moved(x, y, 1, sign))
    pill = rect(place, "d-badge-body", RADIUS)
    label = tag("text", {"class": "d-badge-text", "x": x + RADIUS, "y": y + 4}, text(told))
    return tag("g", {"class": "d-badge"}, pill, moved(x, y, 1, sign), label)


def badge_box(shape: Shape, state: ElementState, words: Sequence[Box] = ()) -> Box:
    """Return the space the badge takes: the first place from the upper right corner on that covers no *words*."""
    told = _told(state)
    width = width_of(told) * 0.92 + 2 * RADIUS + 6 if told else 2 * RADIUS
    places = list(_places(shape, width))
    return next((place for place in places if not any(_meet(place, one) for one in words)), places[0])


def _told(state: ElementState) -> str:
    count = f"×{state.count}" if state.count > 1 else ""
    note = state.note if 0 < len(state.note) <= LONGEST_NOTE else ""
    return f"{count} {note}".strip()


def _places(shape: Shape, width: float) -> Iterator[Box]:
    """Return places at the corners, then beside the shape, then along its upper and lower side, outside first."""
    box, (dx, dy) = shape.box, _corner(shape)
    right, left = box.cx + dx - RADIUS, box.cx - dx + RADIUS - width
    for x in (right, left):
        for y in (box.cy - dy, box.cy + dy):
            yield Box(x, y - RADIUS, width, 2 * RADIUS)
    for gap in (0.0, 10.0, 20.0, 30.0):
        for x in (box.right + gap, box.x - width - gap):
            for y in (box.y - 2 * RADIUS, box.cy - RADIUS, box.bottom):
                yield Box(x, y, width, 2 * RADIUS)
        for y in (box.y - 2 * RADIUS - gap, box.bottom + gap):
            yield Box(box.cx - width / 2, y, width, 2 * RADIUS)


def _corner(shape: Shape) -> tuple[float, float]:
    """Return how far the middle of a sign at a corner is from the middle of the shape."""
    box = shape.box
    if shape.kind.endswith("Gateway"):
        return box.width * 0.3, box.height * 0.3
    if shape.kind.endswith("Event"):
        return box.width * 0.36, box.height * 0.36
    return box.width / 2 - 4, box.height / 2


def _meet(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
