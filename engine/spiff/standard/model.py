"""The elements of one BPMN file by their ids and places, as the rules of the standard need them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from engine.spiff.parser_events import local
from engine.spiff.vendor import BPMN

Element = etree._Element

TASKS = frozenset(
    {"task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask"}
)
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
EVENTS = frozenset(
    {
        "startEvent",
        "endEvent",
        "boundaryEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "implicitThrowEvent",
    }
)
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
CHOREOGRAPHY = frozenset({"choreographyTask", "callChoreography", "subChoreography"})
FLOW_NODES = ACTIVITIES | EVENTS | GATEWAYS | CHOREOGRAPHY
CATCHING = frozenset({"startEvent", "boundaryEvent", "intermediateCatchEvent"})
ITEMS = frozenset({"dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataInput", "dataOutput",
                   "property", "inputDataItem", "outputDataItem"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """One file: every BPMN element by id, those that are checked by tag, and the flows at each node."""

    root: Element
    by_id: Mapping[str, Element]
    by_kind: Mapping[str, Sequence[Element]]
    incoming: Mapping[str, Sequence[Element]]
    outgoing: Mapping[str, Sequence[Element]]
    thrown_links: frozenset[tuple[Element | None, str | None]]

    def all(self, *kinds: str) -> Iterator[Element]:
        """Yield the elements with one of the tags, in the order of the file within each."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

    def by_kind_in_order(self) -> Iterator[Element]:
        """Yield every BPMN element, tag by tag."""
        for elements in self.by_kind.values():
            yield from elements

    def find(self, text: str | None) -> Element | None:
        """Return the element a reference means, with or without the prefix of a namespace."""
        key = (text or "").strip()
        return self.by_id.get(key, self.by_id.get(key.rpartition(":")[2]))

    def is_elsewhere(self, text: str, holder: Element) -> bool:
        """Tell whether a reference names something of another file, by a prefix of another namespace."""
        prefix = text.strip().rpartition(":")[0]
        return bool(prefix) and holder.nsmap.get(prefix) != self.root.get("targetNamespace")

    def item_of(self, holder: Element | None, attribute: str = "itemSubjectRef") -> Element | None:
        """Return the item definition an element names."""
        found = None if holder is None else self.find(holder.get(attribute))
        return found if found is not None and local(found) == "itemDefinition" else None


def model_of(root: Element) -> Model:
    """Return the model of a file, read once from top to bottom."""
    by_id: dict[str, Element] = {}
    by_kind: dict[str, list[Element]] = defaultdict(list)
    incoming: dict[str, list[Element]] = defaultdict(list)
    outgoing: dict[str, list[Element]] = defaultdict(list)
    for element, is_checked in _elements(root):
        kind = local(element)
        if is_checked:
            by_kind[kind].append(element)
        if element.get("id"):
            by_id.setdefault(element.get("id", ""), element)
        if kind == "sequenceFlow":
            outgoing[element.get("sourceRef", "")].append(element)
            incoming[element.get("targetRef", "")].append(element)
    thrown = frozenset(
        (_scope_of(link), link.get("name")) for link in by_kind["linkEventDefinition"] if _is_thrown(link)
    )
    return Model(root, by_id, by_kind, incoming, outgoing, thrown)


def _elements(root: Element) -> Iterator[tuple[Element, bool]]:
    """Yield every BPMN element, and whether it is checked: a process that is only to be read may be unfinished."""
    for part in root.iterchildren(etree.Element):
        is_checked = local(part) != "process" or part.get("isExecutable") != "false"
        for element in part.iter(etree.Element):
            if local(element):
                yield element, is_checked


def _is_thrown(link: Element) -> bool:
    event = link.getparent()
    return event is not None and local(event) == "intermediateThrowEvent"


def _scope_of(link: Element) -> Element | None:
    event = link.getparent()
    return None if event is None else event.getparent()


def name_of(element: Element | None) -> str:
    """Return the id of an element, or that of the nearest element around it that has one."""
    while element is not None:
        if element.get("id"):
            return element.get("id", "")
        element = element.getparent()
    return ""


def children(element: Element, tag: str) -> list[Element]:
    """Return the direct children with a BPMN tag."""
    return element.findall(BPMN + tag)


def texts(element: Element, tag: str) -> list[str]:
    """Return the texts of the direct children with a BPMN tag."""
    return [(child.text or "").strip() for child in children(element, tag)]


def definitions(event: Element, model: Model) -> list[Element]:
    """Return the event definitions of an event, its own and those it refers to."""
    own = [child for child in event if local(child).endswith("EventDefinition")]
    shared = [model.find(text) for text in texts(event, "eventDefinitionRef")]
    return own + [one for one in shared if one is not None]
