"""Counts what a BPMN file draws, so that an importer can tell whether anything was lost."""

from lxml import etree

from engine.spiff.parser_events import local
from engine.xml_safety import parse_xml

_FLOW_NODES = ("Task", "Event", "Gateway", "task")
_OTHERS = {"subProcess", "transaction", "adHocSubProcess", "callActivity", "callChoreography", "subChoreography"}
_COUNTED = {
    "sequenceFlow": "sequenceFlows", "messageFlow": "messageFlows", "participant": "participants", "lane": "lanes",
    "process": "processes", "dataObject": "dataObjects", "dataStoreReference": "dataObjects",
}  # fmt: skip


def counts_of(content: bytes, filename: str) -> dict[str, int]:
    """Return how many processes, flow nodes, flows, participants, lanes and data objects a file has.

    A reference to a data store is drawn like a data object, and counts as one.

    Raises:
        DefinitionInvalid: it is not safe, well-formed XML.
    """
    found = dict.fromkeys([*_COUNTED.values(), "flowNodes"], 0)
    for element in parse_xml(content, filename).iter(etree.Element):
        name = local(element)
        if name in _COUNTED:
            found[_COUNTED[name]] += 1
        elif is_flow_node(name):
            found["flowNodes"] += 1
    return found


def is_flow_node(name: str) -> bool:
    """Tell whether a BPMN tag is that of an activity, event or gateway."""
    return name in _OTHERS or (name.endswith(_FLOW_NODES) and not name.startswith("global"))
