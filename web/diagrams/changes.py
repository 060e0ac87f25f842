"""What differs between two versions of a diagram, for the visual comparison."""

from typing import Literal

from lxml import etree

from web.diagrams.document import BPMN, Element, local, open_document
from web.diagrams.model import DATA, FLOW_NODES

Change = Literal["added", "removed", "changed"]

COMPARED = (
    FLOW_NODES | DATA | {"sequenceFlow", "messageFlow", "association", "participant", "lane", "textAnnotation", "group"}
)
WIRING = ("incoming", "outgoing", "flowNodeRef")


def changed_elements(old_xml: bytes, new_xml: bytes) -> dict[str, Change]:
    """Return how each element's meaning differs between two versions; unchanged ones are absent.

    Moving a shape is no change. A sub-process counts as changed only when its own attributes did;
    what happened inside is reported by the elements inside.

    Raises:
        DefinitionInvalid: one of the files is not readable XML.
    """
    old, new = _meanings(old_xml), _meanings(new_xml)
    result: dict[str, Change] = dict.fromkeys(old.keys() - new.keys(), "removed")
    result |= dict.fromkeys(new.keys() - old.keys(), "added")
    return result | {key: "changed" for key in old.keys() & new.keys() if old[key] != new[key]}


def _meanings(bpmn_xml: bytes) -> dict[str, str]:
    document = open_document(bpmn_xml)
    return {key: _meaning(element) for key, element in document.by_id.items() if local(element) in COMPARED}


def _meaning(element: Element) -> str:
    """Return a canonical text of the element without layout, wiring lists and compared children."""
    parts = [local(element), *sorted(f"{key!s}={value!s}" for key, value in element.attrib.items())]
    for child in element:
        if local(child) in WIRING or (local(child) in COMPARED and str(child.tag).startswith(f"{{{BPMN}}}")):
            continue
        if local(child):
            parts.append(_canonical(child))
    return "\n".join(parts)


def _canonical(element: Element) -> str:
    source = etree.tostring(element, encoding="unicode", with_tail=False)
    return str(etree.canonicalize(source, strip_text=True))
