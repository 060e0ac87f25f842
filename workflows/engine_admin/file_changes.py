"""What changed in the files beside the diagram: rules of decision tables, questions of forms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from engine.dmn import TableView, parse_dmn, view_of


@dataclass(frozen=True, slots=True)
class FileChange:
    """One difference: where it is, and how it read before and reads now; empty for nothing."""

    file: str
    place: str
    old: str
    new: str


def file_changes(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[FileChange]:
    """Return the differences of decision tables and forms; diagrams are compared element by element elsewhere."""
    found: list[FileChange] = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after or name.endswith(".bpmn"):
            continue
        if before is None or after is None:
            found.append(FileChange(name, "文件", "" if before is None else "有", "" if after is None else "有"))
        elif name.endswith(".dmn"):
            found += _tables(name, before, after)
        else:
            found += _forms(name, before, after)
    return found


def _tables(file: str, old: bytes, new: bytes) -> Iterator[FileChange]:
    before, after = _views(file, old), _views(file, new)
    for key in sorted(before.keys() | after.keys()):
        first, then = before.get(key), after.get(key)
        if first is None or then is None:
            yield FileChange(file, f"决策表 {key}", first.name if first else "", then.name if then else "")
        else:
            yield from _table(file, first, then)


def _views(file: str, content: bytes) -> Mapping[str, TableView]:
    return {key: view_of(table) for key, table in parse_dmn(content, file).tables.items()}


def _table(file: str, old: TableView, new: TableView) -> Iterator[FileChange]:
    heads = [("命中策略", old.policy_label, new.policy_label), ("输入列", _columns(old.inputs), _columns(new.inputs)),
             ("输出列", _columns(old.outputs), _columns(new.outputs))]  # fmt: skip
    for place, before, after in heads:
        if before != after:
            yield FileChange(file, f"{new.name} · {place}", before, after)
    before_rules, after_rules = _rules(old), _rules(new)
    for what, a, b, c, d in SequenceMatcher(a=before_rules, b=after_rules, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for offset in range(max(b - a, d - c)):
            left, right = a + offset, c + offset
            number = f"第{left + 1}条" if left < b else f"新第{right + 1}条"
            yield FileChange(
                file, f"{new.name} · {number}", before_rules[left] if left < b else "",
                after_rules[right] if right < d else "",
            )  # fmt: skip


def _columns(columns: Sequence[Any]) -> str:
    return "；".join(f"{one.label or one.detail}（{one.detail}）{one.values}" for one in columns)


def _rules(view: TableView) -> list[str]:
    """Return each rule as one sentence: when … then … (source)."""
    heads, ends = [one.label or one.detail for one in view.inputs], [one.label or one.detail for one in view.outputs]
    return [
        "，".join(f"{head} {test}" for head, test in zip(heads, row.conditions, strict=False) if test != "-")
        + " → " + "，".join(f"{end} {result}" for end, result in zip(ends, row.results, strict=False))
        + (f"（{row.annotation}）" if row.annotation else "")
        for row in view.rows
    ]  # fmt: skip


def _forms(file: str, old: bytes, new: bytes) -> Iterator[FileChange]:
    before, after = dict(_fields(json.loads(old))), dict(_fields(json.loads(new)))
    for key in sorted(before.keys() | after.keys()):
        first, then = before.get(key), after.get(key)
        if first is None or then is None:
            yield FileChange(file, f"问题 {key}", _label(first), _label(then))
            continue
        for part in sorted(first.keys() | then.keys()):
            if first.get(part) != then.get(part):
                yield FileChange(file, f"问题 {key} · {part}", _plain(first.get(part)), _plain(then.get(part)))


def _fields(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in node.get("components", ()):
        yield str(one.get("key") or one.get("id")), {key: value for key, value in one.items() if key != "components"}
        yield from _fields(one)


def _label(field: Mapping[str, Any] | None) -> str:
    return "" if field is None else str(field.get("label") or field.get("text") or "有")


def _plain(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
