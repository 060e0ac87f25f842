"""What a BPMN element's own attributes say about how it is drawn."""

from web.diagrams.document import Document, Element, child_text, children, has_child, local
from web.diagrams.model import ACTIVITIES, CHOREOGRAPHIES, EVENTS, SUBPROCESSES

DEFINITION = "EventDefinition"
DATA_LINKS = ("dataInputAssociation", "dataOutputAssociation")


def name_of(document: Document, element: Element) -> str:
    """Return what is written on the element; annotations and groups keep their text elsewhere."""
    kind = local(element)
    if kind == "textAnnotation":
        return child_text(element, "text")
    if kind == "group":
        value = document.find(element.get("categoryValueRef"))
        return str(value.get("value", "")) if value is not None else ""
    return _with_data_state(element, str(element.get("name") or ""))


def _with_data_state(element: Element, name: str) -> str:
    states = [str(child.get("name")) for child in children(element, "dataState") if child.get("name")]
    return f"{name} [{states[0]}]".strip() if states else name


def trigger_of(element: Element) -> str:
    """Return the kind of the event's definition: ``none``, ``timer`` … or ``multiple``."""
    if local(element) not in EVENTS:
        return "none"
    kinds = [local(child) for child in children(element) if local(child).endswith(DEFINITION)]
    references = len(list(children(element, "eventDefinitionRef")))
    if len(kinds) + references > 1:
        return "parallel-multiple" if element.get("parallelMultiple") == "true" else "multiple"
    if not kinds:
        return "multiple" if references else "none"
    return {"compensate": "compensation"}.get(kinds[0].removesuffix(DEFINITION), kinds[0].removesuffix(DEFINITION))


def marks_of(document: Document, element: Element, item: Element) -> frozenset[str]:
    """Return the drawing facts of one shape (see ``Shape.marks``)."""
    kind = local(element)
    marks: set[str] = set()
    if kind in ACTIVITIES:
        marks |= _activity_marks(element)
    if kind in SUBPROCESSES or kind == "callActivity":
        marks |= _subprocess_marks(document, element, item)
    if kind in EVENTS:
        marks |= _event_marks(element)
    if kind.endswith("Gateway"):
        marks |= _gateway_marks(element, item)
    if _is_collection(document, element):
        marks.add("collection")
    return frozenset(marks | _talk_marks(element, item) | _message_marks(item))


def _activity_marks(element: Element) -> set[str]:
    marks = {"compensation"} if element.get("isForCompensation") == "true" else set()
    for _loop in children(element, "standardLoopCharacteristics"):
        marks.add("loop")
    for many in children(element, "multiInstanceLoopCharacteristics"):
        marks.add("sequential" if many.get("isSequential") == "true" else "parallel")
    if element.get("instantiate") == "true":
        marks.add("instantiate")
    return marks


def _subprocess_marks(document: Document, element: Element, item: Element) -> set[str]:
    marks: set[str] = set()
    if local(element) == "transaction":
        marks.add("transaction")
    if local(element) == "adHocSubProcess":
        marks.add("ad-hoc")
    if element.get("triggeredByEvent") == "true":
        marks.add("event-subprocess")
    if local(element) == "callActivity":
        return marks | {"expanded" if item.get("isExpanded") == "true" else "collapsed"}
    return marks | {"expanded" if _is_expanded(document, element, item) else "collapsed"}


def _is_expanded(document: Document, element: Element, item: Element) -> bool:
    stated = item.get("isExpanded")
    if stated is not None:
        return stated == "true"
    inside = {str(child.get("id")) for child in children(element) if child.get("id")}
    plane = item.getparent()
    return plane is not None and any(other.get("bpmnElement") in inside for other in plane)


def _event_marks(element: Element) -> set[str]:
    marks: set[str] = set()
    if element.get("cancelActivity") == "false" or element.get("isInterrupting") == "false":
        marks.add("non-interrupting")
    if local(element) in ("endEvent", "intermediateThrowEvent"):
        marks.add("throwing")
    return marks


def _pool_marks(element: Element, item: Element) -> set[str]:
    marks = {"vertical"} if item.get("isHorizontal") == "false" else set()
    if local(element) == "participant" and not element.get("processRef"):
        marks.add("black-box")
    if has_child(element, "participantMultiplicity"):
        marks.add("many")
    return marks


def _talk_marks(element: Element, item: Element) -> set[str]:
    kind = local(element)
    if item.get("participantBandKind"):
        return _band_marks(item)
    if kind in ("participant", "lane"):
        return _pool_marks(element, item)
    if kind in CHOREOGRAPHIES:
        return _choreography_marks(element, item)
    return {"subConversation": {"collapsed"}, "callConversation": {"called"}}.get(kind, set())


def _band_marks(item: Element) -> set[str]:
    """Return whether a participant of a choreography stands above or below it, and whether it begins."""
    place = str(item.get("participantBandKind"))
    marks = {"band", "band-top" if place.startswith("top") else "band-bottom"}
    return marks | {"band-answering"} if place.endswith("non_initiating") else marks


def _choreography_marks(element: Element, item: Element) -> set[str]:
    loops = {"Standard": "loop", "MultiInstanceSequential": "sequential", "MultiInstanceParallel": "parallel"}
    marks = {loops[kind] for kind in [str(element.get("loopType"))] if kind in loops}
    if local(element) == "subChoreography":
        marks.add("expanded" if item.get("isExpanded") == "true" else "collapsed")
    return marks | ({"called"} if local(element) == "callChoreography" else set())


def _gateway_marks(element: Element, item: Element) -> set[str]:
    marks = {"plain"} if item.get("isMarkerVisible") == "false" else set()
    if element.get("instantiate") == "true":
        marks.add("instantiate-parallel" if element.get("eventGatewayType") == "Parallel" else "instantiate")
    return marks


def _is_collection(document: Document, element: Element) -> bool:
    referred = document.find(element.get("dataObjectRef"))
    return "true" in (element.get("isCollection"), referred.get("isCollection") if referred is not None else None)


def _message_marks(item: Element) -> set[str]:
    kinds = {"initiating": "message-initiating", "non_initiating": "message-answering"}
    found = kinds.get(item.get("messageVisibleKind") or "")
    return {found} if found else set()


def ends_of(document: Document, element: Element) -> tuple[str, str]:
    """Return the ids of the two ends; data associations are drawn from or to their activity."""
    owner = element.getparent()
    own = str(owner.get("id") or "") if owner is not None and local(element) in DATA_LINKS else ""
    source = element.get("sourceRef") or child_text(element, "sourceRef") or own
    target = element.get("targetRef") or child_text(element, "targetRef") or own
    return source, target


def edge_marks_of(document: Document, element: Element, item: Element) -> frozenset[str]:
    """Return the drawing facts of one edge (see ``Edge.marks``)."""
    kind, marks = local(element), _message_marks(item)
    if kind == "messageFlow" and element.get("messageRef") and not marks:
        marks.add("message-initiating")
    if kind == "sequenceFlow":
        marks |= _flow_marks(document, element)
    if kind in DATA_LINKS or element.get("associationDirection") in ("One", "Both"):
        marks.add("directed")
    if element.get("associationDirection") == "Both":
        marks.add("both")
    return frozenset(marks)


def _flow_marks(document: Document, element: Element) -> set[str]:
    source = document.find(element.get("sourceRef"))
    if source is None:
        return set()
    if source.get("default") and source.get("default") == element.get("id"):
        return {"default"}
    has_condition = has_child(element, "conditionExpression")
    return {"conditional"} if has_condition and local(source) in ACTIVITIES else set()
