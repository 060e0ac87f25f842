"""Who talks to whom: choreographies with their participants, and conversations."""

from web.diagrams import labels
from web.diagrams.markup import line_through, path, rect
from web.diagrams.model import CHOREOGRAPHIES, CONVERSATIONS, Box, Shape

BAND = 20.0
CORNER = 10.0


def is_talk(shape: Shape) -> bool:
    """Tell whether a shape is drawn here."""
    return "band" in shape.marks or shape.kind in CHOREOGRAPHIES | CONVERSATIONS


def room_below(shape: Shape) -> float:
    """Return how far above the lower side the marks of a shape stand."""
    return BAND if shape.kind in CHOREOGRAPHIES else 0.0


def body(shape: Shape) -> str:
    """Return the outline and the inner label."""
    if "band" in shape.marks:
        return band(shape)
    return choreography(shape) if shape.kind in CHOREOGRAPHIES else conversation(shape)


def choreography(shape: Shape) -> str:
    """Return a choreography's outline with its name between the bands of its participants."""
    box, classes = shape.box, "d-box d-thick" if "called" in shape.marks else "d-box"
    room = Box(box.x, box.y + BAND, box.width, max(box.height - 2 * BAND, labels.LINE_HEIGHT))
    return rect(box, classes, CORNER) + labels.write(labels.inside(shape.name, room, "expanded" in shape.marks))


def band(shape: Shape) -> str:
    """Return one participant's band; the one who only answers is shaded."""
    box, is_top = shape.box, "band-top" in shape.marks
    corner = min(CORNER, box.height / 2)
    outer, inner = (box.y, box.bottom) if is_top else (box.bottom, box.y)
    sweep, step = (1, corner) if is_top else (0, -corner)
    outline = (
        f"M{box.x:.1f} {inner:.1f} V{outer + step:.1f} A{corner:.1f} {corner:.1f} 0 0 {sweep} {box.x + corner:.1f}"
        f" {outer:.1f} H{box.right - corner:.1f} A{corner:.1f} {corner:.1f} 0 0 {sweep} {box.right:.1f}"
        f" {outer + step:.1f} V{inner:.1f} Z"
    )
    return path(outline, "d-shaded" if "band-answering" in shape.marks else "d-box") + labels.write(
        labels.inside(shape.name, box)
    )


def conversation(shape: Shape) -> str:
    """Return a hexagon; its name stands below it."""
    box = shape.box
    inset = box.width / 4
    corners = [(box.x, box.cy), (box.x + inset, box.y), (box.right - inset, box.y), (box.right, box.cy),
               (box.right - inset, box.bottom), (box.x + inset, box.bottom)]  # fmt: skip
    return path(line_through(corners) + " Z", "d-box d-thick" if "called" in shape.marks else "d-box")
