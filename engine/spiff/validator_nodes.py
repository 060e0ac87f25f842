"""The rules each single element of a diagram must keep."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from engine.spiff.diagram import Fault, FlowScope, Node, Trigger
from engine.spiff.timers import TooOften, is_expression, schedule
from engine.spiff.validator_literals import check_literals
from engine.spiff.vendor import LATEST_FORM

ACTIVITIES = frozenset(
    {"userTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "subProcess", "callActivity", "task",
     "manualTask", "scriptTask", "transaction", "adHocSubProcess"}
)  # fmt: skip
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
TRIGGERS: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset({"none", "message", "signal", "timer", "error", "escalation", "conditional", "compensate"}),
    "intermediateCatchEvent": frozenset({"message", "signal", "timer", "link", "conditional"}),
    "intermediateThrowEvent": frozenset({"none", "message", "signal", "escalation", "link", "compensate"}),
    "boundaryEvent": frozenset(
        {"message", "signal", "timer", "error", "escalation", "conditional", "compensate", "cancel"}
    ),
    "endEvent": frozenset({"none", "message", "signal", "error", "escalation", "terminate", "compensate", "cancel"}),
}
_SUPPORTED = ACTIVITIES | GATEWAYS | TRIGGERS.keys()
_SOME_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


def check_node(node: Node, scope: FlowScope) -> Iterator[Fault]:
    """Yield the faults of one element."""
    if not node.id:
        yield node.id, "id-missing", f"元素 {node.name or node.type} 没有标识", "请为元素填写标识"
    if node.type not in _SUPPORTED:
        yield node.id, "element-unsupported", f"不支持的元素类型 {node.type}", "请改用人工任务、服务任务、网关或事件"
        return
    yield from check_literals(node)
    yield from _features(node)
    if node.type in TRIGGERS:
        yield from _event(node)
    elif node.type in ACTIVITIES:
        yield from _activity(node)
    else:
        yield from _gateway(node, scope)
    yield from _flows(node)


def _features(node: Node) -> Iterator[Fault]:
    for feature in node.unsupported:
        if feature == LATEST_FORM:
            yield node.id, "form-binding", "表单随流程的版本, 在办案件不换用新表单", "请将表单绑定改为 deployment"
        else:
            yield node.id, "feature-unsupported", f"不支持的特性 {feature}", "请删除该特性, 或改用其他画法"


def _event(node: Node) -> Iterator[Fault]:
    for trigger in node.triggers:
        yield from _trigger(node, trigger)
    if len(node.triggers) > 1 and any(trigger.kind == "link" for trigger in node.triggers):
        yield node.id, "event-unsupported", "链接事件不能与其他触发条件并用", "请拆分为多个事件"
    if node.needs_all and (node.type != "intermediateCatchEvent" or len(node.triggers) < 2):
        yield node.id, "feature-unsupported", "不支持的特性 parallelMultiple", "请用并行网关和多个事件代替"


def _trigger(node: Node, trigger: Trigger) -> Iterator[Fault]:
    if trigger.kind not in TRIGGERS[node.type]:
        yield node.id, "event-unsupported", f"{node.type} 不支持 {trigger.kind} 事件", "请改用受支持的事件类型"
        return
    if trigger.kind in {"message", "signal"} and not trigger.name:
        yield node.id, "event-name-missing", "消息或信号没有名称", "请在模型中选择消息或信号并填写名称"
    if trigger.kind == "link" and not _has_target(node):
        yield node.id, "link-target", f"链接 {trigger.name} 没有唯一的目标", "请为每个链接名称画一个捕获事件并连接去向"
    if node.type == "endEvent" and trigger.kind in {"error", "escalation"} and not trigger.code:
        yield node.id, "event-code-missing", "抛出错误或升级时没有代码", "请选择错误或升级并填写代码"
    if trigger.kind == "error" and not node.is_interrupting:
        yield node.id, "error-not-interrupting", "错误事件必须是中断的", "请改为中断事件"
    if trigger.kind == "timer":
        yield from _timer(node, trigger)
    yield from _waiting(node, trigger)


def _waiting(node: Node, trigger: Trigger) -> Iterator[Fault]:
    if trigger.kind == "conditional" and not trigger.condition:
        yield node.id, "event-condition", "条件事件没有条件", "请填写条件"
    if trigger.kind == "compensate" and node.type == "boundaryEvent" and (node.handler is None or node.outgoing):
        yield node.id, "compensation-handler", "补偿边界事件须用关联连到一个补偿活动, 且没有顺序流", "请重新连接"


def _has_target(node: Node) -> bool:
    """Tell whether a link event leads on: to the one event that catches it, or from there along its flow."""
    is_link = [flow.id == f"{node.id}~{flow.target}" for flow in node.outgoing]
    return is_link == [node.type == "intermediateThrowEvent"]


def _timer(node: Node, trigger: Trigger) -> Iterator[Fault]:
    if trigger.timer is None or not trigger.timer.value:
        yield node.id, "timer-missing", "定时器没有时间", "请填写时间点、时长或循环"
        return
    if trigger.timer_kind == "timeCycle" and not _may_repeat(node):
        yield node.id, "timer-cycle", "只有非中断的边界事件、开始事件可以循环", "请改用时长或时间点"
    if not is_expression(trigger.timer):
        try:
            schedule(trigger.timer_kind or "", trigger.timer.value, _SOME_INSTANT)
        except (ValueError, OverflowError) as exc:
            yield (
                node.id,
                "timer-short" if isinstance(exc, TooOften) else "timer-invalid",
                f"定时器 {trigger.timer.value} 无效: {exc}",
                "请使用 ISO 8601 或 FEEL 表达式",
            )


def _may_repeat(node: Node) -> bool:
    return node.type == "startEvent" or (node.type == "boundaryEvent" and not node.is_interrupting)


def _activity(node: Node) -> Iterator[Fault]:
    if node.type == "serviceTask" and not node.topic:
        yield node.id, "topic-missing", "服务任务没有主题 (camunda:topic)", "请将实现设为 External 并填写主题"
    if node.type == "sendTask" and not node.topic and (node.trigger is None or not node.trigger.name):
        yield node.id, "message-missing", "发送任务没有消息或主题", "请选择消息或填写主题"
    if node.type == "receiveTask" and (node.trigger is None or not node.trigger.name):
        yield node.id, "message-unnamed", "接收任务没有消息, 只能由人工触发", "请选择消息"
    if node.type == "businessRuleTask":
        yield from _decision(node)
    if node.call is not None and (not node.call.process_key or node.call.process_key.startswith(("=", "$", "#"))):
        yield node.id, "called-process", "调用活动必须写明被调用流程的标识", "请填写固定的流程标识"
    yield from _around(node)
    yield from _loop(node)


def _around(node: Node) -> Iterator[Fault]:
    for name, _ in (*node.inputs, *node.outputs):
        if not name:
            yield node.id, "mapping-name", "输入输出参数没有名称", "请填写参数名称"
    if min(node.quantity) < 1:
        yield node.id, "quantity", "startQuantity 和 completionQuantity 至少为 1", "请改为正整数"


def _decision(node: Node) -> Iterator[Fault]:
    if not (node.decision or node.topic):
        yield node.id, "decision-missing", "业务规则任务没有决策", "请填写 camunda:decisionRef"
    if node.decision and not node.result_variable:
        yield node.id, "result-missing", "决策的结果没有写入任何变量", "请填写 camunda:resultVariable"


def _loop(node: Node) -> Iterator[Fault]:
    if node.loop is not None and (node.loop.maximum or 1) < 1 and node.loop.maximum != 0:
        yield node.id, "loop-maximum", "循环次数上限不能为负", "请改为正整数, 或删除上限"
    if node.loop is not None and node.loop.condition is None and node.loop.maximum is None:
        yield node.id, "loop-endless", "循环没有条件也没有次数上限", "请填写循环条件或上限"
    loop = node.multi
    if loop is None:
        return
    if (loop.collection is None) == (loop.cardinality is None):
        yield (
            node.id,
            "loop-items",
            "多实例必须且只能给出集合或数量之一",
            "请填写 camunda:collection 或 loopCardinality",
        )
    if loop.output_element is not None and loop.output_collection is None:
        yield node.id, "loop-output", "有 outputElement 但没有 outputCollection", "请填写 outputCollection"
    if node.is_event_subprocess:
        yield node.id, "loop-event-subprocess", "事件子流程不能多实例", "请删除多实例标记"


def _gateway(node: Node, scope: FlowScope) -> Iterator[Fault]:
    if node.type in {"exclusiveGateway", "inclusiveGateway", "complexGateway"}:
        yield from _conditions(node)
        return
    if node.type == "eventBasedGateway":
        for flow in node.outgoing:
            target = scope.nodes.get(flow.target)
            is_event = target is not None and target.type in {"intermediateCatchEvent", "receiveTask"}
            if target is None or not is_event or len(target.incoming) != 1:
                yield node.id, "event-gateway", "事件网关之后只能是只有一个来向的中间捕获事件", "请调整连线"
    if not node.outgoing and node.type == "eventBasedGateway":
        yield node.id, "gateway-end", "网关没有去向", "请连接去向"


def _conditions(node: Node) -> Iterator[Fault]:
    keys = {flow.id for flow in node.outgoing}
    if node.default_flow is not None and node.default_flow not in keys:
        yield node.id, "default-flow", f"默认流 {node.default_flow} 不是本网关的去向", "请重新选择默认流"
    if len(node.outgoing) > 1 and node.default_flow is None:
        yield node.id, "default-missing", "分支没有默认流, 条件都不成立时无路可走", "请将其中一条设为默认流"
    for flow in node.outgoing:
        if len(node.outgoing) > 1 and flow.condition is None and flow.id != node.default_flow:
            yield flow.id, "condition-missing", f"顺序流 {flow.id} 没有条件, 轮到它时必然成立", "请填写条件或设为默认流"
        if len(node.outgoing) == 1 and flow.condition is not None:
            yield flow.id, "condition-alone", f"顺序流 {flow.id} 是唯一去向, 不应有条件", "请删除条件"


def _flows(node: Node) -> Iterator[Fault]:
    conditional = [flow for flow in node.outgoing if flow.condition is not None]
    if node.type in ACTIVITIES:
        free = [flow for flow in node.outgoing if flow.condition is None]
        if conditional and not free:
            yield node.id, "default-missing", "活动之后的条件都不成立时无路可走", "请增加一条默认流"
    elif node.type not in {"exclusiveGateway", "inclusiveGateway", "complexGateway"}:
        for flow in conditional:
            yield flow.id, "condition-misplaced", f"顺序流 {flow.id} 的条件不在网关或活动之后", "请改用排他或包容网关"
    if node.type in {"startEvent", "boundaryEvent"} and node.incoming:
        yield node.id, "incoming-flow", f"{node.type} 不能有来向", "请删除指向它的顺序流"
    if node.type == "endEvent" and node.outgoing:
        yield node.id, "outgoing-flow", "结束事件不能有去向", "请删除由它出发的顺序流"
