"""References must lead to an element of the right kind."""

from collections.abc import Iterator, Mapping

from engine.spiff.diagram import Fault
from engine.spiff.parser_events import local
from engine.spiff.standard.model import ACTIVITIES, CHOREOGRAPHY, EVENTS, FLOW_NODES, ITEMS, Element, Model, name_of

_CHOREOGRAPHIES = frozenset({"choreography", "globalChoreographyTask"})
_CONVERSATIONS = frozenset({"conversation", "subConversation", "callConversation"})
_EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in ("cancel", "compensate", "conditional", "error", "escalation", "link", "message", "signal", "terminate",
                 "timer")
)  # fmt: skip


def _only(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "itemSubjectRef": _only("itemDefinition"), "itemRef": _only("itemDefinition"), "messageRef": _only("message"),
    "signalRef": _only("signal"), "errorRef": _only("error"), "escalationRef": _only("escalation"),
    "operationRef": _only("operation"), "processRef": _only("process"), "dataObjectRef": _only("dataObject"),
    "dataStoreRef": _only("dataStore"), "correlationKeyRef": _only("correlationKey"),
    "correlationPropertyRef": _only("correlationProperty"), "categoryValueRef": _only("categoryValue"),
    "initiatingParticipantRef": _only("participant"), "attachedToRef": ACTIVITIES, "activityRef": ACTIVITIES,
    "calledChoreographyRef": _CHOREOGRAPHIES, "noneBehaviorEventRef": _EVENT_DEFINITIONS,
    "calledCollaborationRef": _CHOREOGRAPHIES | {"collaboration", "globalConversation"},
    "oneBehaviorEventRef": _EVENT_DEFINITIONS, "default": _only("sequenceFlow"),
    "parameterRef": _only("resourceParameter"),
}  # fmt: skip
_ENDS: Mapping[str, frozenset[str]] = {
    "sequenceFlow": FLOW_NODES,
    "messageFlow": ACTIVITIES | EVENTS | CHOREOGRAPHY | {"participant"},
    "conversationLink": ACTIVITIES | EVENTS | _CONVERSATIONS | {"participant"},
}
_CHILDREN: Mapping[str, frozenset[str]] = {
    "inMessageRef": _only("message"), "outMessageRef": _only("message"), "errorRef": _only("error"),
    "operationRef": _only("operation"), "dataInputRefs": _only("dataInput"), "optionalInputRefs": _only("dataInput"),
    "whileExecutingInputRefs": _only("dataInput"), "dataOutputRefs": _only("dataOutput"),
    "optionalOutputRefs": _only("dataOutput"), "whileExecutingOutputRefs": _only("dataOutput"),
    "inputSetRefs": _only("inputSet"), "outputSetRefs": _only("outputSet"), "participantRef": _only("participant"),
    "innerParticipantRef": _only("participant"), "outerParticipantRef": _only("participant"),
    "messageFlowRef": _only("messageFlow"), "interfaceRef": _only("interface"), "resourceRef": _only("resource"),
    "supportedInterfaceRef": _only("interface"), "eventDefinitionRef": _EVENT_DEFINITIONS,
    "flowNodeRef": FLOW_NODES | ITEMS,
    "choreographyRef": _CHOREOGRAPHIES, "correlationPropertyRef": _only("correlationProperty"),
    "loopDataInputRef": ITEMS, "loopDataOutputRef": ITEMS,
}  # fmt: skip
_MAY_BE_TEXT = {"loopDataInputRef", "loopDataOutputRef", "errorRef", "escalationRef"}
"""What may name a variable of the case, or a code, where no element has that id."""


def check_references(model: Model) -> Iterator[Fault]:
    """Yield every reference that leads nowhere, or to an element of the wrong kind."""
    for element in model.by_kind_in_order():
        kind = local(element)
        for name, text in element.attrib.items():
            allowed = _ENDS.get(kind) if name in ("sourceRef", "targetRef") else _ATTRIBUTES.get(str(name))
            if allowed is not None:
                yield from _one(model, element, str(name), str(text), allowed)
        if kind in _CHILDREN:
            yield from _one(model, element, kind, element.text or "", _CHILDREN[kind])
        elif kind in ("sourceRef", "targetRef") and _is_data_end(element):
            yield from _data_end(model, element)


def _is_data_end(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and local(parent).endswith("Association")


def _data_end(model: Model, element: Element) -> Iterator[Fault]:
    """Yield an end of a data association that is an element without data; what is no element is a variable."""
    target = model.find(element.text)
    if target is None:
        return
    if local(target) in FLOW_NODES | {"itemDefinition"}:
        yield (
            name_of(element),
            "data-end",
            f"数据关联的一端 {target.get('id')} 不是数据项",
            "请连接数据对象或数据输入输出",
        )
    else:
        yield from _one(model, element, local(element), element.text or "", ITEMS)


def _one(model: Model, element: Element, name: str, text: str, allowed: frozenset[str]) -> Iterator[Fault]:
    target, where = model.find(text), name_of(element)
    if target is None:
        if text.strip() and name not in _MAY_BE_TEXT and not model.is_elsewhere(text, element):
            yield where, "reference-missing", f"{name} 引用的 {text.strip()} 不存在", "请重新选择被引用的元素"
    elif local(target) not in allowed:
        yield (
            where,
            "reference-kind",
            f"{name} 引用的 {text.strip()} 是 {local(target)}, 类型不对",
            f"请改为引用 {' 或 '.join(sorted(allowed)[:3])}",
        )
