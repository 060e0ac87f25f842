"""The diagram as a list of sentences, for screen readers, phones and print."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from web.diagrams.document import Document, Element, child_text, children, local, open_document
from web.diagrams.facts import trigger_of
from web.diagrams.kinds import kind_label
from web.diagrams.model import FLOW_NODES, SUBPROCESSES
from web.diagrams.states import ElementState, TokenStates


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where it goes on: the flow's words (may be empty) and the name of the step."""

    when: str
    name: str
    element_id: str


@dataclass(frozen=True, slots=True)
class TextStep:
    """One step in reading order; ``level`` counts the sub-processes around it."""

    element_id: str
    name: str
    kind: str
    level: int
    lane: str
    attached_to: str
    next_steps: tuple[NextStep, ...]
    state: ElementState | None

    @property
    def state_label(self) -> str:
        """Return the state in words."""
        return self.state.label if self.state else "未到达"


def describe_text(
    bpmn_xml: bytes, tokens: TokenStates | None = None, *, process_id: str | None = None
) -> list[TextStep]:
    """Return the steps from start to end in reading order, sub-processes after their step.

    Raises:
        DefinitionInvalid: the file is not readable XML.
    """
    document = open_document(bpmn_xml)
    lanes = _lanes(document)
    steps: list[TextStep] = []
    for process in children(document.root, "process"):
        if process_id in (None, process.get("id")):
            steps.extend(_steps(document, process, 0, lanes, tokens or TokenStates()))
    return steps


def _lanes(document: Document) -> dict[str, str]:
    """Return the unit or lane of each element; inner lanes win because they come later."""
    found: dict[str, str] = {}
    for element in document.by_id.values():
        process = document.find(element.get("processRef")) if local(element) == "participant" else None
        if process is not None and element.get("name"):
            found |= {str(node.get("id")): str(element.get("name")) for node in process.iterdescendants()}
    for element in document.by_id.values():
        if local(element) == "lane" and element.get("name"):
            names = ("".join(str(part) for part in ref.itertext()).strip() for ref in children(element, "flowNodeRef"))
            found |= {name: str(element.get("name")) for name in names}
    return found


def _steps(
    document: Document, scope: Element, level: int, lanes: Mapping[str, str], tokens: TokenStates
) -> Iterator[TextStep]:
    nodes = {str(node.get("id")): node for node in children(scope, *FLOW_NODES) if node.get("id")}
    flows: dict[str, list[Element]] = defaultdict(list)
    for flow in children(scope, "sequenceFlow"):
        flows[str(flow.get("sourceRef"))].append(flow)
    talk = _messages(document)
    for identifier in _reading_order(nodes, flows):
        node = nodes[identifier]
        host = nodes.get(str(node.get("attachedToRef")))
        yield TextStep(
            element_id=identifier,
            name=_name(node),
            kind=kind_label(local(node), trigger_of(node)),
            level=level,
            lane=lanes.get(identifier, ""),
            attached_to=_name(host) if host is not None else "",
            next_steps=(*_next(nodes, node, flows[identifier]), *talk.get(identifier, ())),
            state=tokens.of(identifier),
        )
        if local(node) in SUBPROCESSES:
            yield from _steps(document, node, level + 1, lanes, tokens)


def _reading_order(nodes: Mapping[str, Element], flows: Mapping[str, list[Element]]) -> list[str]:
    """Return every node once: breadth first from the starts, boundary events after their host."""
    attached: dict[str, list[str]] = defaultdict(list)
    for identifier, node in nodes.items():
        if node.get("attachedToRef"):
            attached[str(node.get("attachedToRef"))].append(identifier)
    entered = {str(flow.get("targetRef")) for group in flows.values() for flow in group}
    starts = [key for key, node in nodes.items() if local(node) == "startEvent"]
    others = [key for key, node in nodes.items() if key not in entered and not node.get("attachedToRef")]
    queue, order = [*starts, *others], list[str]()
    seen: set[str] = set()
    for identifier in _growing(queue, [*nodes]):
        if identifier in seen or identifier not in nodes:
            continue
        seen.add(identifier)
        order.append(identifier)
        queue.extend([*attached[identifier], *(str(flow.get("targetRef")) for flow in flows.get(identifier, []))])
    return order


def _growing(queue: list[str], rest: Iterable[str]) -> Iterator[str]:
    """Yield from *queue* while the reader adds to it, then what no path led to."""
    yield from queue
    yield from rest


def _next(nodes: Mapping[str, Element], node: Element, flows: Iterable[Element]) -> Iterator[NextStep]:
    for flow in flows:
        target = nodes.get(str(flow.get("targetRef")))
        if target is not None:
            yield NextStep(_when(node, flow), _name(target), str(target.get("id")))


def _when(node: Element, flow: Element) -> str:
    """Return when a flow is taken: its words, else its condition, else that nothing else applies."""
    words = " ".join((flow.get("name") or "").split())
    if words:
        return words
    if node.get("default") and node.get("default") == flow.get("id"):
        return "其他情况"
    condition = " ".join(child_text(flow, "conditionExpression").split())
    return f"条件 {condition.removeprefix('=').strip()}" if condition else ""


def _messages(document: Document) -> dict[str, list[NextStep]]:
    """Return to whom each step sends a message in another pool."""
    found: dict[str, list[NextStep]] = defaultdict(list)
    for flow in document.by_id.values():
        target = document.find(flow.get("targetRef")) if local(flow) == "messageFlow" else None
        if target is not None:
            words = " ".join((flow.get("name") or "").split())
            to = NextStep(f"发消息{words and f'“{words}”'}", _name(target), str(target.get("id")))
            found[str(flow.get("sourceRef"))].append(to)
    return found


def _name(node: Element) -> str:
    return " ".join((node.get("name") or "").split()) or kind_label(local(node), trigger_of(node))
