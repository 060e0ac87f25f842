"""The static rules of BPMN 2.0: each refuses what breaks it, and leaves its mended twin alone."""

from pathlib import Path

import pytest
import SpiffWorkflow.bpmn.parser
from lxml import etree

from engine.errors import DefinitionInvalid
from engine.spiff.model import Resource
from engine.spiff.runtime import Runtime
from engine.spiff.standard import check_standard
from engine.spiff.standard.elements import ABSTRACT, CARRIED_OUT, REFUSED, WITHOUT_MEANING

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">'
    '<itemDefinition id="i1" structureRef="text"/><itemDefinition id="i2" structureRef="number"/>'
    '<itemDefinition id="many" structureRef="text" isCollection="true"/>'
    '<message id="m1" name="m1" itemRef="i1"/><signal id="sig" name="sig" structureRef="i2"/><message id="bare" name="b"/>'
    '<escalation id="up" name="up"{code}/>'
)
FLOWS = '<sequenceFlow id="f1" sourceRef="s" targetRef="x"/><sequenceFlow id="f2" sourceRef="x" targetRef="e"/>'
USER = '<userTask id="x">{}</userTask>'
DATA = "<ioSpecification>{}</ioSpecification>"


def file(around="", inside=USER, flows=FLOWS, code=' escalationCode="up"'):
    """A file with one process from s through x to e, and something around it."""
    process = f'<process id="p" isExecutable="true"><startEvent id="s"/>{inside}<endEvent id="e"/>{flows}</process>'
    return HEAD.replace("{code}", code) + around + process + "</definitions>"


def gateway(direction):
    return file(inside=f'<parallelGateway id="x" gatewayDirection="{direction}"/>')


def multi(inner, data=""):
    loop = f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"
    return file(inside=f'<userTask id="x">{DATA.format(data) if data else ""}{loop}</userTask>')


def message_task(kind, *items):
    tag = "dataInput" if kind == "sendTask" else "dataOutput"
    data = "".join(f'<{tag} id="d{number}" itemSubjectRef="{item}"/>' for number, item in enumerate(items))
    return file(inside=f'<{kind} id="x" messageRef="m1">{DATA.format(data)}</{kind}>')


def pools(flow, participants='<participant id="a" processRef="p"/><participant id="b"/>'):
    return file(f'<collaboration id="c">{participants}<messageFlow id="mf" {flow}/></collaboration>')


def sets(text):
    return file(inside=USER.format(DATA.format('<dataInput id="d1"/><dataInput id="d2"/><dataOutput id="o"/>' + text)))


def event(inner, kind="intermediateCatchEvent"):
    return file(inside=f'<{kind} id="x">{inner}</{kind}>')


def boundary(kind, more, task="userTask"):
    inside = (
        f'<{task} id="x"/><boundaryEvent id="b" attachedToRef="x"{more}><{kind}EventDefinition id="d"/></boundaryEvent>'
    )
    return file(inside=inside)


def called(inputs):
    task = '<globalTask id="g">' + DATA.format('<dataInput id="gi" itemSubjectRef="i1"/>') + "</globalTask>"
    data = "".join(f'<dataInput id="ci{n}" itemSubjectRef="{item}"/>' for n, item in enumerate(inputs))
    return file(task, f'<callActivity id="x" calledElement="g">{DATA.format(data)}</callActivity>')


def choice(target):
    inside = (
        f'<eventBasedGateway id="x"/>{target}<intermediateCatchEvent id="t"><timerEventDefinition>'
        '<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>'
        '<sequenceFlow id="g1" sourceRef="x" targetRef="r"/><sequenceFlow id="g2" sourceRef="x" targetRef="t"/>'
        '<sequenceFlow id="g3" sourceRef="t" targetRef="e"/><sequenceFlow id="g4" sourceRef="r" targetRef="e"/>'
    )  # fmt: skip
    return file(inside=inside, flows='<sequenceFlow id="f1" sourceRef="s" targetRef="x"/>')


def operation(data):
    interface = '<interface id="if" name="if"><operation id="op" name="op"><inMessageRef>m1</inMessageRef></operation></interface>'
    return file(interface, f'<serviceTask id="x" operationRef="op" camunda:topic="t">{data}</serviceTask>')


