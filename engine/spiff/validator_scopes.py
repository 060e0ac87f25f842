"""The rules a process or subprocess must keep as a whole: starts, ends of flows, what can be reached."""

from collections.abc import Iterator

from engine.spiff.diagram import Fault, FlowScope, Node
from engine.spiff.validator_nodes import ACTIVITIES

_OF_EVENT_SUBPROCESS = {"message", "signal", "timer", "error", "escalation", "conditional", "compensate", "multiple"}
_OF_PROCESS = {"none", "message", "signal", "timer"}


def check_scope(scope: FlowScope, owner: Node | None) -> Iterator[Fault]:
    """Yield the faults of a scope; *owner* is the subprocess it belongs to, None for a process."""
    yield from _starts(scope, owner)
    dangling = list(_dangling(scope))
    yield from dangling
    for node in scope.nodes.values():
        if node.attached_to is not None or node.type == "boundaryEvent":
            yield from _attached(node, scope)
        if node.is_event_subprocess:
            yield from _event_subprocess(node, scope)
    yield from _cancel_ends(scope, owner)
    if not dangling and (owner is None or owner.ad_hoc is None):
        yield from _unreachable(scope)


def _cancel_ends(scope: FlowScope, owner: Node | None) -> Iterator[Fault]:
    for node in scope.of_type("endEvent"):
        is_cancel = any(trigger.kind == "cancel" for trigger in node.triggers)
        if is_cancel and (owner is None or owner.type != "transaction"):
            yield node.id, "event-unsupported", "取消结束事件只能在事务内", "请改用其他结束事件"


def _starts(scope: FlowScope, owner: Node | None) -> Iterator[Fault]:
    kinds = [_kind(node) for node in scope.of_type("startEvent")]
    is_faulty = kinds or scope.of_type("endEvent") or (owner is not None and owner.is_event_subprocess)
    rule = "start-event" if is_faulty else "start-missing"
    if owner is None:
        allowed = _OF_PROCESS
        if (not kinds and not scope.instantiating()) or kinds.count("none") > 1:
            yield scope.id, rule, "流程必须有开始事件, 且至多一个普通开始事件", "请补充或合并开始事件"
    else:
        allowed = _OF_EVENT_SUBPROCESS if owner.is_event_subprocess else {"none"}
        if len(kinds) != (0 if owner.ad_hoc is not None else 1):
            yield scope.id, rule, "子流程必须且只能有一个开始事件", "请补充或合并开始事件"
    for kind in kinds:
        if kind not in allowed:
            yield scope.id, "start-event", f"此处的开始事件不能是 {kind}", "请改用受支持的开始事件"


def _kind(node: Node) -> str:
    return "none" if node.trigger is None else node.trigger.kind


def _dangling(scope: FlowScope) -> Iterator[Fault]:
    for flow in scope.flows:
        if flow.source not in scope.nodes or flow.target not in scope.nodes:
            yield flow.id, "flow-end", f"顺序流 {flow.id} 的一端不在同一层", "请重新连接顺序流"


def _attached(node: Node, scope: FlowScope) -> Iterator[Fault]:
    host = scope.nodes.get(node.attached_to or "")
    kinds = {trigger.kind for trigger in node.triggers}
    if "cancel" in kinds and host is not None and host.type != "transaction":
        yield node.id, "boundary-host", "取消边界事件只能附着在事务上", "请改用其他事件, 或将活动改为事务"
    if host is None or host.type not in ACTIVITIES or host.is_event_subprocess:
        yield node.id, "boundary-host", "边界事件没有附着在活动上", "请将边界事件附着到任务或子流程"
    elif not _rests(host) and not kinds & {"compensate"}:
        yield node.id, "boundary-idle", f"活动 {host.name} 自动完成, 边界事件永远不会发生", "请删除该边界事件"


def _rests(host: Node) -> bool:
    if host.type in {"task", "manualTask", "scriptTask"}:
        return False
    if host.type == "businessRuleTask":
        return host.decision is None
    return host.type != "sendTask" or host.topic is not None


def _event_subprocess(node: Node, scope: FlowScope) -> Iterator[Fault]:
    if node.incoming or node.outgoing:
        yield node.id, "event-subprocess", "事件子流程不能有顺序流", "请删除连线"
    if node.inputs or node.outputs:
        yield node.id, "event-subprocess", "事件子流程不能有输入输出参数", "请删除参数"
    starts = [] if node.scope is None else node.scope.of_type("startEvent")
    for start in starts:
        is_cycle = start.trigger is not None and start.trigger.timer_kind == "timeCycle"
        if is_cycle and start.is_interrupting:
            yield start.id, "timer-cycle", "中断的事件子流程不能循环", "请改用时长或时间点"


def _unreachable(scope: FlowScope) -> Iterator[Fault]:
    waiting = [node.id for node in scope.nodes.values() if _begins(node)]
    waiting += [node.id for node in scope.instantiating()]
    found: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key in found:
            continue
        found.add(key)
        waiting += [flow.target for flow in scope.nodes[key].outgoing]
        waiting += [node.id for node in scope.boundaries(key)]
    for node in scope.nodes.values():
        if node.id not in found and node.attached_to is None and not node.is_instantiating:
            yield node.id, "unreachable", f"元素 {node.name} 无法到达", "请连接来向, 或删除该元素"


def _begins(node: Node) -> bool:
    """Tell whether a token can come to an element without a flow: a start, an event subprocess, a handler."""
    return node.type == "startEvent" or node.is_event_subprocess or node.is_handler
