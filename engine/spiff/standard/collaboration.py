"""What the standard says of pools, message flows, conversations and choreographies."""

from collections.abc import Iterator

from engine.spiff.diagram import Fault
from engine.spiff.parser_events import local
from engine.spiff.standard.model import CHOREOGRAPHY, Element, Model, children, definitions, name_of

_NOT_IN_GLOBAL = ("conversation", "subConversation", "callConversation", "conversationLink", "choreographyRef",
                  "participantAssociation", "messageFlowAssociation", "conversationAssociation", "textAnnotation",
                  "group", "association")  # fmt: skip


def check_collaboration(model: Model) -> Iterator[Fault]:
    """Yield the faults of what stands around the processes."""
    for flow in model.all("messageFlow"):
        yield from _message_flow(flow, model)
    for one in model.all("participantMultiplicity"):
        yield from _multiplicity(one)
    for element in model.all(*sorted(CHOREOGRAPHY)):
        if any(local(above) == "process" for above in element.iterancestors()):
            yield name_of(element), "choreography-misplaced", "流程内不能有编排活动", "请改用任务或子流程"
    for box in model.all("globalConversation"):
        for tag in _NOT_IN_GLOBAL:
            if children(box, tag):
                yield name_of(box), "global-conversation", f"全局会话内不能有 {tag}", "请删除, 或改用协作"


def _message_flow(flow: Element, model: Model) -> Iterator[Fault]:
    source, target = (model.find(flow.get(end)) for end in ("sourceRef", "targetRef"))
    if source is None or target is None:
        return
    if _pool(source, model) == _pool(target, model):
        yield name_of(flow), "message-flow-pool", "消息流的两端在同一个池内", "请改用顺序流, 或连接到另一个池"
    if any(local(end) in CHOREOGRAPHY and _is_in_choreography(end) for end in (source, target)):
        yield name_of(flow), "message-flow-choreography", "消息流不能连接编排活动", "请连接到参与者或活动"
    if local(target) == "startEvent" and not _waits_for_message(target, model):
        yield name_of(flow), "message-flow-start", "消息流指向的开始事件不是消息开始事件", "请改为消息开始事件"


def _is_in_choreography(element: Element) -> bool:
    return any(local(above) == "choreography" for above in element.iterancestors())


def _waits_for_message(event: Element, model: Model) -> bool:
    return any(local(one) == "messageEventDefinition" for one in definitions(event, model))


def _pool(element: Element, model: Model) -> str:
    """Return the process of an element or participant; what has none is its own pool."""
    if local(element) == "participant":
        process = model.find(element.get("processRef"))
        return name_of(element if process is None else process)
    around = [above for above in element.iterancestors() if local(above) == "process"]
    return name_of(around[0] if around else element)


def _multiplicity(element: Element) -> Iterator[Fault]:
    lowest, highest = (_number(element.get(name), default) for name, default in (("minimum", 0), ("maximum", 1)))
    if lowest < 0 or highest < max(lowest, 1):
        yield (
            name_of(element),
            "multiplicity",
            "参与者数量的下限、上限不成立",
            "下限不能为负, 上限至少为 1 且不小于下限",
        )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.lstrip("-").isdecimal() else default
