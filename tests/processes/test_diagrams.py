"""Every diagram can be deployed, read by a person, and traced to the law."""

import re
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from lxml import etree

from engine import dmn
from engine.dmn.analysis import analyse
from engine.spiff.model import DefinitionSummary, Resource
from engine.spiff.runtime import Runtime
from workflows.catalog import PROCESSES
from workflows.clauses import Clauses
from workflows.form_book import FormBook
from workflows.time_limits import load_time_limits

ROOT = Path(__file__).resolve().parents[2]
BPMN = ROOT / "bpmn"
NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "w": "http://www.omg.org/spec/DD/20100524/DI",
    "c": "http://camunda.org/schema/1.0/bpmn",
}
DIAGRAMS = sorted(BPMN.glob("*/*.bpmn"), key=lambda path: path.stem)
TABLES = sorted(BPMN.glob("*/*.dmn"), key=lambda path: path.stem)
NODES = (
    *("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"),
    *(
        "userTask",
        "serviceTask",
        "businessRuleTask",
        "subProcess",
        "callActivity",
        "exclusiveGateway",
        "parallelGateway",
        "eventBasedGateway",
    ),
)
FUNCTIONS = {
    "due": lambda limit, start=None: limit,
    "warn": lambda limit, start=None: limit,
    "later": lambda one, other: one,
}
Box = tuple[float, float, float, float]

each_diagram = pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)


def tree(path: Path) -> etree._Element:
    """Return the root of a diagram."""
    return etree.parse(path).getroot()


def nodes(root: etree._Element) -> list[etree._Element]:
    """Return every flow node."""
    return [element for name in NODES for element in root.iter(f"{{{NS['b']}}}{name}")]


def boxes(root: etree._Element) -> dict[str, Box]:
    """Return where each shape is drawn: left, top, right, bottom."""
    found = {}
    for shape in root.iter(f"{{{NS['di']}}}BPMNShape"):
        bounds = shape.find("dc:Bounds", NS)
        x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement")] = (x, y, x + width, y + height)
    return found


def meet(one: Box, other: Box) -> bool:
    """Tell whether two boxes share any area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def inside(inner: Box, outer: Box) -> bool:
    """Tell whether one box lies in the other."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@pytest.fixture(scope="module")
def summaries() -> dict[str, DefinitionSummary]:
    """What the engine makes of everything in the folder, deployed together."""
    files = [Resource(path.name, path.read_bytes()) for path in (*DIAGRAMS, *TABLES)]
    return {found.key: found for found in Runtime(FUNCTIONS).summarise(files)}


def test_the_engine_accepts_every_diagram(summaries):
    assert set(summaries) == {path.stem for path in DIAGRAMS}


@each_diagram
def test_folder_file_and_process_bear_one_name(path):
    assert path.stem == path.parent.name == tree(path).find("b:process", NS).get("id")


@each_diagram
def test_no_id_is_used_twice_and_all_are_snake_case(path):
    ids = [element.get("id") for element in tree(path).iter() if isinstance(element.tag, str) and element.get("id")]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


def test_every_user_task_has_a_form_and_every_form_is_used(summaries):
    wanted = {(s.key, e.form_key) for s in summaries.values() for e in s.elements if e.type == "userTask"}
    wanted |= {(process.key, name) for process in PROCESSES for name in process.forms}
    book = FormBook.load(BPMN)
    assert wanted == set(book.forms)
    assert all(form.id == key for (_, key), form in book.forms.items())


def test_every_user_task_is_named_by_its_form_and_offered_to_somebody():
    tasks = [task for path in DIAGRAMS for task in tree(path).iter(f"{{{NS['b']}}}userTask")]
    assert [t.get("id") for t in tasks if t.get(f"{{{NS['c']}}}formKey") != t.get("id")] == []
    assert [t.get("id") for t in tasks if not (t.get(f"{{{NS['c']}}}candidateGroups") or "").startswith("=")] == []


@each_diagram
def test_every_named_step_says_by_which_clause(path):
    clauses = Clauses.load(BPMN / "clauses.toml")
    for node in nodes(tree(path)):
        notes = [note.text for note in node.findall("b:documentation", NS) if note.get("textFormat") == "text/x-clause"]
        assert len(notes) == (1 if node.get("name") else 0), node.get("id")
        assert [key for key in " ".join(notes).split() if not clauses.exists(key)] == [], node.get("id")


def test_every_form_field_names_its_reason_and_a_known_clause():
    clauses = Clauses.load(BPMN / "clauses.toml")
    for (process, key), form in FormBook.load(BPMN).forms.items():
        assert [question.key for question in form.questions if not question.why] == [], (process, key)
        assert [q.clause for q in form.questions if q.clause and not clauses.exists(q.clause)] == [], (process, key)


def test_no_task_asks_more_than_five_questions_unless_it_is_an_official_sheet():
    exempt = {(process.key, name) for process in PROCESSES for name in (*process.forms, *process.sheets)}
    forms = FormBook.load(BPMN).forms
    long = {key: len(form.questions) for key, form in forms.items() if len(form.questions) > 5}
    assert {key: count for key, count in long.items() if key not in exempt} == {}


