"""Reads what belongs to single kinds of elements: forms, calls, decisions, scripts, loops, data."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lxml import etree

from engine.errors import ExpressionInvalid
from engine.feel import python_subset
from engine.spiff import vendor
from engine.spiff.diagram import PYTHON, AdHoc, Node, StandardLoop
from engine.spiff.parser_events import File, local
from engine.spiff.vendor import BPMN

Pairs = tuple[tuple[str, str], ...]
_ALL = {"None", "One", "Complex"}


def detailed(element: etree._Element, node: Node, file: File) -> Node:
    """Return the node with what its kind of element has beside the rest."""
    reader = _READERS.get(node.type, _topic)
    return reader(element, node, file)


def _user_task(element: etree._Element, node: Node, _file: File) -> Node:
    form = vendor.attribute(element, "formKey") or vendor.attribute(element, "formRef")
    return replace(node, form_key=form, assignment=vendor.assignment(element))


def _call(element: etree._Element, node: Node, file: File) -> Node:
    found = vendor.call(element)
    is_bare = not (found.inputs or found.outputs or found.all_in or found.all_out)
    if is_bare and file.dialect.shares_variables:
        found = replace(found, all_in=True, all_out=True)
    return replace(node, call=found)


def _decision(element: etree._Element, node: Node, _file: File) -> Node:
    return replace(
        node,
        decision=vendor.attribute(element, "decisionRef"),
        result_variable=vendor.attribute(element, "resultVariable"),
        topic=vendor.attribute(element, "topic"),
    )


def _topic(element: etree._Element, node: Node, file: File) -> Node:
    topic = vendor.attribute(element, "topic")
    is_plain = file.dialect.implicit_topics and node.type == "serviceTask"
    return replace(node, topic=topic or (node.id if is_plain else None))


def _script(element: etree._Element, node: Node, file: File) -> Node:
    """Read a script of assignments: one FEEL expression into ``camunda:resultVariable``, or Python assignments."""
    language = vendor.language_of(element.get("scriptFormat"), file.language)
    text, result = element.findtext(f"{BPMN}script") or "", vendor.attribute(element, "resultVariable")
    if result and language in ("feel", "python"):
        return replace(node, script=((result, vendor.expression(text, language) or "null"),))
    if language != "python":
        return replace(node, unsupported=(*node.unsupported, "script"))
    try:
        assigned = python_subset.parse_script(text)
    except ExpressionInvalid as exc:
        return replace(node, unsupported=(*node.unsupported, f"script ({exc.facts.get('reason')})"))
    return replace(node, script=tuple((name, f"{PYTHON}{value}") for name, value in assigned))


def _ad_hoc(element: etree._Element, node: Node, file: File) -> Node:
    condition = vendor.expression(element.findtext(f"{BPMN}completionCondition"), file.language)
    is_sequential = element.get("ordering", "Parallel") == "Sequential"
    cancels = element.get("cancelRemainingInstances", "true") == "true"
    return replace(node, ad_hoc=AdHoc(is_sequential, condition, cancels))


def _complex(element: etree._Element, node: Node, file: File) -> Node:
    condition = element.find(f"{BPMN}activationCondition")
    text = None if condition is None else vendor.expression(condition.text, file.language)
    return replace(node, activation=text)


_READERS: Mapping[str, Callable[[etree._Element, Node, File], Node]] = {
    "userTask": _user_task, "globalUserTask": _user_task, "callActivity": _call, "businessRuleTask": _decision,
    "scriptTask": _script, "adHocSubProcess": _ad_hoc, "complexGateway": _complex,
}  # fmt: skip


def standard_loop(element: etree._Element, file: File) -> StandardLoop | None:
    """Return the loop of an activity that repeats while a condition is true."""
    loop = element.find(f"{BPMN}standardLoopCharacteristics")
    if loop is None:
        return None
    maximum = loop.get("loopMaximum")
    return StandardLoop(
        vendor.expression(loop.findtext(f"{BPMN}loopCondition"), file.language),
        loop.get("testBefore") == "true",
        int(maximum) if maximum and maximum.lstrip("-").isdigit() else None,
    )


def data_of(element: etree._Element, direction: str, objects: Mapping[str, str]) -> Pairs:
    """Return the data associations of an activity as (target, source); *objects* maps references to data objects."""
    found = []
    for link in element.findall(f"{BPMN}data{direction}Association"):
        target = (link.findtext(f"{BPMN}targetRef") or "").strip()
        for source in link.findall(f"{BPMN}sourceRef"):
            name = (source.text or "").strip()
            if name and target:
                found.append((objects.get(target, target), objects.get(name, name)))
    return tuple(found)


def quantity(element: etree._Element) -> tuple[int, int]:
    """Return how many tokens begin an activity and how many leave it."""
    values = (element.get("startQuantity", "1"), element.get("completionQuantity", "1"))
    start, completion = (int(value) if value.lstrip("-").isdigit() else 0 for value in values)
    return start, completion


def ignored(element: etree._Element) -> tuple[str, ...]:
    """Return the names of standard features that would be silently ignored here."""
    found = []
    if element.get("isForCompensation") == "true" and local(element) in ("callActivity",):
        found.append("isForCompensation")
    for tag in ("dataInputAssociation", "dataOutputAssociation"):
        if any(link.find(f"{BPMN}transformation") is not None for link in element.findall(f"{BPMN}{tag}")):
            found.append("transformation")
    loop = element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is not None and loop.get("behavior", "All") in _ALL:
        found.append("behavior")
    return tuple(found)