ONE_INPUT = DATA.format('<dataInput id="d" itemSubjectRef="i1"/>')
STATE = '<dataObject id="o" name="Order"/><dataObjectReference id="r" dataObjectRef="o" name="{}"><dataState name="new"/></dataObjectReference>'
TWO = '<signalEventDefinition signalRef="sig"/><messageEventDefinition messageRef="m1"/>'
OUT = '<dataOutput id="o{}" itemSubjectRef="i1"/>'
GLOBAL = '<globalConversation id="gc">{}</globalConversation>'
AD_HOC = '<adHocSubProcess id="x">{}</adHocSubProcess>'
CONDITION = '<sequenceFlow id="f1" sourceRef="s" targetRef="x"/><sequenceFlow id="f2" sourceRef="x" targetRef="e">{}</sequenceFlow>'
COMPLEX = "<loopCardinality>3</loopCardinality><complexBehaviorDefinition><condition>{}</condition></complexBehaviorDefinition>"

RULES = {
    "reference to another kind": ("reference-kind", event('<messageEventDefinition messageRef="sig"/>'),
                                  event('<messageEventDefinition messageRef="bare"/>')),
    "attached to an event": ("reference-kind", boundary("timer", "").replace('attachedToRef="x"', 'attachedToRef="s"'),
                             boundary("timer", "")),
    "reference to nothing": ("reference-missing", event('<messageEventDefinition messageRef="gone"/>'),
                             event('<messageEventDefinition messageRef="bare"/>')),
    "data from a task": ("data-end", file(inside=USER.format("<dataInputAssociation><sourceRef>s</sourceRef></dataInputAssociation>")),
                         file(inside=STATE.format("Order [new]")
                              + USER.format("<dataInputAssociation><sourceRef>r</sourceRef></dataInputAssociation>"))),
    "gateway that joins nothing": ("gateway-direction", gateway("Converging"), gateway("Unspecified")),
    "gateway that splits nothing": ("gateway-direction", gateway("Diverging"), gateway("Unspecified")),
    "start at a gateway with a way in": ("instantiate-incoming",
                                         choice('<receiveTask id="r"/>').replace('id="x"', 'id="x" instantiate="true"'),
                                         choice('<receiveTask id="r"/>')),
    "boundary event behind a gateway": ("event-gateway-boundary", choice(
        '<receiveTask id="r"/><boundaryEvent id="b" attachedToRef="r"><errorEventDefinition/></boundaryEvent>'),
        choice('<receiveTask id="r"/>')),
    "ad-hoc without work": ("ad-hoc-empty", file(inside=AD_HOC.format("")), file(inside=AD_HOC.format('<userTask id="y"/>'))),
    "ad-hoc with an end": ("ad-hoc-end", file(inside=AD_HOC.format('<userTask id="y"/><endEvent id="z"/>')),
                           file(inside=AD_HOC.format('<userTask id="y"/>'))),
    "compensation that does not interrupt": ("boundary-cancel", boundary("compensate", ' cancelActivity="false"'),
                                             boundary("compensate", "")),
    "intermediate event at the beginning": ("intermediate-flow", event("").replace('targetRef="x"', 'targetRef="e"'), event("")),
    "wait without a way on": ("intermediate-flow", event("").replace('sourceRef="x"', 'sourceRef="s"'), event("")),
    "link nobody throws": ("link-source", event('<linkEventDefinition name="l"/>'),
                           event('<linkEventDefinition name="l"/>').replace(
                               "<endEvent", '<intermediateThrowEvent id="y"><linkEventDefinition name="l"/></intermediateThrowEvent><endEvent')),
    "condition of the only way": ("condition-only", file(flows=CONDITION.format("<conditionExpression>a</conditionExpression>")),
                                  file(flows=CONDITION.format(""))),
    "flow that waits": ("flow-delayed", file(flows=FLOWS.replace('id="f1"', 'id="f1" isImmediate="false"')), file()),
    "escalation without code": ("escalation-code", file(
        inside='<intermediateThrowEvent id="x"><escalationEventDefinition escalationRef="up"/></intermediateThrowEvent>', code=""),
        event('<escalationEventDefinition escalationRef="up"/>', "intermediateThrowEvent")),
    "loop of two kinds": ("loop-twice", multi("<loopCardinality>3</loopCardinality>").replace(
        "</userTask>", "<standardLoopCharacteristics/></userTask>"), multi("<loopCardinality>3</loopCardinality>")),
    "many of nothing": ("loop-count", multi(""), multi("<loopCardinality>3</loopCardinality>")),
    "behaviour without a question": ("behaviour-condition", multi(COMPLEX.format("23")), multi(COMPLEX.format("a = 2"))),
    "collection that is none": ("item-collection", file(inside='<dataObject id="o" itemSubjectRef="many" isCollection="false"/>' + USER),
                                file(inside='<dataObject id="o" itemSubjectRef="many" isCollection="true"/>' + USER)),
    "name without the state": ("data-state-name", file(inside=STATE.format("Order") + USER),
                               file(inside=STATE.format("Order [new]") + USER)),
    "subprocess with data of its own": ("subprocess-data", file(inside=f'<subProcess id="x">{ONE_INPUT}</subProcess>'),
                                        file(inside=f'<userTask id="x">{ONE_INPUT}</userTask>')),
    "optional but not listed": ("data-set", sets("<inputSet><dataInputRefs>d1</dataInputRefs><optionalInputRefs>d2</optionalInputRefs></inputSet>"),
                                sets("<inputSet><dataInputRefs>d1</dataInputRefs><optionalInputRefs>d1</optionalInputRefs></inputSet>")),
    "sets that do not answer": ("data-set-pair", sets(
        '<inputSet id="is"><outputSetRefs>os</outputSetRefs></inputSet><outputSet id="os"/>'), sets(
        '<inputSet id="is"><outputSetRefs>os</outputSetRefs></inputSet><outputSet id="os"><inputSetRefs>is</inputSetRefs></outputSet>')),
    "operation without its data": ("operation-input", operation(""), operation(ONE_INPUT)),
    "two data of one message": ("message-data", message_task("receiveTask", "i1", "i1"), message_task("receiveTask", "i1")),
    "data of another type": ("message-data", message_task("sendTask", "i2"), message_task("sendTask", "i1")),
    "call with too much": ("call-data", called(["i1", "i1"]), called(["i1"])),
    "call with another type": ("call-data", called(["i2"]), called(["i1"])),
    "interface that is not bound": ("interface-binding", file('<interface id="if" name="if"/><globalTask id="g">'
                                    "<supportedInterfaceRef>if</supportedInterfaceRef></globalTask>"), file('<globalTask id="g"/>')),
    "one of many that is many": ("loop-item", multi('<loopDataInputRef>d</loopDataInputRef><inputDataItem id="k" itemSubjectRef="many"/>',
                                 '<dataInput id="d" itemSubjectRef="many"/>'),
                                 multi('<loopDataInputRef>d</loopDataInputRef><inputDataItem id="k" itemSubjectRef="i1"/>',
                                       '<dataInput id="d" itemSubjectRef="many"/>')),
    "two definitions and one datum": ("event-data", event(OUT.format(1) + TWO), event(OUT.format(1) + OUT.format(2) + TWO)),
    "message flow inside a pool": ("message-flow-pool", pools('sourceRef="a" targetRef="x"'), pools('sourceRef="b" targetRef="x"')),
    "message flow to a plain start": ("message-flow-start", pools('sourceRef="b" targetRef="s"'),
                                      pools('sourceRef="b" targetRef="x"')),
    "fewer than none": ("multiplicity", pools('sourceRef="b" targetRef="x"', '<participant id="b"><participantMultiplicity minimum="-1"/></participant>'),
                        pools('sourceRef="b" targetRef="x"', '<participant id="b"><participantMultiplicity minimum="0"/></participant>')),
    "choreography in a process": ("choreography-misplaced", file(inside='<choreographyTask id="x"/>'), file()),
    "message flow to a choreography": ("message-flow-choreography", pools('sourceRef="b" targetRef="ct"').replace(
        "<collaboration", '<choreography id="ch"><choreographyTask id="ct"/></choreography><collaboration'),
        pools('sourceRef="b" targetRef="x"')),
    "conversation in a global one": ("global-conversation", file(GLOBAL.format('<conversation id="cv"/>')),
                                     file(GLOBAL.format('<participant id="pa"/>'))),
    "format that is none": ("text-format", file(inside=USER.format('<documentation textFormat="PLAIN">a</documentation>')),
                            file(inside=USER.format('<documentation textFormat="text/plain">a</documentation>'))),
    "script of nothing": ("script-format", file(inside='<scriptTask id="x" scriptFormat="WORDS"/>'),
                          file(inside='<scriptTask id="x" scriptFormat="text/feel"/>')),
    "language without address": ("language-uri", file(flows=FLOWS.replace(
        'targetRef="e"/>', 'targetRef="e"><conditionExpression language="_a%$!">a</conditionExpression></sequenceFlow>')), file()),
    "extension to be understood": ("must-understand", file('<extension mustUnderstand="true" definition="d"/>'),
                                   file('<extension definition="d"/>')),
    "element with a slip of the pen": ("element-unknown", file(inside=USER.format("<humanPreformer/>")), file()),
    "owner in the standard's words": ("feature-unsupported", file(inside=USER.format("<potentialOwner/>")), file()),
}  # fmt: skip


