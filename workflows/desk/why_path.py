"""Which decisions of a diagram lie behind a step: going back along the flows."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.xml_safety import parse_xml

_LINKS = {"sequenceFlow": ("targetRef", "sourceRef"), "boundaryEvent": ("id", "attachedToRef")}


def passed(files: Sequence[bytes], element_id: str, wanted: Iterable[str]) -> list[str]:
    """Return which of the *wanted* elements lead to a step in a bundle of diagrams, the nearest first."""
    before, targets = predecessors(files), set(wanted)
    seen, ahead, found = {element_id}, deque([element_id]), []
    while ahead:
        here = ahead.popleft()
        if here in targets:
            found.append(here)
        for one in sorted(before.get(here, set()) - seen):
            seen.add(one)
            ahead.append(one)
    return found


def predecessors(files: Sequence[bytes]) -> Mapping[str, set[str]]:
    """Return what comes directly before each element, into and out of subprocesses and called processes."""
    before: dict[str, set[str]] = {}
    calls: dict[str, list[str]] = {}  # process id -> call activities
    nodes = [node for content in files for node in parse_xml(content, "diagram").iter("*")]
    for node in nodes:
        here, kind = node.get("id", ""), _kind(node)
        if kind in _LINKS:
            target, source = (node.get(name, "") for name in _LINKS[kind])
            before.setdefault(target, set()).add(source)
        elif kind == "callActivity":
            calls.setdefault(node.get("calledElement", ""), []).append(here)
    for node in nodes:
        if _kind(node) in ("subProcess", "transaction"):
            _join(node, [node.get("id", "")], before)
        elif _kind(node) == "process":
            _join(node, calls.get(node.get("id", ""), []), before)
    return before


def _join(scope: Any, outside: list[str], before: dict[str, set[str]]) -> None:
    """Let the starts inside follow the element that holds them, and that element follow the ends inside."""
    for node in scope:
        if _kind(node) == "startEvent":
            before.setdefault(node.get("id", ""), set()).update(outside)
        if _kind(node) == "endEvent":
            for one in outside:
                before.setdefault(one, set()).add(node.get("id", ""))


def _kind(node: Any) -> str:
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""
