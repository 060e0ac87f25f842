"""Reads what Camunda Modeler writes into a diagram beside the BPMN standard."""

from collections.abc import Iterator

from lxml import etree

from engine.spiff.diagram import PYTHON, Assignment, Call, MultiInstance, Text

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"

_SAME_BUSINESS_KEY = {
    "#{execution.processBusinessKey}",
    "${execution.processBusinessKey}",
    "=business_key",
    "business_key",
}

LATEST_FORM = "formRefBinding=latest"
"""What a diagram may say but does not get: a case keeps the forms of its version."""

_IGNORED_TAGS = (
    "connector",
    "script",
    "executionListener",
    "taskListener",
    "formData",
    "errorEventDefinition",
    "field",
)
_OTHER_ENGINES = (
    "{http://camunda.org/schema/zeebe/1.0}",
    "{http://activiti.org/bpmn}",
    "{http://flowable.org/bpmn}",
    "{http://operaton.org/schema/1.0/bpmn}",
    "{http://spiffworkflow.org/bpmn/schema/1.0/core}",
)


def attribute(element: etree._Element, name: str) -> str | None:
    """Return a ``camunda:`` attribute, or None when it is missing or blank."""
    value = element.get(CAMUNDA + name)
    return value.strip() if value and value.strip() else None


def feel(text: str | None) -> str | None:
    """Return the FEEL text without its leading ``=``, or None when it is missing or blank."""
    if text is None or not text.strip():
        return None
    return text.strip().removeprefix("=").strip()


def expression(text: str | None, language: str) -> str | None:
    """Return an expression ready to be parsed: FEEL after ``=`` in any file, else in the file's own language."""
    found = feel(text)
    is_python = language == "python" and found is not None and not (text or "").strip().startswith("=")
    return f"{PYTHON}{found}" if is_python else found


def language_of(declared: str | None, default: str) -> str:
    """Return the language an ``expressionLanguage`` means; XPath, which many tools write unasked, means the default."""
    name = (declared or "").strip().lower()
    if "feel" in name:
        return "feel"
    if "python" in name:
        return "python"
    return default if not name or "xpath" in name else name


def text_of(value: str | None) -> Text | None:
    """Return an attribute as FEEL when it begins with ``=``, else as a literal."""
    if value is None or not value.strip():
        return None
    stripped = value.strip()
    return Text(stripped.removeprefix("=").strip(), True) if stripped.startswith("=") else Text(stripped, False)


def extensions(element: etree._Element, tag: str) -> list[etree._Element]:
    """Return the direct ``camunda:`` extension elements with this tag."""
    return element.findall(f"{BPMN}extensionElements/{CAMUNDA}{tag}")


def properties(element: etree._Element) -> dict[str, str]:
    """Return ``camunda:properties`` as written."""
    found: dict[str, str] = {}
    for group in extensions(element, "properties"):
        for item in group.findall(f"{CAMUNDA}property"):
            found[item.get("name") or ""] = item.get("value") or ""
    return found


def mappings(element: etree._Element, tag: str) -> tuple[tuple[str, str], ...]:
    """Return ``inputParameter`` or ``outputParameter`` as (name, FEEL); a text without ``=`` is FEEL too."""
    found = []
    for group in extensions(element, "inputOutput"):
        for item in group.findall(f"{CAMUNDA}{tag}"):
            found.append((item.get("name") or "", feel(item.text) or "null"))
    return tuple(found)


def assignment(element: etree._Element) -> Assignment:
    """Return whose work a user task is."""
    return Assignment(
        candidate_groups=text_of(attribute(element, "candidateGroups")),
        candidate_users=text_of(attribute(element, "candidateUsers")),
        assignee=text_of(attribute(element, "assignee")),
        due=text_of(attribute(element, "dueDate")),
        follow_up=text_of(attribute(element, "followUpDate")),
        priority=text_of(attribute(element, "priority")),
    )


def call(element: etree._Element) -> Call:
    """Return what a call activity calls, with its ``camunda:in`` and ``camunda:out``."""
    inputs, all_in = _variables(element, "in")
    outputs, all_out = _variables(element, "out")
    return Call((element.get("calledElement") or "").strip(), inputs, outputs, all_in, all_out)


def _variables(element: etree._Element, tag: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    found, is_all = [], False
    for item in extensions(element, tag):
        is_all = is_all or item.get("variables") == "all"
        target = item.get("target")
        source = item.get("source") or feel(item.get("sourceExpression"))
        if target and source:
            found.append((target, source))
    return tuple(found), is_all


def unsupported(element: etree._Element) -> tuple[str, ...]:
    """Return the names of Camunda features that would be silently ignored here."""
    found = [
        name
        for name in (
            "class",
            "expression",
            "delegateExpression",
            "caseRef",
            "mapDecisionResult",
            "calledElementBinding",
            "formRefBinding",
        )
        if attribute(element, name)
        not in (None, "latest", "deployment", "singleEntry", "collectEntries", "resultList", "singleResult")
    ]
    found += [LATEST_FORM] if attribute(element, "formRefBinding") == "latest" else []
    found += [tag for tag in _IGNORED_TAGS if extensions(element, tag)]
    found += ["inputOutput"] if any(_structured(element)) else []
    found += sorted({_vendor(name) for name in _foreign(element)})
    if any(attribute(element, name) for name in ("variableMappingClass", "variableMappingDelegateExpression")):
        found.append("variableMapping")
    found += [
        "businessKey"
        for item in extensions(element, "in")
        if item.get("businessKey") and item.get("businessKey") not in _SAME_BUSINESS_KEY
    ]
    return tuple(found)


def _structured(element: etree._Element) -> Iterator[bool]:
    """Yield for each mapping whether it holds a script, list or map instead of an expression."""
    for group in extensions(element, "inputOutput"):
        for item in group:
            yield any(str(child.tag).startswith(CAMUNDA) for child in item)


def _foreign(element: etree._Element) -> Iterator[str]:
    """Yield the names of attributes and extension elements that other engines would act on."""
    inside = [child for group in element.findall(f"{BPMN}extensionElements") for child in group]
    for name in (*element.attrib, *(str(child.tag) for child in inside)):
        if str(name).startswith(_OTHER_ENGINES):
            yield str(name)


def _vendor(name: str) -> str:
    return name.rpartition("}")[2]


def multi_instance(element: etree._Element, language: str) -> MultiInstance | None:
    """Return the loop characteristics of an activity."""
    loop = element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    extra = {**properties(element), **properties(loop)}
    item = loop.find(f"{BPMN}inputDataItem")
    element_variable = attribute(loop, "elementVariable") or (
        None if item is None else item.get("name") or item.get("id")
    )
    return MultiInstance(
        is_sequential=loop.get("isSequential") == "true",
        collection=feel(attribute(loop, "collection") or loop.findtext(f"{BPMN}loopDataInputRef")),
        cardinality=expression(loop.findtext(f"{BPMN}loopCardinality"), language),
        element_variable=element_variable,
        condition=expression(loop.findtext(f"{BPMN}completionCondition"), language),
        output_collection=extra.get("outputCollection") or None,
        output_element=feel(extra.get("outputElement")),
    )
