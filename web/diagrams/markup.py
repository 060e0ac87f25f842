"""Writing SVG as text: escaping, numbers and the few tags the diagrams need."""

from collections.abc import Iterable, Mapping
from html import escape

from web.diagrams.model import Box, Point


def num(value: float) -> str:
    """Return *value* with at most one decimal and no trailing zero."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def tag(name: str, attributes: Mapping[str, str | float], *content: str) -> str:
    """Return one element; attribute values are escaped, *content* is markup already."""
    parts = [f' {key}="{_value(value)}"' for key, value in attributes.items() if value != ""]
    inner = "".join(content)
    return f"<{name}{''.join(parts)}>{inner}</{name}>" if inner else f"<{name}{''.join(parts)}/>"


def _value(value: str | float) -> str:
    return num(value) if isinstance(value, (int, float)) else escape(_printable(value))


def text(value: str) -> str:
    """Return *value* escaped for use between tags."""
    return escape(_printable(value), quote=False)


def _printable(value: str) -> str:
    return "".join(char if char >= " " else " " for char in value)


def rect(box: Box, classes: str, radius: float = 0) -> str:
    """Return a rectangle."""
    size: dict[str, str | float] = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    return tag("rect", {"class": classes, **size, "rx": radius or ""})


def circle(centre: Point, radius: float, classes: str) -> str:
    """Return a circle."""
    return tag("circle", {"class": classes, "cx": centre[0], "cy": centre[1], "r": radius})


def path(data: str, classes: str) -> str:
    """Return a path with *data* in diagram units."""
    return tag("path", {"class": classes, "d": data})


def line_through(points: Iterable[Point]) -> str:
    """Return path data for a line through *points*."""
    return "M" + " L".join(f"{num(x)} {num(y)}" for x, y in points)


def moved(x: float, y: float, scale: float, *content: str) -> str:
    """Return *content* drawn at (*x*, *y*) and scaled."""
    factor = f" scale({scale:.3f})" if abs(scale - 1) > 0.01 else ""
    return tag("g", {"transform": f"translate({num(x)} {num(y)}){factor}"}, *content)
