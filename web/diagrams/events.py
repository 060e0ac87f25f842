"""Circles: start, intermediate, boundary and end events with what they catch or throw."""

from web.diagrams import icons
from web.diagrams.markup import circle, moved
from web.diagrams.model import Shape

STANDARD_DIAMETER = 36.0


def body(shape: Shape) -> str:
    """Return the rings and the icon of an event.

    Thin ring: start; double ring: intermediate and boundary; thick ring: end; dashed: it does not
    interrupt; filled icon: it throws.
    """
    box = shape.box
    radius = max(min(box.width, box.height) / 2, 2.0)
    centre = (box.cx, box.cy)
    dashed = " d-dashed" if "non-interrupting" in shape.marks else ""
    thick = " d-end" if shape.kind == "endEvent" else ""
    rings = circle(centre, radius, f"d-box{dashed}{thick}")
    if shape.kind not in ("startEvent", "endEvent"):
        rings += circle(centre, radius * 0.82, f"d-ring-thin{dashed}")
    pictures = icons.THROWING if "throwing" in shape.marks else icons.CATCHING
    picture = pictures.get(shape.trigger)
    if picture is None:
        return rings
    scale = 2 * radius / STANDARD_DIAMETER * (1.0 if shape.trigger == "timer" else 0.9)
    return rings + moved(box.cx, box.cy, scale, icons.draw(picture))
