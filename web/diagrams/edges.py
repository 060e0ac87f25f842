"""Lines between shapes: flows, messages and associations with their ends."""

import math
from collections.abc import Sequence

from web.diagrams import labels
from web.diagrams.markup import circle, line_through, num, path, rect
from web.diagrams.model import Box, Edge, Point

CURVE = 6.0
CLASSES = {
    "sequenceFlow": "d-flow",
    "messageFlow": "d-flow d-message",
    "conversationLink": "d-flow d-conversation",
}
ASSOCIATION = "d-flow d-association"


def body(edge: Edge) -> str:
    """Return the line with rounded corners and its end marks."""
    points = edge.points
    line = path(_rounded(points), CLASSES.get(edge.kind, ASSOCIATION))
    return line + _ends(edge) + _message(edge)


def words(edge: Edge) -> str:
    """Return the label of the edge."""
    return labels.write(labels.beside(edge), "d-text d-halo")


def _rounded(points: Sequence[Point]) -> str:
    parts = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        bend = min(CURVE, _distance(before, corner) / 2, _distance(corner, after) / 2)
        parts.append(
            f"L{_pair(_towards(corner, before, bend))} Q{_pair(corner)} {_pair(_towards(corner, after, bend))}"
        )
    return " ".join([*parts, f"L{_pair(points[-1])}"])


def _ends(edge: Edge) -> str:
    first, second, before, last = edge.points[0], edge.points[1], edge.points[-2], edge.points[-1]
    if edge.kind == "sequenceFlow":
        return path(_arrow(before, last, 9, 4), "d-arrow") + _flow_start(edge, first, second)
    if edge.kind == "messageFlow":
        return path(_arrow(before, last, 9, 4.5), "d-arrow-open") + circle(first, 3.5, "d-arrow-open")
    marks = path(_chevron(before, last), "d-flow") if "directed" in edge.marks else ""
    return marks + (path(_chevron(second, first), "d-flow") if "both" in edge.marks else "")


def _flow_start(edge: Edge, first: Point, second: Point) -> str:
    if "conditional" in edge.marks:
        middle, end = _towards(first, second, 7), _towards(first, second, 14)
        dx, dy = _across(first, second, 4)
        sides = [first, (middle[0] + dx, middle[1] + dy), end, (middle[0] - dx, middle[1] - dy)]
        return path(line_through(sides) + " Z", "d-arrow-open")
    if "default" in edge.marks:
        near, far = _towards(first, second, 6), _towards(first, second, 11)
        dx, dy = _across(first, second, 5)
        return path(line_through([(far[0] + dx, far[1] + dy), (near[0] - dx, near[1] - dy)]), "d-flow")
    return ""


def _message(edge: Edge) -> str:
    found = {"message-initiating": "d-paper", "message-answering": "d-shaded"}
    classes = next((found[mark] for mark in edge.marks if mark in found), None)
    if classes is None:
        return ""
    (x1, y1), (x2, y2) = edge.points[(len(edge.points) - 1) // 2 : (len(edge.points) - 1) // 2 + 2]
    box = Box((x1 + x2) / 2 - 11, (y1 + y2) / 2 - 7, 22, 14)
    flap = line_through([(box.x, box.y), (box.cx, box.cy + 1), (box.right, box.y)])
    return rect(box, classes) + path(flap, "d-line")


def _arrow(before: Point, tip: Point, length: float, half: float) -> str:
    base = _towards(tip, before, length)
    dx, dy = _across(before, tip, half)
    return line_through([(base[0] + dx, base[1] + dy), tip, (base[0] - dx, base[1] - dy)]) + " Z"


def _chevron(before: Point, tip: Point) -> str:
    base = _towards(tip, before, 7)
    dx, dy = _across(before, tip, 4)
    return line_through([(base[0] + dx, base[1] + dy), tip, (base[0] - dx, base[1] - dy)])


def _distance(one: Point, other: Point) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])


def _towards(start: Point, target: Point, by: float) -> Point:
    share = by / (_distance(start, target) or 1.0)
    return start[0] + (target[0] - start[0]) * share, start[1] + (target[1] - start[1]) * share


def _across(start: Point, end: Point, by: float) -> Point:
    share = by / (_distance(start, end) or 1.0)
    return -(end[1] - start[1]) * share, (end[0] - start[0]) * share


def _pair(point: Point) -> str:
    return f"{num(point[0])} {num(point[1])}"
