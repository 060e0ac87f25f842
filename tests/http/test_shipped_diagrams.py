"""The diagrams we deliver can be looked at and read aloud."""

from pathlib import Path

import pytest
from lxml import etree

from web.diagrams import describe_text, render_svg

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "bpmn").glob("*/*.bpmn"))
FLOW_NODE_ENDINGS = ("Task", "task", "Event", "Gateway", "subProcess", "callActivity")


def flow_nodes(path):
    """Return the ids of every step in the file."""
    model = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
    root = etree.fromstring(path.read_bytes())
    return {
        node.get("id") for node in root.iter(f"{model}*") if node.tag.endswith(FLOW_NODE_ENDINGS) and node.get("id")
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_step_is_drawn_and_told(path):
    picture = render_svg(path.read_bytes())
    told = {step.element_id for step in describe_text(path.read_bytes())}
    assert flow_nodes(path) <= told
    assert {node for node in flow_nodes(path) if f'data-element-id="{node}"' not in picture} == set()
