"""Every element that a diagram draws is in our picture with its words: ours, and the published reference files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.conformance.runners import CASES
from web.diagrams import ElementState, Note, TokenStates, describe_text, render_svg
from web.diagrams.document import Document, local, open_document
from web.diagrams.facts import name_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "bpmn").glob("*/*.bpmn"))
LIST = CASES / "import" / "manifest.jsonl"
TALK = (Path(__file__).parent / "data" / "talk.bpmn").read_bytes()


def references() -> list[Path]:
    """Return the files of the interchange group that are installed."""
    if not LIST.is_file():
        return []
    rows = [json.loads(line) for line in LIST.read_text(encoding="utf-8").splitlines()]
    return [CASES / row["file"] for row in rows if row["corpus"].startswith("miwg") and row["must"] == "accept"]


REFERENCES = references()


def drawn(document: Document) -> Iterator[tuple[etree._Element, str]]:
    """Yield what the first plane draws, without what lies inside collapsed subprocesses, with its words."""
    plane = document.planes()[0]
    items = [item for item in plane if local(item) in ("BPMNShape", "BPMNEdge")]
    collapsed = [
        document.find(item.get("bpmnElement"))
        for item in items
        if item.get("isExpanded") == "false" and local(item) == "BPMNShape"
    ]
    hidden = {
        child.get("id")
        for host in collapsed
        if host is not None and local(host) in ("subProcess", "transaction", "adHocSubProcess")
        for child in host.iterdescendants()
    }
    for item in items:
        element = document.find(item.get("bpmnElement"))
        points = [part for part in item if local(part) == "waypoint"]
        is_line = local(item) == "BPMNEdge" and len({(one.get("x"), one.get("y")) for one in points}) < 2
        if element is not None and element.get("id") not in hidden and not is_line:
            yield element, "".join(name_of(document, element).split())


def missing(content: bytes) -> list[str]:
    """Return the ids of what is not in the picture, or there without the beginning of its words."""
    document = open_document(content)
    picture = etree.fromstring(render_svg(content))
    ids = {group.get("data-element-id") for group in picture.iter("{*}g")}
    words = {"".join("".join(text.itertext()).split()).rstrip("…") for text in picture.iter("{*}text")}
    found = []
    for element, name in drawn(document):
        if element.get("id") not in ids:
            found.append(str(element.get("id")))
        elif name and not any(shown and name.startswith(shown) for shown in words):
            found.append(f"{element.get('id')}: {name}")
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_our_own_diagrams_are_drawn_completely(path: Path) -> None:
    assert missing(path.read_bytes()) == []


@pytest.mark.skipif(not REFERENCES, reason="the published cases are not installed; set XIANJIE_TEST_CONFORMANCE")
def test_the_reference_diagrams_are_drawn_completely() -> None:
    assert len(REFERENCES) >= 60
    assert {path.name: lost for path in REFERENCES if (lost := missing(path.read_bytes()))} == {}


def test_choreographies_and_conversations_are_drawn() -> None:
    assert missing(TALK) == []
    picture = render_svg(TALK)
    assert picture.count('class="d-shaded"') == 1  # the participant who only answers
    assert "编排任务" in picture


@pytest.mark.acceptance("A20")
def test_tokens_are_told_apart_without_colour() -> None:
    """Overdue, waiting, error and parallel tokens differ by sign, by outline and by words."""
    path = ROOT / "bpmn" / "supervision_order" / "supervision_order.bpmn"
    steps = [one.element_id for one in describe_text(path.read_bytes()) if "任务" in one.kind][:4]
    states = [
        ElementState("late", note="超期3日"), ElementState("waiting"), ElementState("error"),
        ElementState("active", count=2),
    ]  # fmt: skip
    tokens = TokenStates(dict(zip(steps, states, strict=True)))
    picture = etree.fromstring(render_svg(path.read_bytes(), tokens))
    signs = []
    for state in ("late", "waiting", "error", "active"):
        badge = next(g for g in picture.iter("{*}g") if g.get("class") == f"is-{state}" and g.get("aria-hidden"))
        signs.append(tuple(part.get("d") for part in badge.iter("{*}path")))
    assert len(set(signs)) == 4
    texts = ["".join(text.itertext()) for text in picture.iter("{*}text")]
    assert "超期3日" in texts
    assert "×2" in texts
    told = {one.element_id: one.state_label for one in describe_text(path.read_bytes(), tokens)}
    assert [told[step] for step in steps] == ["超期，超期3日", "等待中", "异常", "进行中 ×2"]
    css = (ROOT / "web/static/css/diagram.css").read_text(encoding="utf-8")
    outlines = [css.split(f".is-{state} > .d-box {{")[1].split("}")[0] for state in ("late", "waiting", "error")]
    assert len({"stroke-dasharray" in one and one.split("stroke-dasharray")[1] for one in outlines}) == 3


def test_slips_are_words_on_the_element_they_belong_to() -> None:
    path = ROOT / "bpmn" / "supervision_order" / "supervision_order.bpmn"
    step = next(one.element_id for one in describe_text(path.read_bytes()) if "任务" in one.kind)
    picture = render_svg(path.read_bytes(), notes={step: Note("中位2.5日 超期3/10", "heat-2")})
    assert ">中位2.5日 超期3/10<" in picture
    assert "is-heat-2" in picture


def test_the_text_version_tells_conditions_even_where_the_flow_has_no_words() -> None:
    content = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="s"/>'
        b'<exclusiveGateway id="g" default="c"/><task id="t" name="T"/><endEvent id="e" name="E"/>'
        b'<sequenceFlow id="a" sourceRef="s" targetRef="g"/><sequenceFlow id="b" sourceRef="g" targetRef="t">'
        b"<conditionExpression>=amount &gt; 3</conditionExpression></sequenceFlow>"
        b'<sequenceFlow id="c" sourceRef="g" targetRef="e"/></process></definitions>'
    )
    gate = next(one for one in describe_text(content) if one.element_id == "g")
    assert [(one.when, one.name) for one in gate.next_steps] == [("条件 amount > 3", "T"), ("其他情况", "E")]