def rules(text):
    return {finding["rule"] for finding in check_standard([Resource("a.bpmn", text.replace("{}", "").encode())])}


@pytest.mark.parametrize("name", RULES)
def test_what_breaks_a_rule_of_the_standard_is_named_and_its_mended_twin_is_not(name):
    rule, broken, mended = RULES[name]
    assert rule in rules(broken)
    assert rule not in rules(mended)


def test_a_broken_rule_stops_the_deployment_with_file_element_and_remedy():
    runtime = Runtime()
    with pytest.raises(DefinitionInvalid) as refused:
        runtime.summarise([Resource("a.bpmn", pools('sourceRef="a" targetRef="x"').replace("{}", "").encode())])
    (finding,) = [one for one in refused.value.facts["findings"] if one["rule"] == "message-flow-pool"]
    assert (finding["file"], finding["element"]) == ("a.bpmn", "mf")
    assert finding["message"]
    assert finding["remedy"]
    assert runtime.summarise([Resource("a.bpmn", pools('sourceRef="b" targetRef="x"').replace("{}", "").encode())])


def test_a_message_whose_data_nobody_takes_is_only_warned_of():
    waits = event('<messageEventDefinition messageRef="m1"/>').encode()
    (summary,) = Runtime().summarise([Resource("a.bpmn", waits)])
    assert ("x", "event-data-missing") in {(one["element"], one["rule"]) for one in summary.warnings}


