"""The static rules of BPMN 2.0 that concern a file as a whole, also the parts that are not run.

They read the XML itself: what the parser leaves out (collaborations, choreographies, item definitions) is checked
here, too. Every rule is one of the standard's; none knows a particular file. All of them are linear in the file.
"""

from collections.abc import Iterator, Sequence

from engine.errors import DefinitionInvalid
from engine.spiff.model import Resource
from engine.spiff.reading import Finding, finding
from engine.spiff.standard.collaboration import check_collaboration
from engine.spiff.standard.data import check_data
from engine.spiff.standard.elements import check_elements
from engine.spiff.standard.flow import check_flow
from engine.spiff.standard.model import Element, model_of
from engine.spiff.standard.references import check_references
from engine.spiff.standard.texts import check_texts
from engine.xml_safety import parse_xml

_RULES = (check_references, check_flow, check_data, check_collaboration, check_texts, check_elements)
_WARNINGS = frozenset({"event-data-missing"})
"""What the standard wants and nothing here depends on: data of a message is put into the case by its name."""


def check_standard(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield every fault of the diagrams; a file that is no XML is somebody else's fault."""
    for resource in resources:
        if not resource.name.endswith((".bpmn", ".bpmn20.xml")):
            continue
        try:
            root = parse_xml(resource.content, resource.name)
        except DefinitionInvalid:
            continue
        yield from _of_file(root, resource.name)


def _of_file(root: Element, name: str) -> Iterator[Finding]:
    model = model_of(root)
    for rule in _RULES:
        for element, key, message, remedy in rule(model):
            level = {"level": "warning"} if key in _WARNINGS else {}
            yield {**finding(name, element, key, message, remedy), **level}
