"""Every element of BPMN 2.0: carried out, refused, or without meaning for a case. Nothing is lost without a word."""

from collections.abc import Iterator, Mapping

from engine.spiff.diagram import Fault
from engine.spiff.parser_events import local
from engine.spiff.standard.model import ACTIVITIES, CHOREOGRAPHY, EVENTS, GATEWAYS, Element, Model, name_of

CARRIED_OUT = (
    (ACTIVITIES | EVENTS | GATEWAYS)
    - {"implicitThrowEvent"}
    | {
        "activationCondition", "association", "cancelEventDefinition", "compensateEventDefinition",
        "completionCondition", "condition", "conditionExpression", "conditionalEventDefinition", "dataInputAssociation",
        "dataObject", "dataObjectReference", "dataOutputAssociation", "definitions", "error", "errorEventDefinition",
        "escalation", "escalationEventDefinition", "eventDefinitionRef", "extensionElements", "flowNodeRef",
        "globalManualTask", "globalScriptTask", "globalTask", "globalUserTask", "incoming", "inputDataItem", "lane",
        "laneSet", "childLaneSet", "linkEventDefinition", "loopCardinality", "loopCondition", "loopDataInputRef",
        "message", "messageEventDefinition", "multiInstanceLoopCharacteristics", "outgoing", "process", "script",
        "sequenceFlow", "signal", "signalEventDefinition", "sourceRef", "standardLoopCharacteristics", "targetRef",
        "terminateEventDefinition", "timeCycle", "timeDate", "timeDuration", "timerEventDefinition",
    }
)  # fmt: skip
"""What moves tokens, waits, throws or holds data here."""

WITHOUT_MEANING = frozenset(
    {
        "artifact", "auditing", "callConversation", "category", "categoryValue", "categoryValueRef", "choreography",
        "choreographyRef", "collaboration", "conversation", "conversationAssociation", "conversationLink",
        "correlationKey", "correlationProperty", "correlationPropertyRef", "correlationPropertyRetrievalExpression",
        "dataInput", "dataInputRefs", "dataOutput", "dataOutputRefs", "dataState", "dataStore", "dataStoreReference",
        "documentation", "endPoint", "endPointRef", "errorRef", "extension", "globalBusinessRuleTask",
        "globalChoreographyTask", "globalConversation", "group", "import", "inMessageRef", "innerParticipantRef",
        "inputSet", "inputSetRefs", "interface", "interfaceRef", "ioBinding", "ioSpecification", "itemDefinition",
        "messageFlow", "messageFlowAssociation", "messageFlowRef", "messagePath", "monitoring", "operation",
        "operationRef", "optionalInputRefs", "optionalOutputRefs", "outMessageRef", "outerParticipantRef", "outputSet",
        "outputSetRefs", "participant", "participantAssociation", "participantMultiplicity", "participantRef",
        "partitionElement", "partnerEntity", "partnerRole", "property", "relationship", "rendering", "resource",
        "resourceParameter", "source", "subConversation", "supportedInterfaceRef", "supports", "target", "text",
        "textAnnotation", "whileExecutingInputRefs", "whileExecutingOutputRefs",
    }
)  # fmt: skip
"""Descriptions, drawings, types of data and agreements between partners: a case goes on the same without them.

A global task that cannot be called here is refused at the call activity that calls it.
"""

_BY_FORM = "请改用 camunda:candidateGroups、camunda:candidateUsers 或 camunda:assignee"
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(CHOREOGRAPHY, "请改用任务或子流程"),
    **dict.fromkeys(("performer", "humanPerformer", "potentialOwner", "resourceRole"), _BY_FORM),
    **dict.fromkeys(("resourceRef", "resourceAssignmentExpression", "resourceParameterBinding"), _BY_FORM),
    **dict.fromkeys(
        ("correlationSubscription", "correlationPropertyBinding", "dataPath"), "请改用 correlationKey 属性"
    ),
    **dict.fromkeys(("assignment", "from", "to", "transformation"), "请改用输入输出参数, 或只写 sourceRef、targetRef"),
    **dict.fromkeys(("loopDataOutputRef", "outputDataItem"), "请改用 outputCollection、outputElement 属性"),
    **dict.fromkeys(("complexBehaviorDefinition", "event"), "请改用其他画法"),
    "implicitThrowEvent": "请改用中间抛出事件",
}
"""What would change a case and is not carried out here, with the remedy."""

ABSTRACT = frozenset(
    {
        "activity", "baseElement", "baseElementWithMixedContent", "callableElement", "catchEvent",
        "choreographyActivity", "conversationNode", "dataAssociation", "eventDefinition", "expression",
        "flowElement", "flowNode", "formalExpression", "gateway", "loopCharacteristics", "rootElement", "throwEvent",
    }
)  # fmt: skip
"""Names of kinds, for which a file has one of the others; written out they say nothing."""

_NAMED = {"correlationSubscription", "performer", "humanPerformer", "potentialOwner", "resourceRole", "assignment",
          "loopDataOutputRef", "outputDataItem", "implicitThrowEvent"}  # fmt: skip
"""Those that are refused here; the rest stands inside one of them, or is refused where its activity is read."""
_PROSE = {"expression", "formalExpression"}


def check_elements(model: Model) -> Iterator[Fault]:
    """Yield what would be lost: elements that are not carried out, and those that BPMN does not know."""
    for kind in sorted(_NAMED):
        for element in filter(_is_run, model.all(kind)):
            yield name_of(element), "feature-unsupported", f"不支持的特性 {kind}", REFUSED[kind]
    known = CARRIED_OUT | WITHOUT_MEANING | REFUSED.keys() | _PROSE
    for kind in sorted(model.by_kind.keys() - known):
        for element in filter(_is_run, model.all(kind)):
            yield name_of(element), "element-unknown", f"BPMN 没有元素 {kind}, 它不会起作用", "请更正元素名称, 或删除"
    for element in model.all("extension"):
        if element.get("mustUnderstand") == "true":
            yield "", "must-understand", f"扩展 {element.get('definition')} 声明为必须理解", "请删除该扩展"


def _is_run(element: Element) -> bool:
    """Tell whether an element belongs to a process, and not to an extension in it."""
    around = {local(above) for above in element.iterancestors()}
    return "process" in around and "extensionElements" not in around
