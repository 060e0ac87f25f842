"""What the standard says of data inputs, outputs and item definitions."""

from collections.abc import Callable, Iterator, Sequence

from engine.spiff.diagram import Fault
from engine.spiff.parser_events import local
from engine.spiff.standard.model import (
    CATCHING,
    EVENTS,
    Element,
    Model,
    children,
    definitions,
    name_of,
    texts,
)

_GLOBAL = ("process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask")
_CARRY = {"message": "itemRef", "signal": "structureRef", "error": "structureRef", "escalation": "structureRef"}


def check_data(model: Model) -> Iterator[Fault]:
    """Yield where data does not fit what carries it."""
    for rule, kinds in _RULES:
        for element in model.all(*kinds):
            yield from rule(element, model)


def _collection(element: Element, model: Model) -> Iterator[Fault]:
    declared, item = element.get("isCollection"), model.item_of(element)
    if declared is not None and item is not None and declared != item.get("isCollection", "false"):
        yield name_of(element), "item-collection", "isCollection 与所引用的数据项定义不一致", "请使两处一致"


def _state(reference: Element, model: Model) -> Iterator[Fault]:
    named, whole = reference.get("name"), model.find(reference.get("dataObjectRef"))
    states = [one.get("name") for one in children(reference, "dataState")]
    if not named or whole is None or not whole.get("name") or not states or not states[0]:
        return
    if "".join(named.split()) != "".join(f"{whole.get('name')}[{states[0]}]".split()):
        wanted = f"{whole.get('name')} [{states[0]}]"
        yield name_of(reference), "data-state-name", f"数据对象引用的名称 {named} 与其状态不符", f"请改为 {wanted}"


def _specification(box: Element, model: Model) -> Iterator[Fault]:
    activity = box.getparent()
    is_repeated = activity is not None and bool(children(activity, "multiInstanceLoopCharacteristics"))
    if activity is not None and local(activity) in {"subProcess", "transaction"} and not is_repeated:
        yield name_of(activity), "subprocess-data", "内嵌子流程不能有数据输入输出", "请改用数据对象, 或调用活动"
    for direction in ("Input", "Output"):
        for one in children(box, f"{direction.lower()}Set"):
            yield from _set(one, direction, model)


def _set(one: Element, direction: str, model: Model) -> Iterator[Fault]:
    whole = set(texts(one, f"data{direction}Refs"))
    for kind in ("optional", "whileExecuting"):
        if not whole.issuperset(texts(one, f"{kind}{direction}Refs")):
            yield name_of(one), "data-set", f"{kind}{direction}Refs 不在 data{direction}Refs 之内", "请先列入全部数据项"
    other = "output" if direction == "Input" else "input"
    for key in texts(one, f"{other}SetRefs"):
        answer = model.find(key)
        if answer is not None and one.get("id") not in texts(answer, f"{direction.lower()}SetRefs"):
            yield name_of(one), "data-set-pair", f"{key} 没有反过来引用 {one.get('id')}", "请使输入集与输出集互相引用"


def _io(element: Element, tag: str) -> list[Element]:
    """Return the data inputs or outputs of an activity."""
    return [one for box in children(element, "ioSpecification") for one in children(box, tag)]


def _differs(one: Element | None, other: Element | None) -> bool:
    """Tell whether two item definitions are known and describe different things."""
    if one is None or other is None or one is other:
        return False
    return any(one.get(name, default) != other.get(name, default) for name, default in _OF_ITEM)


_OF_ITEM = (("structureRef", ""), ("isCollection", "false"))


def _service(task: Element, model: Model) -> Iterator[Fault]:
    operation = model.find(task.get("operationRef"))
    if operation is None or local(operation) != "operation":
        return
    messages = [model.find(text) for text in texts(operation, "inMessageRef")]
    if any(model.item_of(message, "itemRef") is not None for message in messages) and not _io(task, "dataInput"):
        yield (
            name_of(task),
            "operation-input",
            "所调用的操作需要数据, 但服务任务没有数据输入",
            "请按操作的输入消息补充数据输入",
        )


