"""What changed in each element between two versions, as words: old value and new value of every part."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from web.diagrams.changes import COMPARED, WIRING, Change, changed_elements
from web.diagrams.document import BPMN, Document, Element, local, open_document
from web.diagrams.facts import name_of, trigger_of
from web.diagrams.kinds import kind_label

WORDS: Mapping[str, str] = {
    "name": "名称", "formKey": "表单", "conditionExpression": "条件",
    "sourceRef": "来自", "targetRef": "去往", "default": "默认出口",
    "calledElement": "调用的流程", "documentation": "说明", "timeDuration": "时长", "timeDate": "时刻",
    "timeCycle": "周期", "attachedToRef": "附在", "cancelActivity": "是否打断", "isInterrupting": "是否打断",
    "isSequential": "是否逐个", "completionCondition": "完成条件", "loopCardinality": "次数",
    "topic": "作业", "decisionRef": "决策表", "candidateGroups": "候选单位和角色", "candidateUsers": "候选人",
    "assignee": "承办人", "dueDate": "到期", "followUpDate": "跟进",
    "priority": "优先级", "collection": "逐一办理的清单",
    "text": "文字", "processRef": "流程", "messageRef": "消息",
}  # fmt: skip
REFERENCES = ("sourceRef", "targetRef", "attachedToRef", "default", "processRef", "messageRef")
_NOWHERE = "（无）"


@dataclass(frozen=True, slots=True)
class Detail:
    """One part of an element that differs; an empty value means that the part is missing."""

    part: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that differs between two versions."""

    element_id: str
    name: str
    kind: str
    change: Change
    details: tuple[Detail, ...]


def differences(old_xml: bytes, new_xml: bytes) -> list[Difference]:
    """Return what differs between two diagrams: removed elements first, then added, then changed ones.

    Raises:
        DefinitionInvalid: one of the files is not readable XML.
    """
    old, new = open_document(old_xml), open_document(new_xml)
    order = ("removed", "added", "changed")
    changes = sorted(changed_elements(old_xml, new_xml).items(), key=lambda one: (order.index(one[1]), one[0]))
    return [_difference(old, new, key, change) for key, change in changes]


def _difference(old: Document, new: Document, key: str, change: Change) -> Difference:
    before, after = old.by_id.get(key), new.by_id.get(key)
    document, element = (new, after) if after is not None else (old, before)
    if element is None:
        return Difference(key, key, "", change, ())
    name = " ".join(name_of(document, element).split())
    return Difference(
        key, name or _between(document, element) or key, kind_label(local(element), trigger_of(element)), change,
        tuple(_details(_parts(old, before), _parts(new, after))),
    )  # fmt: skip


def _between(document: Document, element: Element) -> str:
    """Return the two ends of a flow by their names."""
    ends = [document.find(element.get(side)) for side in ("sourceRef", "targetRef")]
    names = [" ".join(name_of(document, end).split()) or str(end.get("id")) for end in ends if end is not None]
    return " → ".join(names) if len(names) == 2 else ""


def _details(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Detail]:
    for part in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(part, ""), new.get(part, "")
        if before != after:
            yield Detail(WORDS.get(part, part), before or _NOWHERE, after or _NOWHERE)


def _parts(document: Document, element: Element | None) -> dict[str, str]:
    """Return every attribute and inner value of an element by its path, elements inside left out."""
    if element is None:
        return {}
    found = {str(key).rpartition("}")[2]: str(value) for key, value in element.attrib.items()}
    found |= {key: _named(document, value) for key, value in found.items() if key in REFERENCES}
    found.pop("id", None)
    return found | dict(_inner(element, ""))


def _named(document: Document, value: str) -> str:
    """Return a reference to another element with its name."""
    target = document.by_id.get(value)
    name = " ".join(str(target.get("name") or "").split()) if target is not None else ""
    return f"{name}（{value}）" if name else value


def _inner(element: Element, path: str) -> Iterator[tuple[str, str]]:
    seen: Counter[str] = Counter()
    for child in element:
        kind = local(child)
        if not kind or kind in WIRING or (kind in COMPARED and str(child.tag).startswith(f"{{{BPMN}}}")):
            continue
        seen[kind] += 1
        step = kind if seen[kind] == 1 else f"{kind}[{seen[kind]}]"
        place = step if kind.endswith("EventDefinition") or kind == "extensionElements" else f"{path}{step}"
        text = "".join([child.text or "", *(one.tail or "" for one in child)]).strip()
        if text:
            yield place, text
        for key, value in child.attrib.items():
            if str(key) != "id":
                yield f"{place}/@{str(key).rpartition('}')[2]}", str(value)
        inner = "" if kind.endswith(("EventDefinition", "extensionElements")) else f"{place}/"
        yield from _inner(child, inner)
