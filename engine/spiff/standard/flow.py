"""What the standard says of gateways, events, loops and ad-hoc subprocesses."""

from collections.abc import Callable, Iterator

from engine.spiff.diagram import Fault
from engine.spiff.parser_events import local
from engine.spiff.standard.model import (
    ACTIVITIES,
    GATEWAYS,
    Element,
    Model,
    children,
    definitions,
    name_of,
    texts,
)


def check_flow(model: Model) -> Iterator[Fault]:
    """Yield the faults of the control flow that no single element shows when it is built."""
    for rule, kinds in _RULES:
        for element in model.all(*kinds):
            yield from rule(element, model)


def _direction(gateway: Element, model: Model) -> Iterator[Fault]:
    drawn = gateway.get("gatewayDirection")
    joins = len(model.incoming.get(gateway.get("id", ""), ())) > 1
    splits = len(model.outgoing.get(gateway.get("id", ""), ())) > 1
    wanted = {"Converging": (True, False), "Diverging": (False, True), "Mixed": (True, True)}.get(drawn or "")
    begins = local(gateway) == "eventBasedGateway"
    if wanted is not None and wanted != (joins, splits) and not begins:
        yield (
            name_of(gateway),
            "gateway-direction",
            f"网关声明为 {drawn}, 与实际的来向、去向数量不符",
            "请更正 gatewayDirection, 或补画顺序流",
        )
    if begins and drawn == "Converging":
        yield name_of(gateway), "gateway-direction", "事件网关不能声明为 Converging", "请改为 Diverging"


def _begins(gateway: Element, model: Model) -> Iterator[Fault]:
    if gateway.get("instantiate") == "true" and model.incoming.get(gateway.get("id", "")):
        yield name_of(gateway), "instantiate-incoming", "启动流程的事件网关不能有来向", "请删除来向, 或取消 instantiate"


def _on_receive_task(event: Element, model: Model) -> Iterator[Fault]:
    """Yield a boundary event at a receive task that an event-based gateway leads to."""
    host = model.find(event.get("attachedToRef"))
    if host is None or local(host) != "receiveTask":
        return
    sources = (model.find(flow.get("sourceRef")) for flow in model.incoming.get(host.get("id", ""), ()))
    if any(source is not None and local(source) == "eventBasedGateway" for source in sources):
        yield name_of(host), "event-gateway-boundary", "事件网关之后的接收任务不能有边界事件", "请删除边界事件"


def _ad_hoc(box: Element, _model: Model) -> Iterator[Fault]:
    if not any(local(child) in ACTIVITIES for child in box):
        yield name_of(box), "ad-hoc-empty", "临时子流程内没有活动", "请至少画一个活动"
    for event in children(box, "endEvent"):
        yield name_of(event), "ad-hoc-end", "临时子流程内不能有结束事件", "请删除结束事件"


def _boundary(event: Element, model: Model) -> Iterator[Fault]:
    kinds = {local(one).removesuffix("EventDefinition") for one in definitions(event, model)}
    if event.get("cancelActivity") == "false" and kinds & {"compensate", "cancel", "error"}:
        yield name_of(event), "boundary-cancel", "补偿、取消、错误边界事件不能是非中断的", "请删除 cancelActivity"


def _intermediate(event: Element, model: Model) -> Iterator[Fault]:
    is_link = any(local(one) == "linkEventDefinition" for one in definitions(event, model))
    parent, key = event.getparent(), event.get("id", "")
    is_first = is_link or parent is None or local(parent) == "adHocSubProcess"
    if not is_first and not model.incoming.get(key):
        yield name_of(event), "intermediate-flow", "中间事件没有来向", "请连接来向"
    if not is_link and local(event) == "intermediateCatchEvent" and not model.outgoing.get(key):
        yield name_of(event), "intermediate-flow", "中间捕获事件没有去向", "请连接去向"


def _link(link: Element, model: Model) -> Iterator[Fault]:
    event = link.getparent()
    if event is None or local(event) != "intermediateCatchEvent":
        return
    if (event.getparent(), link.get("name")) not in model.thrown_links:
        yield name_of(event), "link-source", f"没有事件抛出链接 {link.get('name')}", "请为链接画一个抛出事件"


def _condition(condition: Element, model: Model) -> Iterator[Fault]:
    flow = condition.getparent()
    source = None if flow is None else model.find(flow.get("sourceRef"))
    if source is None or local(source) not in ACTIVITIES:
        return
    if len(model.outgoing.get(source.get("id", ""), ())) == 1:
        yield name_of(condition), "condition-only", "活动唯一的去向不能有条件", "请删除条件, 或再画一条去向"


def _immediate(flow: Element, _model: Model) -> Iterator[Fault]:
    around = (above.get("isExecutable") for above in flow.iterancestors())
    if flow.get("isImmediate") == "false" and "true" in around:
        yield name_of(flow), "flow-delayed", "可执行流程的顺序流不能是 isImmediate=false", "请删除 isImmediate"


def _escalation(definition: Element, model: Model) -> Iterator[Fault]:
    event, target = definition.getparent(), model.find(definition.get("escalationRef"))
    is_thrown = event is not None and local(event) in ("endEvent", "intermediateThrowEvent")
    if is_thrown and target is not None and not target.get("escalationCode"):
        yield name_of(event), "escalation-code", "抛出的升级没有代码", "请为升级填写 escalationCode"


def _loop(loop: Element, _model: Model) -> Iterator[Fault]:
    activity = loop.getparent()
    if activity is not None and children(activity, "standardLoopCharacteristics"):
        yield name_of(activity), "loop-twice", "活动不能既是循环又是多实例", "请删除其中一个标记"
    for behaviour in children(loop, "complexBehaviorDefinition"):
        yield from _behaviour(behaviour, name_of(loop))


def _count(loop: Element, _model: Model) -> Iterator[Fault]:
    if not (texts(loop, "loopCardinality") or texts(loop, "loopDataInputRef") or _has_extension(loop)):
        yield name_of(loop), "loop-count", "多实例既没有数量也没有集合", "请填写 loopCardinality 或集合"


def _has_extension(loop: Element) -> bool:
    """Tell whether a tool says in its own words what is repeated."""
    activity = loop.getparent()
    inside = [loop] if activity is None else [loop, activity]
    said = any(len(box) for one in inside for box in children(one, "extensionElements"))
    return said or any(str(name).startswith("{") for name in loop.attrib)


def _behaviour(behaviour: Element, activity: str) -> Iterator[Fault]:
    condition = next(iter(texts(behaviour, "condition")), "")
    if not condition or condition.replace(".", "", 1).isdigit() or condition[:1] in "\"'":
        yield activity, "behaviour-condition", f"多实例行为的条件 {condition} 不是真假判断", "请填写条件表达式"


Rule = Callable[[Element, Model], Iterator[Fault]]
_RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (_begins, ("eventBasedGateway",)),
    (_on_receive_task, ("boundaryEvent",)),
    (_ad_hoc, ("adHocSubProcess",)),
    (_boundary, ("boundaryEvent",)),
    (_link, ("linkEventDefinition",)),
    (_escalation, ("escalationEventDefinition",)),
    (_loop, ("multiInstanceLoopCharacteristics",)),
    (_direction, tuple(sorted(GATEWAYS))),
    (_intermediate, ("intermediateCatchEvent", "intermediateThrowEvent")),
    (_condition, ("conditionExpression",)),
    (_immediate, ("sequenceFlow",)),
    (_count, ("multiInstanceLoopCharacteristics",)),
)
