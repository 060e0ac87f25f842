"""Reads what Camunda's modeler writes beside BPMN: groups, forms, limits, messages, mappings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
CLAUSE_FORMAT = "text/x-clause"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One line of a call activity's mapping; ``source`` is FEEL, ``*`` copies everything."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Extras:
    """The vendor attributes of one element, as texts; a value beginning with ``=`` is FEEL."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    mapped_in: tuple[Mapped, ...] = ()
    mapped_out: tuple[Mapped, ...] = ()
    clauses: tuple[str, ...] = ()


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def is_bpmn(element: etree._Element) -> bool:
    """Tell whether an element belongs to the BPMN model."""
    return isinstance(element.tag, str) and etree.QName(element).namespace == BPMN


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Return the direct BPMN children of that name."""
    return [child for child in element if is_bpmn(child) and local(child) == name]


def descendants(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield all BPMN elements of that name below *element*."""
    yield from element.iter(f"{{{BPMN}}}{name}")


def read_extras(element: etree._Element) -> Extras:
    """Return what the modeler wrote beside one BPMN element."""
    prefix = f"{{{CAMUNDA}}}"
    attributes = {
        str(key).removeprefix(prefix): str(value)
        for key, value in element.attrib.items()
        if str(key).startswith(prefix)
    }
    extensions = [child for block in children(element, "extensionElements") for child in block]
    properties = {
        str(item.get("name")): str(item.get("value") or "")
        for block in extensions
        if local(block) == "properties"
        for item in block
        if local(item) == "property"
    }
    clauses = tuple(
        word
        for note in children(element, "documentation")
        if note.get("textFormat") == CLAUSE_FORMAT
        for word in (note.text or "").split()
    )
    return Extras(attributes, properties, _mapped(extensions, "in"), _mapped(extensions, "out"), clauses)


def _mapped(extensions: list[etree._Element], name: str) -> tuple[Mapped, ...]:
    found = []
    for element in extensions:
        if local(element) != name or element.get("businessKey"):
            continue
        if element.get("variables") == "all":
            found.append(Mapped("*", "*"))
            continue
        source = element.get("source") or element.get("sourceExpression") or ""
        found.append(Mapped(str(source), str(element.get("target") or "")))
    return tuple(found)


def feel_text(value: str) -> str | None:
    """Return the FEEL text of a vendor value, or None when it is a plain text."""
    return value[1:].strip() if value.startswith("=") else None