def standard_names():
    """Every element of the standard's own schema, which comes with SpiffWorkflow."""
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    found = set()
    for name in ("Semantic.xsd", "BPMN20.xsd"):
        for one in etree.parse(folder / name).iter("{http://www.w3.org/2001/XMLSchema}element"):
            text = one.get("name") or one.get("ref") or ""
            found |= {text} if text and ":" not in text else set()
    return found


def test_every_element_of_the_standard_is_carried_out_refused_or_without_meaning():
    lists = (CARRIED_OUT, WITHOUT_MEANING, REFUSED.keys(), ABSTRACT)
    assert set().union(*lists) == standard_names()
    assert sum(map(len, lists)) == len(standard_names())


FLOW_NODES = sorted(
    name for name in CARRIED_OUT if name.endswith(("Task", "Gateway", "Process", "transaction", "Activity", "task"))
)


@pytest.mark.parametrize("kind", FLOW_NODES)
def test_what_is_carried_out_is_an_element_of_its_case(kind):
    if kind.startswith("global"):
        task = f'<{kind} id="g" camunda:resultVariable="r" scriptFormat="feel"><script>1</script></{kind}>'
        (_main, called_task) = Runtime().summarise([Resource("a.bpmn", file(task).replace("{}", "").encode())])
        assert called_task.key == "g"
        return
    text = file(inside=f'<{kind} id="x"></{kind}>')
    findings = Runtime().inspect([Resource("a.bpmn", text.encode())])
    assert {one["rule"] for one in findings} & {"element-unsupported", "element-unknown", "xml-syntax"} == set()


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_is_not_carried_out_is_refused_by_name(kind):
    inner = {
        "from": "<dataInputAssociation><assignment><from/></assignment></dataInputAssociation>",
        "to": "<dataInputAssociation><assignment><to/></assignment></dataInputAssociation>",
        "assignment": "<dataInputAssociation><assignment/></dataInputAssociation>",
        "transformation": "<dataInputAssociation><transformation/></dataInputAssociation>",
        "correlationPropertyBinding": "<correlationSubscription><correlationPropertyBinding/></correlationSubscription>",
        "dataPath": "<correlationSubscription><dataPath/></correlationSubscription>",
        "resourceRef": "<potentialOwner><resourceRef/></potentialOwner>",
        "resourceParameterBinding": "<potentialOwner><resourceParameterBinding/></potentialOwner>",
        "resourceAssignmentExpression": "<performer><resourceAssignmentExpression/></performer>",
    }  # fmt: skip
    behaviour = {"complexBehaviorDefinition", "event"}
    loop = '<multiInstanceLoopCharacteristics behavior="Complex"><complexBehaviorDefinition><event/></complexBehaviorDefinition>'
    text = f"{loop}</multiInstanceLoopCharacteristics>" if kind in behaviour else inner.get(kind, f'<{kind} id="k"/>')
    body = text if kind.endswith(("horeographyTask", "Choreography", "implicitThrowEvent")) else USER.format(text)
    with pytest.raises(DefinitionInvalid) as refused:
        Runtime().summarise(
            [
                Resource(
                    "a.bpmn", file(inside=body + ("" if body.startswith("<user") else USER)).replace("{}", "").encode()
                )
            ]
        )
    assert {one["rule"] for one in refused.value.facts["findings"]} & {"feature-unsupported", "element-unsupported"}