def _message_task(task: Element, model: Model) -> Iterator[Fault]:
    tag = "dataInput" if local(task) == "sendTask" else "dataOutput"
    message, data = model.find(task.get("messageRef")), _io(task, tag)
    if message is None or not data:
        return
    if len(data) > 1:
        yield name_of(task), "message-data", "收发消息的任务至多有一个数据项", "请只保留与消息对应的数据项"
    elif _differs(model.item_of(data[0]), model.item_of(message, "itemRef")):
        yield name_of(task), "message-data", "任务的数据与消息的类型不同", "请使用同一个数据项定义"


def _call(call: Element, model: Model) -> Iterator[Fault]:
    called = model.find(call.get("calledElement"))
    if called is None or local(called) not in _GLOBAL or not children(call, "ioSpecification"):
        return
    if not children(called, "ioSpecification"):
        return
    for tag in ("dataInput", "dataOutput"):
        mine, theirs = _io(call, tag), _io(called, tag)
        if len(mine) != len(theirs) or _any_differs(mine, theirs, model):
            yield name_of(call), "call-data", f"调用活动的 {tag} 与被调用者的不一致", "请使两处数量和类型相同"


def _binding(callable_element: Element, _model: Model) -> Iterator[Fault]:
    if children(callable_element, "supportedInterfaceRef") and not children(callable_element, "ioBinding"):
        yield (
            name_of(callable_element),
            "interface-binding",
            "声明了所支持的接口, 但没有把操作绑定到输入集、输出集",
            "请补充 ioBinding, 或删除 supportedInterfaceRef",
        )


def _any_differs(mine: Sequence[Element], theirs: Sequence[Element], model: Model) -> bool:
    return any(_differs(model.item_of(one), model.item_of(other)) for one, other in zip(mine, theirs, strict=True))


def _loop(loop: Element, model: Model) -> Iterator[Fault]:
    for direction in ("Input", "Output"):
        items = children(loop, f"{direction.lower()}DataItem")
        whole = next(iter(texts(loop, f"loopData{direction}Ref")), "")
        one = model.item_of(items[0]) if items and model.find(whole) is not None else None
        if one is not None and one.get("isCollection") == "true":
            yield (
                name_of(loop),
                "loop-item",
                f"{local(items[0])} 不是集合中单个元素的类型",
                "请使用单个元素的数据项定义",
            )


def _event(event: Element, model: Model) -> Iterator[Fault]:
    tag = "dataOutput" if local(event) in CATCHING else "dataInput"
    carrying = [one for one in definitions(event, model) if _carries(one, model)]
    data = children(event, tag)
    if 0 < len(data) < len(carrying):
        yield (
            name_of(event),
            "event-data",
            f"事件有 {len(data)} 个数据项, 却有 {len(carrying)} 个带数据的定义",
            "请一一对应",
        )
    if carrying and not data:
        yield name_of(event), "event-data-missing", "事件的消息带有数据, 但事件没有接收或提供它的数据项", "请补充数据项"


def _carries(definition: Element, model: Model) -> bool:
    """Tell whether what an event throws or catches carries an item."""
    kind = local(definition).removesuffix("EventDefinition")
    target = model.find(definition.get(f"{kind}Ref"))
    operations = [model.find(text) for text in texts(definition, "operationRef")]
    if target is None and operations and operations[0] is not None:
        target = next((model.find(text) for text in texts(operations[0], "inMessageRef")), None)
    return target is not None and bool(target.get(_CARRY.get(kind, "itemRef")))


_RULES: tuple[tuple[Callable[[Element, Model], Iterator[Fault]], tuple[str, ...]], ...] = (
    (_collection, ("dataInput", "dataOutput", "dataObject", "property")),
    (_state, ("dataObjectReference",)),
    (_specification, ("ioSpecification",)),
    (_service, ("serviceTask",)),
    (_message_task, ("sendTask", "receiveTask")),
    (_call, ("callActivity",)),
    (_binding, _GLOBAL),
    (_loop, ("multiInstanceLoopCharacteristics",)),
    (_event, tuple(sorted(EVENTS))),
)
