"""Refuses at deployment what would not run exactly as it is drawn.

Every finding names the file, the element, the rule and the remedy. A diagram without findings uses
only elements whose behaviour is defined and tested here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from engine import feel
from engine.errors import ExpressionInvalid
from engine.spiff.diagram import Assignment, Node, Process, Text
from engine.spiff.expressions import ENGINE_FUNCTIONS, parsed
from engine.spiff.reading import Files, Finding, finding
from engine.spiff.timers import is_expression
from engine.spiff.validator_nodes import check_node
from engine.spiff.validator_scopes import check_scope

__all__ = ["check", "errors_among", "expressions_of"]

_WARNINGS = frozenset(
    {
        "default-missing",
        "unreachable",
        "boundary-idle",
        "message-unnamed",
        "condition-alone",
        "condition-missing",
        "form-binding",
    }
)
"""Rules that make a diagram worse to live with, but leave no doubt about what it does."""


def errors_among(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that forbid a deployment."""
    return [one for one in findings if one.get("level") != "warning"]


def check(files: Files, functions: frozenset[str]) -> list[Finding]:
    """Return every fault of the executable processes in the files."""
    found = list(files.findings)
    keys = Counter(process.key for process in files.processes)
    found += [
        finding("", key, "duplicate-process", f"流程标识 {key} 出现多次", "请为每个流程使用不同的标识")
        for key, count in keys.items()
        if count > 1
    ]
    for process in files.processes:
        if process.is_executable:
            found += _process(process, files, functions)
    return found


def _process(process: Process, files: Files, functions: frozenset[str]) -> Iterator[Finding]:
    for key in process.duplicate_ids:
        yield finding(process.file, key, "duplicate-id", f"标识 {key} 出现多次", "请为每个元素使用不同的标识")
    faults = list(check_scope(process.scope, None))
    for scope, node in process.scope.walk():
        faults += check_node(node, scope)
        if node.scope is not None:
            faults += check_scope(node.scope, node)
        if node.decision and node.decision not in files.decisions:
            faults.append((node.id, "decision-missing", f"决策 {node.decision} 不在本次部署中", "请同时上传该决策表"))
        faults += _expressions(node, functions)
    for element, rule, message, remedy in faults:
        level = {"level": "warning"} if rule in _WARNINGS else {}
        yield {**finding(process.file, element, rule, message, remedy), **level}


def _expressions(node: Node, functions: frozenset[str]) -> Iterator[tuple[str, str, str, str]]:
    known = feel.BUILTIN_NAMES | functions | ENGINE_FUNCTIONS
    for where, text in expressions_of(node):
        try:
            unknown = parsed(text).calls() - known
        except ExpressionInvalid as exc:
            reason = exc.facts.get("reason", "")
            yield node.id, "expression-invalid", f"{where} 的表达式无效: {text} ({reason})", "请按 FEEL 语法改写"
            continue
        for name in sorted(unknown):
            yield node.id, "function-unknown", f"{where} 调用了未知函数 {name}", "请使用已登记的函数"


def expressions_of(node: Node) -> list[tuple[str, str]]:
    """Return every FEEL text of an element with where it stands."""
    found = [(f"顺序流 {flow.id}", flow.condition) for flow in node.outgoing]
    found += [(f"输入参数 {name}", text) for name, text in node.inputs]
    found += [(f"输出参数 {name}", text) for name, text in node.outputs]
    found += [(f"脚本 {name}", text) for name, text in node.script]
    found += [(f"属性 {name}", _property(name, text, node)) for name, text in node.properties.items()]
    found += _of_task(node.assignment) if node.assignment is not None else []
    if node.trigger is not None and node.trigger.timer is not None and is_expression(node.trigger.timer):
        found.append(("定时器", node.trigger.timer.value))
    if node.call is not None:
        found += [(f"传递变量 {target}", text) for target, text in (*node.call.inputs, *node.call.outputs)]
    if node.multi is not None:
        loop = node.multi
        found += [
            ("多实例集合", loop.collection),
            ("多实例数量", loop.cardinality),
            ("完成条件", loop.condition),
            ("输出元素", loop.output_element),
        ]
    return [(where, text) for where, text in found if text]


def _property(name: str, text: str, node: Node) -> str | None:
    stripped = text.strip()
    if name == "outputElement" and node.multi is not None:
        return None
    if stripped.startswith("=") or (name in {"payload", "correlationKey"} and node.trigger is not None):
        return stripped.removeprefix("=").strip()
    return None


def _of_task(wanted: Assignment) -> list[tuple[str, str | None]]:
    texts = {
        "候选组": wanted.candidate_groups,
        "候选人": wanted.candidate_users,
        "办理人": wanted.assignee,
        "到期时间": wanted.due,
        "跟进时间": wanted.follow_up,
        "优先级": wanted.priority,
    }
    return [(where, _feel_of(text)) for where, text in texts.items()]


def _feel_of(text: Text | None) -> str | None:
    return text.value if text is not None and text.is_feel else None
