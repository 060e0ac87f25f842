"""Reads BPMN files into plain values; what they mean is checked and built elsewhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from engine.spiff import vendor
from engine.spiff.diagram import STANDARD, Dialect, Flow, FlowScope, Node, Process, Trigger
from engine.spiff.parser_details import data_of, detailed, ignored, quantity, standard_loop
from engine.spiff.parser_events import File, local, references_of, triggers_of
from engine.spiff.vendor import BPMN
from engine.xml_safety import parse_xml

_NOT_NODES = {
    "sequenceFlow", "dataObject", "dataObjectReference", "dataStoreReference", "laneSet", "documentation",
    "extensionElements", "ioSpecification", "property", "textAnnotation", "association", "group", "incoming",
    "outgoing", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "auditing", "monitoring",
    "supports", "category", "dataInputAssociation", "dataOutputAssociation", "resourceRole", "performer",
    "humanPerformer", "potentialOwner", "correlationSubscription", "artifact", "completionCondition",
}  # fmt: skip
_GLOBAL_TASKS = ("globalTask", "globalUserTask", "globalScriptTask", "globalManualTask")
_SUBPROCESSES = {"subProcess", "transaction", "adHocSubProcess"}
_CLAUSE_FORMAT = "text/x-clause"


@dataclass(frozen=True, slots=True)
class _Around:
    """What the elements of one scope share."""

    lane: str | None
    flows: Sequence[Flow]
    handlers: Mapping[str, str]
    objects: Mapping[str, str]


def parse_diagram(content: bytes, filename: str, dialect: Dialect = STANDARD) -> tuple[Process, ...]:
    """Return every process of a BPMN file.

    Raises:
        DefinitionInvalid: it is not safe, well-formed XML.
    """
    root = parse_xml(content, filename)
    lanes = {
        (ref.text or "").strip(): lane.get("name") or lane.get("id") or ""
        for lane in root.iter(f"{BPMN}lane")
        for ref in lane.findall(f"{BPMN}flowNodeRef")
    }
    language = vendor.language_of(root.get("expressionLanguage"), dialect.language)
    file = File(filename, references_of(root), lanes, language, dialect)
    processes = [_process(element, file) for element in root.findall(f"{BPMN}process")]
    return (*processes, *_global_tasks(root, file))


def _process(element: etree._Element, file: File) -> Process:
    ids = Counter(child.get("id") for child in element.iter() if child.get("id"))
    return Process(
        key=element.get("id") or "",
        name=element.get("name") or element.get("id") or "",
        file=file.name,
        scope=_scope(element, file, None),
        version_tag=vendor.attribute(element, "versionTag"),
        is_executable=element.get("isExecutable", "true") == "true",
        duplicate_ids=tuple(key for key, count in ids.items() if key and count > 1),
    )


def _global_tasks(root: etree._Element, file: File) -> Iterator[Process]:
    """Yield each global task as the process of that one task, so that a call activity may call it."""
    for element in root:
        kind = local(element)
        if kind not in _GLOBAL_TASKS:
            continue
        key = element.get("id", "")
        flow = Flow(f"{key}~flow", f"{key}~start", key)
        bare = Node(key, element.get("name") or key, _task_of(kind), incoming=(flow,))
        start = Node(f"{key}~start", "", "startEvent", outgoing=(flow,), trigger=Trigger("none"))
        nodes = {start.id: start, key: detailed(element, bare, file)}
        yield Process(key, bare.name, file.name, FlowScope(key, nodes, (flow,)))


def _task_of(kind: str) -> str:
    name = kind.removeprefix("global")
    return name[0].lower() + name[1:]


def _scope(element: etree._Element, file: File, lane: str | None) -> FlowScope:
    drawn = (_flow(child, number, file) for number, child in enumerate(element.findall(f"{BPMN}sequenceFlow")))
    flows = (*drawn, *_links(element))
    associations = {one.get("sourceRef", ""): one.get("targetRef", "") for one in element.findall(f"{BPMN}association")}
    objects = {
        child.get("id", ""): child.get("dataObjectRef", "") for child in element.findall(f"{BPMN}dataObjectReference")
    }
    around = _Around(lane, flows, associations, objects)
    nodes = {}
    for number, child in enumerate(element):
        if local(child) and local(child) not in _NOT_NODES:
            node = _node(child, number, file, around)
            nodes[node.id] = node
    return FlowScope(element.get("id", ""), nodes, flows)


def _links(element: etree._Element) -> list[Flow]:
    """Return the flows that pairs of link events stand for, named after both."""
    ends: dict[str, list[tuple[str, str]]] = {"intermediateThrowEvent": [], "intermediateCatchEvent": []}
    for child in element:
        link = child.find(f"{BPMN}linkEventDefinition")
        if link is not None and local(child) in ends:
            ends[local(child)].append((child.get("id", ""), link.get("name", "")))
    return [
        Flow(f"{source}~{target}", source, target)
        for source, name in ends["intermediateThrowEvent"]
        for target, other in ends["intermediateCatchEvent"]
        if name == other
    ]


def _flow(element: etree._Element, number: int, file: File) -> Flow:
    """Return a sequence flow; one without id is named after its ends and its place in the file."""
    condition = element.find(f"{BPMN}conditionExpression")
    language = file.language if condition is None else vendor.language_of(condition.get("language"), file.language)
    text = None if condition is None else vendor.expression(condition.text, language)
    source, target = element.get("sourceRef", ""), element.get("targetRef", "")
    return Flow(element.get("id") or f"{source}~{target}~{number}", source, target, text)


def _node(element: etree._Element, number: int, file: File, around: _Around) -> Node:
    """Return a flow node; an event subprocess without id, to which no flow can lead, is named after its place."""
    kind, key = local(element), element.get("id", "")
    is_event_subprocess = element.get("triggeredByEvent") == "true"
    if not key and is_event_subprocess:
        key = f"subprocess~{number}"
    own_lane = file.lanes.get(key, around.lane)
    node = Node(
        id=key,
        name=element.get("name") or key,
        type=kind,
        lane=own_lane,
        clauses=_clauses(element),
        properties=vendor.properties(element),
        incoming=tuple(flow for flow in around.flows if flow.target == key),
        outgoing=_outgoing(element, [flow for flow in around.flows if flow.source == key]),
        default_flow=element.get("default"),
        attached_to=element.get("attachedToRef"),
        is_interrupting=_is_interrupting(element),
        multi=vendor.multi_instance(element, file.language),
        inputs=vendor.mappings(element, "inputParameter"),
        outputs=vendor.mappings(element, "outputParameter"),
        scope=_scope(element, file, own_lane) if kind in _SUBPROCESSES else None,
        is_event_subprocess=is_event_subprocess,
        unsupported=(*ignored(element), *vendor.unsupported(element)),
    )
    return detailed(element, _standard(element, node, file, around), file)


def _standard(element: etree._Element, node: Node, file: File, around: _Around) -> Node:
    """Return the node with what the standard says beside its flows."""
    triggers = triggers_of(element, file)
    return replace(
        node,
        trigger=Trigger("multiple") if len(triggers) > 1 else (triggers or (None,))[0],
        triggers=triggers,
        needs_all=element.get("parallelMultiple") == "true",
        is_instantiating=element.get("instantiate") == "true",
        handler=around.handlers.get(node.id) if node.type == "boundaryEvent" else None,
        is_handler=element.get("isForCompensation") == "true",
        loop=standard_loop(element, file),
        quantity=quantity(element),
        data_in=data_of(element, "Input", around.objects),
        data_out=data_of(element, "Output", around.objects),
    )


def _outgoing(element: etree._Element, flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """Return the flows in the order of ``<outgoing>``, which is the order in which conditions are tried."""
    listed = [(child.text or "").strip() for child in element.findall(f"{BPMN}outgoing")]
    rank = {key: place for place, key in enumerate(listed)}
    return tuple(sorted(flows, key=lambda flow: rank.get(flow.id, len(rank))))


def _is_interrupting(element: etree._Element) -> bool:
    return element.get("cancelActivity", element.get("isInterrupting", "true")) != "false"


def _clauses(element: etree._Element) -> tuple[str, ...]:
    texts = [
        child.text or ""
        for child in element.findall(f"{BPMN}documentation")
        if child.get("textFormat") == _CLAUSE_FORMAT
    ]
    return tuple(" ".join(texts).split())
