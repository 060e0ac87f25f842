"""A process is proven: scenarios, a walk in Chromium, open questions, both sides of each timer.

Each diagram is held to it as soon as it is there, and nothing that it stands on may go away again.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
KEYS = tuple(sorted(path.parent.name for path in (ROOT / "bpmn").glob("*/*.bpmn")))
SIDES = frozenset({"both_sides", "warned"})
Test = ast.FunctionDef | ast.AsyncFunctionDef


def found_tests(folder: str) -> Iterator[tuple[Path, list[ast.expr], Test]]:
    """Yield each test with the marks of its module and its own."""
    for path in sorted((ROOT / "tests" / folder).glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        shared = [node.value for node in tree.body if isinstance(node, ast.Assign) and _is_mark(node)]
        for node in ast.walk(tree):
            if isinstance(node, Test) and node.name.startswith("test_"):
                yield path, [*shared, *node.decorator_list], node


def _is_mark(node: ast.Assign) -> bool:
    return isinstance(node.targets[0], ast.Name) and node.targets[0].id == "pytestmark"


def named(marks: list[ast.expr], mark: str) -> Iterator[str]:
    """Yield what the marks of one name are about."""
    for call in (node for one in marks for node in ast.walk(one) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == mark:
            yield from (text.value for text in call.args if isinstance(text, ast.Constant))


def sees_both_sides(test: Test) -> bool:
    """Tell whether a test looks before and after: by the helper, or at instants no more than a minute apart."""
    texts = [node.value for node in ast.walk(test) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    moments = sorted(datetime.fromisoformat(text) for text in texts if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+", text))
    calls = {node.func.id for node in ast.walk(test) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    near = any((later - sooner).total_seconds() <= 60 for sooner, later in pairwise(moments))
    return near or not SIDES.isdisjoint(calls)


def timers() -> set[str]:
    """Return every timer of every diagram, as diagram/element."""
    return {
        f"{key}/{element.attrib['id']}"
        for key in KEYS
        for element in ElementTree.parse(ROOT / "bpmn" / key / f"{key}.bpmn").iter()
        if element.find(f"{BPMN}timerEventDefinition") is not None
    }


def has_people(key: str) -> bool:
    """Tell whether there is anything for a person to do."""
    return "userTask " in (ROOT / "bpmn" / key / f"{key}.bpmn").read_text(encoding="utf-8")


def test_every_process_has_scenarios() -> None:
    """They are in a module named after it, or in one that says by its mark what it plays."""
    played = {key for _, marks, _ in found_tests("processes") for key in named(marks, "scenarios")}
    named_after = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "processes").glob("test_*.py")}
    assert sorted(set(KEYS) - played - named_after) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_process_says_what_is_open(key: str) -> None:
    assert "## 待定问题" in (ROOT / "bpmn" / key / "README.md").read_text(encoding="utf-8")


def test_every_process_in_which_people_act_is_walked_in_chromium() -> None:
    walked = {key for _, marks, _ in found_tests("browser") for key in named(marks, "walks")}
    assert [key for key in KEYS if has_people(key) and key not in walked] == []


def test_both_sides_of_every_timer_are_held() -> None:
    held: dict[str, list[str]] = defaultdict(list)
    for path, marks, test in found_tests("processes"):
        for timer in named(marks, "deadline"):
            assert sees_both_sides(test), f"{path.name} {test.name} does not look before and after {timer}"
            held[timer].append(test.name)
    assert sorted(timers() - set(held)) == []


def test_a_mark_names_what_there_is() -> None:
    tests = [*found_tests("processes"), *found_tests("browser")]
    assert {timer for _, marks, _ in tests for timer in named(marks, "deadline")} <= timers()
    assert {key for _, marks, _ in tests for mark in ("walks", "scenarios") for key in named(marks, mark)} <= set(KEYS)
