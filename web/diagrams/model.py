"""A drawn diagram as plain values: shapes with boxes, edges with waypoints."""

from collections.abc import Iterable
from dataclasses import dataclass

Point = tuple[float, float]

CONTAINERS = frozenset({"participant", "lane"})
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = SUBPROCESSES | frozenset(
    {
        "task",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "manualTask",
        "scriptTask",
        "callActivity",
    }
)
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
CHOREOGRAPHIES = frozenset({"choreographyTask", "subChoreography", "callChoreography"})
CONVERSATIONS = frozenset({"conversation", "subConversation", "callConversation"})
FLOW_NODES = ACTIVITIES | EVENTS | GATEWAYS
DATA = frozenset({"dataObject", "dataObjectReference", "dataInput", "dataOutput", "dataStore", "dataStoreReference"})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in diagram units; the y axis points down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Return the x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Return the y of the lower side."""
        return self.y + self.height

    @property
    def cx(self) -> float:
        """Return the x of the centre."""
        return self.x + self.width / 2

    @property
    def cy(self) -> float:
        """Return the y of the centre."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """One drawn element.

    ``kind`` is the local name of the BPMN element. ``trigger`` is the kind of an event's definition
    (``none``, ``timer`` … ``multiple``). ``marks`` are drawing facts: ``loop``, ``parallel``,
    ``sequential``, ``compensation``, ``ad-hoc``, ``transaction``, ``event-subprocess``,
    ``non-interrupting``, ``throwing``, ``collapsed``, ``expanded``, ``vertical``, ``black-box``,
    ``collection``, ``many``, ``plain``, ``instantiate``, ``instantiate-parallel``,
    ``message-initiating``, ``message-answering``, ``called``, ``band``, ``band-top``, ``band-bottom``,
    ``band-answering``.
    """

    id: str
    kind: str
    name: str
    box: Box
    label_box: Box | None = None
    trigger: str = "none"
    marks: frozenset[str] = frozenset()

    @property
    def is_container(self) -> bool:
        """Return whether other shapes are drawn on top of this one."""
        return (self.kind in CONTAINERS and "band" not in self.marks) or "expanded" in self.marks


@dataclass(frozen=True, slots=True)
class Edge:
    """One drawn connection.

    ``marks`` are ``default``, ``conditional``, ``directed``, ``both`` and the message marks of a shape.
    """

    id: str
    kind: str
    name: str
    points: tuple[Point, ...]
    source: str = ""
    target: str = ""
    label_box: Box | None = None
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plane: what it shows and the name of the process or collaboration."""

    title: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]


def around(boxes: Iterable[Box], padding: float) -> Box:
    """Return the smallest box that holds all *boxes*, with *padding* on every side."""
    every = list(boxes) or [Box(0, 0, 240, 40)]
    left, top = min(box.x for box in every), min(box.y for box in every)
    right, bottom = max(box.right for box in every), max(box.bottom for box in every)
    return Box(left - padding, top - padding, right - left + 2 * padding, bottom - top + 2 * padding)


def box_of_points(points: Iterable[Point]) -> Box:
    """Return the smallest box that holds all *points*."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
