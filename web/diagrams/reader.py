"""Reading the drawn part of a BPMN file into plain values."""

import math
from collections.abc import Iterable

from web.diagrams import facts
from web.diagrams.document import Document, Element, children, local
from web.diagrams.model import SUBPROCESSES, Box, Drawing, Edge, Point, Shape

UNREADABLE_COORDINATE = 1_000_000.0


def read_drawing(document: Document, process_id: str | None) -> Drawing:
    """Return the plane that shows *process_id*, or the first plane when None or not drawn anywhere."""
    plane = _plane_for(document, process_id)
    if plane is None:
        return Drawing(_title(document, None), (), ())
    drawn = [item for item in children(plane) if local(item) in ("BPMNShape", "BPMNEdge")]
    hidden = _inside_collapsed(document, plane, drawn)
    shapes = [_shape(document, item) for item in drawn if local(item) == "BPMNShape"]
    edges = [_edge(document, item) for item in drawn if local(item) == "BPMNEdge"]
    return Drawing(
        _title(document, plane),
        tuple(shape for shape in shapes if shape is not None and shape.id not in hidden),
        tuple(edge for edge in edges if edge is not None and edge.id not in hidden),
    )


def _plane_for(document: Document, process_id: str | None) -> Element | None:
    planes = document.planes()
    if process_id is None:
        return next(iter(planes), None)
    exact = [plane for plane in planes if plane.get("bpmnElement") == process_id]
    return next(iter([*exact, *(plane for plane in planes if _shows(document, plane, process_id)), *planes]), None)


def _shows(document: Document, plane: Element, process_id: str) -> bool:
    target = document.find(plane.get("bpmnElement"))
    if target is None:
        return False
    return any(
        (part.get("processRef") or "").rpartition(":")[2] == process_id for part in children(target, "participant")
    )


def _title(document: Document, plane: Element | None) -> str:
    target = document.find(plane.get("bpmnElement")) if plane is not None else None
    if target is not None and target.get("name"):
        return str(target.get("name"))
    processes = [element for element in children(document.root, "process") if element.get("name")]
    return str(processes[0].get("name")) if processes else ""


def _inside_collapsed(document: Document, plane: Element, drawn: Iterable[Element]) -> set[str]:
    hidden: set[str] = set()
    for item in drawn:
        if item.get("isExpanded") != "false":
            continue
        element = document.find(item.get("bpmnElement"))
        if element is not None and local(element) in SUBPROCESSES:
            hidden |= {str(child.get("id")) for child in element.iterdescendants() if child.get("id")}
    return hidden


def _shape(document: Document, item: Element) -> Shape | None:
    element, box = document.find(item.get("bpmnElement")), _bounds(item)
    if element is None or box is None:
        return None
    return Shape(
        id=str(element.get("id")),
        kind=local(element),
        name=facts.name_of(document, element),
        box=box,
        label_box=_label(item),
        trigger=facts.trigger_of(element),
        marks=facts.marks_of(document, element, item),
    )


def _edge(document: Document, item: Element) -> Edge | None:
    element, points = document.find(item.get("bpmnElement")), _waypoints(item)
    if element is None or len(points) < 2:
        return None
    source, target = facts.ends_of(document, element)
    return Edge(
        id=str(element.get("id")),
        kind=local(element),
        name=facts.name_of(document, element),
        points=points,
        source=source,
        target=target,
        label_box=_label(item),
        marks=facts.edge_marks_of(document, element, item),
    )


def _label(item: Element) -> Box | None:
    for label in children(item, "BPMNLabel"):
        box = _bounds(label)
        if box is not None and box.width >= 1 and (box.x, box.y) != (0, 0):
            return box
    return None


def _bounds(item: Element) -> Box | None:
    for bounds in children(item, "Bounds"):
        values = [_number(bounds.get(key)) for key in ("x", "y", "width", "height")]
        if None not in values:
            x, y, width, height = (value for value in values if value is not None)
            return Box(x, y, max(width, 0.0), max(height, 0.0))
    return None


def _waypoints(item: Element) -> tuple[Point, ...]:
    points: list[Point] = []
    for waypoint in children(item, "waypoint"):
        x, y = _number(waypoint.get("x")), _number(waypoint.get("y"))
        if x is not None and y is not None and (x, y) not in points[-1:]:
            points.append((x, y))
    return tuple(points)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < UNREADABLE_COORDINATE else None
