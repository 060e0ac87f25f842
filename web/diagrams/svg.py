"""A whole diagram as one SVG element, with states, links and changes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from web.diagrams import badges, edges, events, labels, shapes
from web.diagrams.document import open_document
from web.diagrams.kinds import spoken
from web.diagrams.markup import num, tag, text
from web.diagrams.model import (
    CONVERSATIONS,
    DATA,
    EVENTS,
    GATEWAYS,
    Box,
    Drawing,
    Edge,
    Point,
    Shape,
    around,
    box_of_points,
)
from web.diagrams.notes import Note, change_notes, on_edge, on_shape, slip
from web.diagrams.reader import read_drawing
from web.diagrams.states import ElementState, TokenStates

PADDING = 14.0
LABELLED_OUTSIDE = EVENTS | GATEWAYS | DATA | CONVERSATIONS
CHANGE_LABELS = {"added": "新增", "removed": "删除", "changed": "修改"}


def render_svg(
    bpmn_xml: bytes,
    tokens: TokenStates | None = None,
    *,
    process_id: str | None = None,
    links: Mapping[str, str] | None = None,
    notes: Mapping[str, Note] | None = None,
    changes: Mapping[str, str] | None = None,
) -> str:
    """Return the diagram of *process_id* (by default the first) as an ``<svg class="bpmn">`` element.

    Every shape and edge carries ``data-element-id``. Colours come from ``diagram.css`` alone.

    Args:
        bpmn_xml: the file; its drawn layout (BPMN DI) is used as it is.
        tokens: what to show of a running case.
        process_id: id of a process or, for a drawn-out sub-process, of that sub-process.
        links: address for an element id; the shape becomes a link.
        notes: a few words pinned to an element.
        changes: ``added``, ``removed`` or ``changed`` for an element id (see ``changed_elements``).

    Raises:
        DefinitionInvalid: the file is not readable XML.
    """
    drawing = read_drawing(open_document(bpmn_xml), process_id)
    pinned = {**change_notes(changes or {}), **(notes or {})}
    picture = _Picture(drawing, tokens or TokenStates(), links or {}, changes or {}, pinned)
    return picture.markup()


class _Picture:
    """One drawing with what is known about its elements."""

    def __init__(
        self, drawing: Drawing, tokens: TokenStates, links: Mapping[str, str], changes: Mapping[str, str],
        pinned: Mapping[str, Note],
    ) -> None:  # fmt: skip
        self._drawing, self._tokens, self._links, self._changes = drawing, tokens, links, changes
        self._notes = pinned
        self._ends: dict[str, list[Point]] = defaultdict(list)
        for edge in drawing.edges:
            self._ends[edge.source].append(edge.points[0])
            self._ends[edge.target].append(edge.points[-1])
        flows = [edge for edge in drawing.edges if edge.kind == "sequenceFlow"]
        self._taken = tuple(self._words())
        self._into, self._out_of = Counter(e.target for e in flows), Counter(e.source for e in flows)

    def markup(self) -> str:
        """Return the svg element."""
        title = self._drawing.title
        frame = around(self._extent(), PADDING)
        attributes: dict[str, str | float] = {
            "class": "bpmn",
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": " ".join(num(value) for value in (frame.x, frame.y, frame.width, frame.height)),
            "width": frame.width,
            "height": frame.height,
            "role": "group",
            "aria-label": f"流程图：{title}" if title else "流程图",
            "font-size": labels.FONT,
        }
        if not self._drawing.shapes:
            return tag("svg", attributes, labels.write(labels.Label(("此流程没有绘制图形，请看文字版。",), 120, 12)))
        return tag("svg", attributes, *self._layers())

    def _layers(self) -> Iterator[str]:
        containers = sorted((s for s in self._drawing.shapes if s.is_container), key=_paint_order)
        others = [shape for shape in self._drawing.shapes if not shape.is_container]
        yield from (self._shape(shape) for shape in containers)
        yield from (self._edge(edge) for edge in self._drawing.edges if edge.kind != "messageFlow")
        yield from (self._shape(shape) for shape in sorted(others, key=_on_top))
        yield from (self._edge(edge) for edge in self._drawing.edges if edge.kind == "messageFlow")
        yield from (edges.words(edge) for edge in self._drawing.edges if edge.name)
        yield from (labels.write(label, "d-text d-halo") for label in self._outside_labels())
        for shape in self._drawing.shapes:
            state = self._tokens.of(shape.id)
            if state is not None:
                yield tag(
                    "g", {"class": f"is-{state.state}", "aria-hidden": "true"}, badges.badge(shape, state, self._taken)
                )
        yield from (slip(place, note) for place, note in self._slips())

    def _slips(self) -> Iterator[tuple[Box, Note]]:
        for edge in self._drawing.edges:
            if edge.id in self._notes:
                yield on_edge(edge, self._notes[edge.id]), self._notes[edge.id]
        for shape in self._drawing.shapes:
            if shape.id in self._notes:
                yield on_shape(shape, self._notes[shape.id]), self._notes[shape.id]

    def _outside_labels(self) -> Iterator[labels.Label]:
        for shape in self._drawing.shapes:
            if shape.kind in LABELLED_OUTSIDE or shape.kind == "group":
                label = labels.outside(shape, self._ends[shape.id])
                if label is not None:
                    yield label

    def _words(self) -> Iterator[Box]:
        """Return the space that words take, which badges leave free."""
        yield from (label.box for label in self._outside_labels())
        beside = (labels.beside(edge) for edge in self._drawing.edges)
        yield from (label.box for label in beside if label is not None)

    def _extent(self) -> Iterator[Box]:
        for shape in self._drawing.shapes:
            yield shape.box
            state = self._tokens.of(shape.id)
            if state is not None:
                yield badges.badge_box(shape, state, self._taken)
        yield from (label.box for label in self._outside_labels())
        yield from (place for place, _ in self._slips())
        for edge in self._drawing.edges:
            yield box_of_points(edge.points)
            label = labels.beside(edge)
            if label is not None:
                yield label.box

    def _shape(self, shape: Shape) -> str:
        state, change = self._tokens.of(shape.id), self._changes.get(shape.id)
        spoken_state = [state.label] if state else []
        spoken_change = [CHANGE_LABELS.get(change, change)] if change else []
        title = tag("title", {}, text("：".join([spoken(shape), *spoken_state, *spoken_change])))
        drawn = events.body(shape) if shape.kind in EVENTS else shapes.body(shape)
        group = tag("g", self._attributes("d-shape", shape, state), title, drawn)
        address = self._links.get(shape.id)
        return tag("a", {"href": address, "class": "d-link"}, group) if address else group

    def _edge(self, edge: Edge) -> str:
        return tag("g", self._attributes("d-edge", edge, self._edge_state(edge)), edges.body(edge))

    def _edge_state(self, edge: Edge) -> ElementState | None:
        """Return the state of a flow; one that a token must have passed counts as done."""
        known = self._tokens.of(edge.id)
        if known is not None or edge.kind != "sequenceFlow":
            return known
        source, target = self._tokens.of(edge.source), self._tokens.of(edge.target)
        if source is None or target is None or source.state != "done":
            return None
        is_certain = self._into[edge.target] == 1 or self._out_of[edge.source] == 1
        return ElementState("done") if is_certain else None

    def _attributes(self, base: str, item: Shape | Edge, state: ElementState | None) -> dict[str, str | float]:
        classes: Sequence[str] = [base, f"d-{item.kind}"]
        if state is not None:
            classes = [*classes, f"is-{state.state}"]
        if item.id in self._changes:
            classes = [*classes, f"is-{self._changes[item.id]}"]
        elif item.id in self._notes:
            classes = [*classes, f"is-{self._notes[item.id].tone}"]
        return {"class": " ".join(classes), "data-element-id": item.id}


def _on_top(shape: Shape) -> int:
    return 1 if shape.kind == "boundaryEvent" or "band" in shape.marks else 0


def _paint_order(shape: Shape) -> tuple[int, float]:
    rank = {"participant": 0, "lane": 1}.get(shape.kind, 2)
    return rank, -shape.box.width * shape.box.height
