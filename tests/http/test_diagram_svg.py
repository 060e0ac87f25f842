"""Diagrams as pictures, as text and compared."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from lxml import etree

from engine.errors import DefinitionInvalid
from web.diagrams import ElementState, TokenStates, changed_elements, describe_text, render_svg, with_stylesheet
from web.diagrams.document import open_document
from web.diagrams.icons import ACTIVITY_MARKS, CATCHING, STATE_SIGNS, TASKS, THROWING
from web.diagrams.labels import beside, width_of, wrap
from web.diagrams.labels import outside as outside_of
from web.diagrams.model import Box
from web.diagrams.reader import read_drawing
from web.diagrams.svg import LABELLED_OUTSIDE

BPMN = Path(__file__).parents[2] / "bpmn"
HANDOFF = (Path(__file__).parent / "data" / "handoff.bpmn").read_bytes()
STATES = TokenStates(
    {
        "collect": ElementState("done"),
        "check": ElementState("done"),
        "sign": ElementState("late", note="超期3日"),
        "urge": ElementState("active", count=2),
        "inspect": ElementState("waiting"),
        "handle": ElementState("error"),
        "plan": ElementState("cancelled"),
    }
)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' targetNamespace="t">'
)


def one_shape(element: str, shape: str = "") -> bytes:
    """Return a file with one element ``x`` drawn at (100, 100)."""
    plane = (
        '<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p">'
        f'<bpmndi:BPMNShape bpmnElement="x"{shape}><dc:Bounds x="100" y="100" width="100" height="80"/>'
        "</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )
    return f'{HEAD}<process id="p">{element}</process>{plane}</definitions>'.encode()


def drawn(bpmn_xml: bytes, element_id: str = "x", tokens: TokenStates | None = None) -> etree._Element:
    """Return the group of one element."""
    root = etree.fromstring(render_svg(bpmn_xml, tokens))
    return next(group for group in root.iter("{*}g") if group.get("data-element-id") == element_id)


def classes(group: etree._Element) -> set[str]:
    """Return every class used in the group."""
    return {name for element in group.iter() for name in str(element.get("class", "")).split()}


def test_every_drawn_element_can_be_found_by_its_id():
    picture = render_svg(HANDOFF)
    ids = set(re.findall(r'data-element-id="([^"]+)"', picture))
    assert {"pool", "lane_urban", "sign", "overdue", "is_risky", "f_low", "closed"} <= ids


def test_the_picture_needs_no_inline_style_and_no_script():
    picture = render_svg(HANDOFF, STATES, links={"sign": "/tasks/1"})
    assert "style=" not in picture
    assert "<style" not in picture
    assert not re.search(r'\b(fill|stroke)="', picture)
    assert not re.search(r"\son\w+=|<script", picture)


def test_a_picture_for_a_letter_carries_its_colours():
    assert ".bpmn .is-late" in with_stylesheet(render_svg(HANDOFF))


@pytest.mark.acceptance("A20")
def test_each_state_has_a_sign_and_words_of_its_own():
    picture = render_svg(HANDOFF, STATES)
    assert len({tuple(sign) for sign in STATE_SIGNS.values()}) == len(STATE_SIGNS)
    for words in ("已完成", "超期，超期3日", "进行中 ×2", "等待中", "异常", "已取消"):
        assert words in picture


def test_a_short_note_is_readable_on_the_badge():
    assert re.search(r'class="d-badge-text"[^>]*>超期3日<', render_svg(HANDOFF, STATES))


@pytest.mark.parametrize("path", sorted(BPMN.glob("*/*.bpmn")), ids=lambda path: path.stem)
def test_a_badge_covers_no_words_of_any_shipped_diagram(path):
    """Each element is tried with the widest badge and the round one; words are those outside shapes and at flows."""
    drawing = read_drawing(open_document(path.read_bytes()), None)
    ends = defaultdict(list)
    for edge in drawing.edges:
        ends[edge.source].append(edge.points[0])
        ends[edge.target].append(edge.points[-1])
    outside = [outside_of(shape, ends[shape.id]) for shape in drawing.shapes if shape.kind in LABELLED_OUTSIDE]
    words = [label.box for label in (*outside, *map(beside, drawing.edges)) if label is not None]
    tokens = [ElementState("late", count=3, note="超期120日"), ElementState("active")]
    for token in tokens:
        states = TokenStates({shape.id: token for shape in drawing.shapes if not shape.is_container})
        picture = etree.fromstring(render_svg(path.read_bytes(), states).encode())
        signs = [place_of(one) for one in picture.iter("{*}g") if one.get("class") == "d-badge"]
        assert len(signs) == len(states.states)
        assert [(sign, box) for sign in signs for box in words if meet(sign, box)] == []


def place_of(badge: etree._Element) -> Box:
    """Return the space a drawn badge takes."""
    body = badge[0]
    if body.tag.endswith("circle"):
        x, y, r = (float(body.get(name)) for name in ("cx", "cy", "r"))
        return Box(x - r, y - r, 2 * r, 2 * r)
    return Box(*(float(body.get(name)) for name in ("x", "y", "width", "height")))


def meet(one: Box, other: Box) -> bool:
    edge = 0.1  # numbers are written with one decimal
    across = one.x + edge < other.right and other.x + edge < one.right
    return across and one.y + edge < other.bottom and other.y + edge < one.bottom


def test_a_flow_is_green_when_a_token_must_have_used_it():
    done = TokenStates({key: ElementState("done") for key in ("check", "sign", "is_risky", "list_draw")})
    assert "is-done" in classes(drawn(HANDOFF, "f3", done))
    assert "is-done" in classes(drawn(HANDOFF, "f_low", done))


def test_a_flow_is_not_green_when_the_token_may_have_come_another_way():
    flows = (("f", "a", "c"), ("g", "a", "b"), ("h", "b", "c"))
    model = "".join(f'<sequenceFlow id="{key}" sourceRef="{start}" targetRef="{end}"/>' for key, start, end in flows)
    lines = "".join(
        f'<bpmndi:BPMNEdge bpmnElement="{key}"><di:waypoint x="0" y="0"/><di:waypoint x="9" y="0"/></bpmndi:BPMNEdge>'
        for key, *_ in flows
    )
    nodes = '<task id="a"/><task id="b"/><task id="c"/><task id="x"/>'
    source = one_shape(nodes + model).replace(b"</bpmndi:BPMNPlane>", f"{lines}</bpmndi:BPMNPlane>".encode())
    done = TokenStates({key: ElementState("done") for key in "abc"})
    assert "is-done" not in classes(drawn(source, "f", done))
    assert "is-done" in classes(drawn(source, "h", done))


def test_a_shape_with_an_address_is_a_link():
    root = etree.fromstring(render_svg(HANDOFF, links={"sign": "/tasks/1?a=1&b=2"}))
    link = next(root.iter("{*}a"))
    assert link.get("href") == "/tasks/1?a=1&b=2"
    assert link[0].get("data-element-id") == "sign"


def test_the_picture_tells_its_name_to_screen_readers():
    root = etree.fromstring(render_svg(HANDOFF))
    assert (root.get("role"), root.get("aria-label")) == ("group", "流程图：审管衔接")
    assert drawn(HANDOFF, "overdue")[0].text == "2个工作日未签收（定时边界事件）"


def test_words_of_a_diagram_cannot_become_markup():
    picture = render_svg(one_shape('<task id="x" name="&lt;script&gt;&amp;&quot;"/>'))
    assert "<script>" not in picture
    assert "&lt;script&gt;" in picture


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_every_kind_of_task_has_its_icon(kind):
    with_icon = drawn(one_shape(f'<{kind} id="x"/>'))
    plain = drawn(one_shape('<task id="x"/>'))
    assert len(list(with_icon.iter("{*}path"))) == len(TASKS[kind]) > len(list(plain.iter("{*}path")))


@pytest.mark.parametrize("kind", sorted(set(CATCHING) - {"multiple", "parallel-multiple", "compensation"}))
@pytest.mark.parametrize("event", ["startEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent"])
def test_every_event_shows_what_it_catches_or_throws(kind, event):
    group = drawn(one_shape(f'<{event} id="x"><{kind}EventDefinition/></{event}>'))
    pictures = THROWING if event in ("intermediateThrowEvent", "endEvent") else CATCHING
    assert [path.get("d") for path in group.iter("{*}path")] == [data for _, data in pictures[kind]]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ('<startEvent id="x" isInterrupting="false"><timerEventDefinition/></startEvent>', "d-dashed"),
        ('<boundaryEvent id="x" cancelActivity="false"><timerEventDefinition/></boundaryEvent>', "d-dashed"),
        ('<endEvent id="x"/>', "d-end"),
        ('<callActivity id="x"/>', "d-thick"),
        ('<subProcess id="x" triggeredByEvent="true"/>', "d-dotted"),
        ('<transaction id="x"/>', "d-inner"),
        ('<inclusiveGateway id="x"/>', "d-ring"),
        ('<group id="x"/>', "d-group"),
    ],
)
def test_outlines_follow_the_standard(element, expected):
    assert expected in classes(drawn(one_shape(element)))


@pytest.mark.parametrize(
    ("element", "mark"),
    [
        ('<task id="x"><standardLoopCharacteristics/></task>', "loop"),
        ('<task id="x"><multiInstanceLoopCharacteristics/></task>', "parallel"),
        ('<task id="x"><multiInstanceLoopCharacteristics isSequential="true"/></task>', "sequential"),
        ('<task id="x" isForCompensation="true"/>', "compensation"),
        ('<adHocSubProcess id="x"/>', "ad-hoc"),
        ('<subProcess id="x"/>', "collapsed"),
    ],
)
def test_activities_show_their_marks(element, mark):
    paths = {path.get("d") for path in drawn(one_shape(element)).iter("{*}path")}
    assert {data for _, data in ACTIVITY_MARKS[mark]} <= paths


def test_the_cross_of_a_gateway_is_hidden_only_when_the_diagram_says_so():
    shown = drawn(one_shape('<exclusiveGateway id="x"/>'))
    hidden = drawn(one_shape('<exclusiveGateway id="x"/>', ' isMarkerVisible="false"'))
    assert "d-solid" in classes(shown)
    assert "d-solid" not in classes(hidden)


def test_what_is_inside_a_collapsed_subprocess_is_not_drawn():
    inside = b'<subProcess id="x"><task id="y"/></subProcess>'
    shape = (
        b'<bpmndi:BPMNShape bpmnElement="y"><dc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape>'
        b"</bpmndi:BPMNPlane>"
    )
    source = one_shape(inside.decode(), ' isExpanded="false"').replace(b"</bpmndi:BPMNPlane>", shape)
    assert 'data-element-id="y"' not in render_svg(source)
    assert 'data-element-id="y"' in render_svg(source.replace(b' isExpanded="false"', b""))


def test_chinese_is_wrapped_by_the_character_and_closing_marks_never_begin_a_line():
    assert wrap("制定跟踪检查计划", 60, 3) == ("制定跟踪", "检查计划")
    assert all(not line.startswith(("，", "。", "）")) for line in wrap("签收，核对（抄送）。归档", 36, 9))


def test_what_does_not_fit_ends_in_an_ellipsis():
    lines = wrap("监管结果归档公示并抄送城市管理局", 48, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert width_of(lines[-1]) <= 48


def test_a_file_without_layout_says_so():
    assert "此流程没有绘制图形" in render_svg(f'{HEAD}<process id="p"><task id="x"/></process></definitions>'.encode())


def test_nonsense_coordinates_are_left_out():
    for value in ("NaN", "inf", "", "1e99", "abc"):
        source = one_shape('<task id="x"/>').replace(b'x="100"', f'x="{value}"'.encode())
        assert 'data-element-id="x"' not in render_svg(source)


def test_entities_are_refused():
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa">]>' + HEAD.encode() + b"<process id='p'/></definitions>"
    )
    with pytest.raises(DefinitionInvalid):
        render_svg(bomb)


def test_the_process_asked_for_is_the_one_drawn():
    first, second = one_shape('<task id="x" name="甲"/>'), one_shape('<task id="y" name="乙"/>')
    second = (
        second.replace(b'id="p"', b'id="q"').replace(b'"p"', b'"q"').replace(b'bpmnElement="x"', b'bpmnElement="y"')
    )
    both = first.replace(b"</definitions>", b"") + second.partition(b'targetNamespace="t">')[2]
    assert 'data-element-id="y"' not in render_svg(both)
    assert 'data-element-id="y"' in render_svg(both, process_id="q")


@pytest.mark.acceptance("A20")
def test_the_text_version_follows_the_flow_and_names_unit_state_and_next_step():
    steps = describe_text(HANDOFF, STATES)
    assert [step.element_id for step in steps[:4]] == ["permit_granted", "collect", "check", "sign"]
    sign = next(step for step in steps if step.element_id == "sign")
    assert (sign.lane, sign.kind, sign.state_label) == ("自然资源和规划局", "人工任务", "超期，超期3日")
    risk = next(step for step in steps if step.element_id == "is_risky")
    assert [(after.when, after.name) for after in risk.next_steps] == [
        ("一般", "列入双随机名录"),
        ("重点", "制定跟踪检查计划"),
    ]
    assert next(step for step in steps if step.element_id == "overdue").attached_to == "签收（回执）"
    assert len(steps) == 15


def test_the_text_version_tells_every_step_even_when_nothing_leads_to_it():
    loop = (
        '<process id="p"><task id="a"/><task id="b"/>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="b"/><sequenceFlow id="g" sourceRef="b" targetRef="a"/></process>'
    )
    assert [step.element_id for step in describe_text(f"{HEAD}{loop}</definitions>".encode())] == ["a", "b"]


def test_moving_a_shape_is_no_change_but_a_new_name_is():
    moved = HANDOFF.replace(b'x="840" y="515"', b'x="850" y="525"')
    renamed = HANDOFF.replace("现场检查".encode(), "双人现场检查".encode())
    assert changed_elements(HANDOFF, moved) == {}
    assert changed_elements(HANDOFF, renamed) == {"inspect": "changed"}


def test_new_and_missing_elements_are_reported_on_their_side():
    replaced = HANDOFF.replace(b'"handle"', b'"handle_case"')
    changes = changed_elements(HANDOFF, replaced)
    assert (changes["handle"], changes["handle_case"]) == ("removed", "added")
    assert {changes["f12"], changes["f13"]} == {"changed"}
    assert "is-added" in classes_of_change(replaced, changes)


def classes_of_change(bpmn_xml: bytes, changes: dict[str, str]) -> str:
    """Return the classes of the changed shapes."""
    return " ".join(re.findall(r'class="(d-shape [^"]*)"', render_svg(bpmn_xml, changes=changes)))
