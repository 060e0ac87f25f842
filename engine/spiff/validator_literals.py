"""The rules for texts of a diagram that are no FEEL: no other expression language, values that can be right."""

from collections.abc import Iterator

from engine.spiff.diagram import Fault, Node, Text
from engine.spiff.timers import instant

_REMEDY = "请改为以 = 开头的 FEEL 表达式, 或固定文本"


def check_literals(node: Node) -> Iterator[Fault]:
    """Yield the faults of an element's literal texts."""
    for where, text in _literals(node):
        if "${" in text or "#{" in text:
            yield node.id, "expression-language", f"{where} 使用了不支持的表达式语言: {text}", _REMEDY
    wanted = node.assignment
    if wanted is None:
        return
    for where, value in (("到期时间", wanted.due), ("跟进时间", wanted.follow_up)):
        if value is not None and not value.is_feel and not _is_instant(value.value):
            yield node.id, "instant-invalid", f"{where} {value.value} 不是带时区的时间点", _REMEDY
    if wanted.priority is not None and not wanted.priority.is_feel and not wanted.priority.value.isdigit():
        yield node.id, "priority-invalid", f"优先级 {wanted.priority.value} 不是整数", _REMEDY


def _literals(node: Node) -> Iterator[tuple[str, str]]:
    for name, text in node.properties.items():
        yield f"属性 {name}", text
    plain = {"主题": node.topic, "表单": node.form_key, "决策": node.decision, "结果变量": node.result_variable}
    wanted = node.assignment
    texts: dict[str, Text | None] = {} if wanted is None else {
        "候选组": wanted.candidate_groups, "候选人": wanted.candidate_users, "办理人": wanted.assignee,
    }  # fmt: skip
    for where, literal in plain.items():
        if literal:
            yield where, literal
    for where, value in texts.items():
        if value is not None and not value.is_feel:
            yield where, value.value


def _is_instant(text: str) -> bool:
    try:
        instant(text)
    except ValueError:
        return False
    return True
