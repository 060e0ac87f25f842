"""Reads BPMN files into plain values; what they mean is checked and built elsewhere."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from engine.spiff import vendor
from engine.errors import ExpressionInvalid
from engine.feel import python_subset
from engine.spiff.diagram import PYTHON, Dialect, Flow, FlowScope, Node, Process, Text, Trigger
from engine.spiff.timers import is_expression
from engine.spiff.vendor import BPMN
from engine.xml_safety import parse_xml

_NOT_NODES = {
    "sequenceFlow", "dataObject", "dataObjectReference", "dataStoreReference", "laneSet", "documentation",
    "extensionElements", "ioSpecification", "property", "textAnnotation", "association", "group", "incoming",
    "outgoing", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "auditing", "monitoring",
    "supports", "category", "dataInputAssociation", "dataOutputAssociation", "resourceRole", "performer",
    "humanPerformer", "potentialOwner", "correlationSubscription", "artifact",
}  # fmt: skip
_CLAUSE_FORMAT = "text/x-clause"


@dataclass(frozen=True, slots=True)
class _File:
    """The things of one file that its processes refer to by id."""

    name: str
    references: Mapping[str, etree._Element]
    lanes: Mapping[str, str]
    language: str
    dialect: Dialect


def parse_diagram(content: bytes, filename: str, dialect: Dialect = Dialect()) -> tuple[Process, ...]:
    """Return every process of a BPMN file.

    Raises:
        DefinitionInvalid: it is not safe, well-formed XML.
    """
    root = parse_xml(content, filename)
    references = {
        element.get("id", ""): element
        for element in root
        if local(element) in {"message", "signal", "error", "escalation"}
    }
    lanes = {
        (ref.text or "").strip(): lane.get("name") or lane.get("id") or ""
        for lane in root.iter(f"{BPMN}lane")
        for ref in lane.findall(f"{BPMN}flowNodeRef")
    }
    language = vendor.language_of(root.get("expressionLanguage"), dialect.language)
    file = _File(filename, references, lanes, language, dialect)
    return tuple(_process(element, file) for element in root.findall(f"{BPMN}process"))


def local(element: etree._Element) -> str:
    """Return the tag of a BPMN element without its namespace; "" for elements of other namespaces."""
    tag = str(element.tag)  # comments have a function as their tag
    return tag.removeprefix(BPMN) if tag.startswith(BPMN) else ""


def _process(element: etree._Element, file: _File) -> Process:
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


def _scope(element: etree._Element, file: _File, lane: str | None) -> FlowScope:
    drawn = (_flow(child, number, file) for number, child in enumerate(element.findall(f"{BPMN}sequenceFlow")))
    flows = (*drawn, *_links(element))
    nodes = {}
    for child in element:
        if local(child) and local(child) not in _NOT_NODES:
            node = _node(child, file, lane, flows)
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


def _flow(element: etree._Element, number: int, file: _File) -> Flow:
    """Return a sequence flow; one without id is named after its place in the file."""
    condition = element.find(f"{BPMN}conditionExpression")
    language = file.language if condition is None else vendor.language_of(condition.get("language"), file.language)
    text = None if condition is None else vendor.expression(condition.text, language)
    return Flow(element.get("id") or f"flow~{number}", element.get("sourceRef", ""), element.get("targetRef", ""), text)


def _node(element: etree._Element, file: _File, lane: str | None, flows: Sequence[Flow]) -> Node:
    kind, key = local(element), element.get("id", "")
    own_lane = file.lanes.get(key, lane)
    is_subprocess = kind in {"subProcess", "transaction", "adHocSubProcess"}
    node = Node(
        id=key,
        name=element.get("name") or key,
        type=kind,
        lane=own_lane,
        clauses=_clauses(element),
        properties=vendor.properties(element),
        incoming=tuple(flow for flow in flows if flow.target == key),
        outgoing=_outgoing(element, [flow for flow in flows if flow.source == key]),
        default_flow=element.get("default"),
        trigger=_trigger(element, file),
        attached_to=element.get("attachedToRef"),
        is_interrupting=_is_interrupting(element),
        multi=vendor.multi_instance(element, file.language),
        inputs=vendor.mappings(element, "inputParameter"),
        outputs=vendor.mappings(element, "outputParameter"),
        scope=_scope(element, file, own_lane) if is_subprocess else None,
        is_event_subprocess=element.get("triggeredByEvent") == "true",
        unsupported=(*_unsupported(element), *vendor.unsupported(element)),
    )
    return _with_vendor(element, node, file)


def _with_vendor(element: etree._Element, node: Node, file: _File) -> Node:
    if node.type == "userTask":
        form = vendor.attribute(element, "formKey") or vendor.attribute(element, "formRef")
        return replace(node, form_key=form, assignment=vendor.assignment(element))
    if node.type == "callActivity":
        return replace(node, call=vendor.call(element))
    if node.type == "businessRuleTask":
        return replace(
            node,
            decision=vendor.attribute(element, "decisionRef"),
            result_variable=vendor.attribute(element, "resultVariable"),
            topic=vendor.attribute(element, "topic"),
        )
    if node.type == "scriptTask":
        return _with_script(element, node, file)
    topic = vendor.attribute(element, "topic")
    is_plain = file.dialect.implicit_topics and node.type == "serviceTask"
    return replace(node, topic=topic or (node.id if is_plain else None))


def _with_script(element: etree._Element, node: Node, file: _File) -> Node:
    """Read a script of assignments: one FEEL expression into ``camunda:resultVariable``, or Python assignments."""
    language = vendor.language_of(element.get("scriptFormat"), file.language)
    text, result = element.findtext(f"{BPMN}script") or "", vendor.attribute(element, "resultVariable")
    if result:
        return replace(node, script=((result, vendor.expression(text, language) or "null"),))
    if language != "python":
        return replace(node, unsupported=(*node.unsupported, "script"))
    try:
        assigned = python_subset.parse_script(text)
    except ExpressionInvalid as exc:
        return replace(node, unsupported=(*node.unsupported, f"script ({exc.facts.get('reason')})"))
    return replace(node, script=tuple((name, f"{PYTHON}{value}") for name, value in assigned))


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


def _unsupported(element: etree._Element) -> tuple[str, ...]:
    found = [local(child) for child in element if local(child) == "standardLoopCharacteristics"]
    if element.get("isForCompensation") == "true":
        found.append("isForCompensation")
    if element.get("instantiate") == "true":
        found.append("instantiate")
    if element.get("parallelMultiple") == "true":
        found.append("parallelMultiple")
    if int(element.get("startQuantity", "1")) != 1 or int(element.get("completionQuantity", "1")) != 1:
        found.append("quantity")
    return tuple(found)


def _trigger(element: etree._Element, file: _File) -> Trigger | None:
    kind = local(element)
    if kind in {"receiveTask", "sendTask"}:
        return _message(element, file) if element.get("messageRef") else None
    if not kind.endswith("Event"):
        return None
    definitions = [child for child in element if local(child).endswith("EventDefinition")]
    if len(definitions) > 1:
        return Trigger("multiple")
    if element.find(f"{BPMN}eventDefinitionRef") is not None:
        return Trigger("eventDefinitionRef")
    return _definition(definitions[0], file) if definitions else Trigger("none")


def _definition(definition: etree._Element, file: _File) -> Trigger:
    kind = local(definition).removesuffix("EventDefinition")
    if kind == "timer":
        return _timer(definition, file)
    if kind == "message":
        return _message(definition, file)
    if kind == "link":
        return Trigger("link", definition.get("name"))
    if kind == "signal":
        return Trigger("signal", _reference(definition, "signalRef", file, "name"))
    if kind == "error":
        return Trigger(
            "error",
            code=_code(definition, "errorRef", file, "errorCode"),
            code_variable=vendor.attribute(definition, "errorCodeVariable"),
            message_variable=vendor.attribute(definition, "errorMessageVariable"),
        )
    if kind == "escalation":
        return Trigger(
            "escalation",
            code=_code(definition, "escalationRef", file, "escalationCode"),
            code_variable=vendor.attribute(definition, "escalationCodeVariable"),
        )
    return Trigger(kind)


def _message(definition: etree._Element, file: _File) -> Trigger:
    return Trigger("message", _reference(definition, "messageRef", file, "name"))


def _reference(definition: etree._Element, attribute: str, file: _File, field: str) -> str | None:
    target = file.references.get(definition.get(attribute, ""))
    return None if target is None else (target.get(field) or None)


def _code(definition: etree._Element, attribute: str, file: _File, field: str) -> str | None:
    """Return the code; an error without a code is known by its id, no reference at all means any."""
    target = file.references.get(definition.get(attribute, ""))
    if target is None:
        return definition.get(attribute) or None
    return target.get(field) or target.get("id")


def _timer(definition: etree._Element, file: _File) -> Trigger:
    for kind in ("timeDate", "timeDuration", "timeCycle"):
        element = definition.find(f"{BPMN}{kind}")
        if element is not None:
            text = vendor.text_of(element.text) or Text("", False)
            if file.language == "python" and not text.is_feel and text.value and is_expression(text):
                text = Text(f"{PYTHON}{text.value}", True)
            return Trigger("timer", timer_kind=kind, timer=text)
    return Trigger("timer")
