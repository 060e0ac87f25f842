"""A BPMN file as an index of its elements; names are read without their namespace prefix."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.xml_safety import parse_xml

Element = etree._Element
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"


def local(element: Element) -> str:
    """Return the tag of *element* without its namespace; comments have none."""
    if isinstance(element, (etree._Comment, etree._ProcessingInstruction, etree._Entity)):
        return ""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield the direct BPMN children with one of *names*, or all elements when none is given."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def has_child(element: Element, name: str) -> bool:
    """Return whether there is a direct child called *name*."""
    return next(children(element, name), None) is not None


def child_text(element: Element, name: str) -> str:
    """Return the stripped text of the first direct child called *name*, or an empty text."""
    return next(("".join(str(part) for part in child.itertext()).strip() for child in children(element, name)), "")


@dataclass(frozen=True, slots=True)
class Document:
    """The root element and every model element by its id."""

    root: Element
    by_id: dict[str, Element]

    def find(self, reference: str | None) -> Element | None:
        """Return what a QName refers to; prefixes of other files' namespaces are ignored."""
        if not reference:
            return None
        found = self.by_id.get(reference)
        return found if found is not None else self.by_id.get(reference.rpartition(":")[2])

    def planes(self) -> list[Element]:
        """Return the planes in the order of the file."""
        return list(self.root.iter(f"{{{BPMNDI}}}BPMNPlane"))


def open_document(bpmn_xml: bytes) -> Document:
    """Parse a BPMN file with the guarded reader.

    Raises:
        DefinitionInvalid: not well-formed, too large, or with a document type declaration.
    """
    root = parse_xml(bpmn_xml, "diagram.bpmn")
    by_id: dict[str, Element] = {}
    for element in root.iter(f"{{{BPMN}}}*"):
        identifier = element.get("id")
        if identifier:
            by_id.setdefault(identifier, element)
    return Document(root, by_id)