@each_diagram
def test_a_split_never_lacks_a_default(path):
    root = tree(path)
    for gateway in root.iter(f"{{{NS['b']}}}exclusiveGateway"):
        if len(gateway.findall("b:outgoing", NS)) > 1:
            assert gateway.get("default"), gateway.get("id")


@each_diagram
def test_timers_name_a_known_limit_and_never_a_number(path):
    known = load_time_limits(ROOT / "workflows/cities/zaozhuang/time_limits.toml").names()
    texts = [timer.text for timer in tree(path).iter(f"{{{NS['b']}}}timeDate")]
    given = [text for text in texts if not re.fullmatch(r"=[a-z_]+_at", text)]  # an instant that a recorder reckoned
    named = [re.fullmatch(r'=(?:due|warn)\("(\w+)"(?:, [\w.]+)?\)', text) for text in given]
    assert all(named), texts
    assert {match[1] for match in named if match} <= known


@each_diagram
def test_the_limits_of_user_tasks_are_known(path):
    known = load_time_limits(ROOT / "workflows/cities/zaozhuang/time_limits.toml").names()
    properties = tree(path).iterfind(".//b:userTask//c:property[@name='limit']", NS)
    named = {found.get("value") for found in properties}
    assert {
        name for name in named if not re.fullmatch(r"=[a-z]+_limit", name)
    } <= known  # = is one that a recorder chose


@each_diagram
def test_every_node_and_flow_is_drawn(path):
    root = tree(path)
    shapes, edges = set(boxes(root)), {edge.get("bpmnElement") for edge in root.iter(f"{{{NS['di']}}}BPMNEdge")}
    wanted = {node.get("id") for node in nodes(root)}
    wanted |= {element.get("id") for name in ("lane", "participant") for element in root.iter(f"{{{NS['b']}}}{name}")}
    assert wanted == shapes
    assert {flow.get("id") for flow in root.iter(f"{{{NS['b']}}}sequenceFlow")} == edges


@each_diagram
def test_no_two_shapes_overlap(path):
    root = tree(path)
    drawn = boxes(root)
    parts = {node.get("id"): node for node in nodes(root)}
    for one, other in combinations(parts, 2):
        related = {parts[one].get("attachedToRef"), parts[other].get("attachedToRef")} & {one, other}
        nested = other in _ids_in(parts[one]) or one in _ids_in(parts[other])
        if nested and not related:
            assert inside(drawn[other], drawn[one]) or inside(drawn[one], drawn[other]), (one, other)
        elif not related:
            assert not meet(drawn[one], drawn[other]), (one, other)


def _ids_in(node: etree._Element) -> set[str]:
    return {child.get("id") for child in node.iterdescendants() if isinstance(child.tag, str) and child.get("id")}


@each_diagram
def test_no_label_covers_a_shape_or_another_label(path):
    root = tree(path)
    drawn = boxes(root)
    solid = {node.get("id"): drawn[node.get("id")] for node in nodes(root) if not node.tag.endswith("subProcess")}
    labels = {}
    for label in root.iter(f"{{{NS['di']}}}BPMNLabel"):
        x, y, width, height = (float(label.find("dc:Bounds", NS).get(name)) for name in ("x", "y", "width", "height"))
        labels[label.getparent().get("bpmnElement")] = (x, y, x + width, y + height)
    assert [(name, key) for name, box in labels.items() for key, shape in solid.items() if meet(box, shape)] == []
    assert [pair for pair in combinations(labels, 2) if meet(labels[pair[0]], labels[pair[1]])] == []


@each_diagram
def test_flows_run_level_or_upright_and_around_tasks(path):
    root = tree(path)
    tasks = [boxes(root)[node.get("id")] for node in nodes(root) if node.tag.endswith("Task")]
    for edge in root.iter(f"{{{NS['di']}}}BPMNEdge"):
        points = [(float(p.get("x")), float(p.get("y"))) for p in edge.findall("w:waypoint", NS)]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, edge.get("bpmnElement")
            line = (min(x1, x2), min(y1, y2), max(x1, x2) + 0.1, max(y1, y2) + 0.1)
            shrunk = [(left + 1, top + 1, right - 1, bottom - 1) for left, top, right, bottom in tasks]
            assert not any(meet(line, task) for task in shrunk), edge.get("bpmnElement")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_tables_answer_every_case_and_never_contradict_themselves(path):
    model = dmn.parse_dmn(path.read_bytes(), path.name)
    assert list(model.decisions) == [path.stem]
    assert [finding.message for table in model.tables.values() for finding in analyse(table)] == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_rule_says_where_it_comes_from(path):
    model = dmn.parse_dmn(path.read_bytes(), path.name)
    assert [rule.id for table in model.tables.values() for rule in table.rules if not rule.annotation] == []


def test_tables_know_every_category_of_the_catalogue():
    catalogue = (ROOT / "workflows/cities/zaozhuang/items.toml").read_text(encoding="utf-8")
    used = set(re.findall(r'category = "([^"]+)"', catalogue))
    form = FormBook.load(BPMN).get("approval_handoff", "check_push")
    offered = next(question for question in form.questions if question.key == "category").options
    assert used <= {option.value for option in offered}


@each_diagram
def test_a_readme_for_officials_lies_beside_the_diagram(path):
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    assert [part for part in ("## 谁要求的", "## 怎么走", "## 时限和出处", "## 待定问题") if part not in text] == []
