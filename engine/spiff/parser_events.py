"""Reads what events catch and throw, with the messages, signals and codes they refer to."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.spiff import vendor
from engine.spiff.diagram import PYTHON, Dialect, Text, Trigger
from engine.spiff.timers import is_expression
from engine.spiff.vendor import BPMN

NONE = Trigger("none")
_REFERRED = {"message", "signal", "error", "escalation"}


@dataclass(frozen=True, slots=True)
class File:
    """The things of one file that its processes refer to by id."""

    name: str
    references: Mapping[str, etree._Element]
    lanes: Mapping[str, str]
    language: str
    dialect: Dialect


def local(element: etree._Element) -> str:
    """Return the tag of a BPMN element without its namespace; "" for elements of other namespaces."""
    tag = str(element.tag)  # comments have a function as their tag
    return tag.removeprefix(BPMN) if tag.startswith(BPMN) else ""


def references_of(root: etree._Element) -> dict[str, etree._Element]:
    """Return what stands beside the processes of a file, by id."""
    found = (one for one in root if local(one) in _REFERRED or local(one).endswith("EventDefinition"))
    return {element.get("id", ""): element for element in found}


def triggers_of(element: etree._Element, file: File) -> tuple[Trigger, ...]:
    """Return what an event or a message task waits for or throws: none, one, or several."""
    kind = local(element)
    if kind in {"receiveTask", "sendTask"}:
        return (_message(element, file),) if element.get("messageRef") else ()
    if not kind.endswith("Event"):
        return ()
    definitions = [child for child in element if local(child).endswith("EventDefinition")]
    for child in element.findall(f"{BPMN}eventDefinitionRef"):
        target = file.references.get((child.text or "").strip())
        if target is None:
            return (Trigger("eventDefinitionRef"),)
        definitions.append(target)
    return tuple(_definition(definition, file) for definition in definitions) or (NONE,)


def _definition(definition: etree._Element, file: File) -> Trigger:
    kind = local(definition).removesuffix("EventDefinition")
    reader = _READERS.get(kind)
    return Trigger(kind) if reader is None else reader(definition, file)


def _message(definition: etree._Element, file: File) -> Trigger:
    return Trigger("message", _reference(definition, "messageRef", file))


def _signal(definition: etree._Element, file: File) -> Trigger:
    return Trigger("signal", _reference(definition, "signalRef", file))


def _link(definition: etree._Element, _file: File) -> Trigger:
    return Trigger("link", definition.get("name"))


def _compensation(definition: etree._Element, _file: File) -> Trigger:
    return Trigger("compensate", definition.get("activityRef") or None)


def _conditional(definition: etree._Element, file: File) -> Trigger:
    condition = definition.find(f"{BPMN}condition")
    language = file.language if condition is None else vendor.language_of(condition.get("language"), file.language)
    text = None if condition is None else vendor.expression(condition.text, language)
    return Trigger("conditional", condition=text)


def _error(definition: etree._Element, file: File) -> Trigger:
    return Trigger(
        "error",
        code=_code(definition, "errorRef", file, "errorCode"),
        code_variable=vendor.attribute(definition, "errorCodeVariable"),
        message_variable=vendor.attribute(definition, "errorMessageVariable"),
    )


def _escalation(definition: etree._Element, file: File) -> Trigger:
    code = _code(definition, "escalationRef", file, "escalationCode")
    return Trigger("escalation", code=code, code_variable=vendor.attribute(definition, "escalationCodeVariable"))


def referred(definition: etree._Element, attribute: str, file: File) -> etree._Element | None:
    """Return what an attribute refers to, with or without the prefix of a namespace."""
    key = definition.get(attribute, "")
    return file.references.get(key, file.references.get(key.rpartition(":")[2]))


def _reference(definition: etree._Element, attribute: str, file: File) -> str | None:
    """Return the name of a message or signal; one without a name is known by its id."""
    target = referred(definition, attribute, file)
    return None if target is None else (target.get("name") or target.get("id") or None)


def _code(definition: etree._Element, attribute: str, file: File, field: str) -> str | None:
    """Return the code; an error without a code is known by its id, no reference at all means any."""
    target = referred(definition, attribute, file)
    if target is None:
        return definition.get(attribute) or None
    return target.get(field) or target.get("id")


def _timer(definition: etree._Element, file: File) -> Trigger:
    for kind in ("timeDate", "timeDuration", "timeCycle"):
        element = definition.find(f"{BPMN}{kind}")
        if element is not None:
            text = vendor.text_of(element.text) or Text("", False)
            if file.language == "python" and not text.is_feel and text.value and is_expression(text):
                text = Text(f"{PYTHON}{text.value}", True)
            return Trigger("timer", timer_kind=kind, timer=text)
    return Trigger("timer")


_READERS = {
    "timer": _timer, "message": _message, "signal": _signal, "link": _link, "compensate": _compensation,
    "conditional": _conditional, "error": _error, "escalation": _escalation,
}  # fmt: skip
