"""Refuses at deployment whatever would be lost, mis-executed or evaluated as Python."""

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from engine import errors, feel
from engine.feel import BUILTINS
from engine.spiff import dialect
from engine.spiff.dialect import Extras, children, descendants, is_bpmn, local, read_extras
from engine.spiff.model import Bundle, DefinitionSummary, Element, Resource, StartTrigger
from engine.spiff.parser import compile_bundle, read_decisions
from engine.xml_safety import parse_xml

FLOW_NODES = frozenset(
    "startEvent endEvent boundaryEvent intermediateCatchEvent intermediateThrowEvent task userTask manualTask "
    "serviceTask sendTask receiveTask businessRuleTask callActivity subProcess exclusiveGateway parallelGateway "
    "inclusiveGateway".split()
)
_EVENTS = frozenset(
    "messageEventDefinition signalEventDefinition timerEventDefinition errorEventDefinition "
    "escalationEventDefinition terminateEventDefinition".split()
)
_PLAIN = frozenset(
    "sequenceFlow laneSet lane flowNodeRef documentation extensionElements incoming outgoing conditionExpression "
    "multiInstanceLoopCharacteristics loopCardinality completionCondition timeDate timeDuration timeCycle "
    "textAnnotation association text group category categoryValue".split()
)
_SPLITS = ("exclusiveGateway", "inclusiveGateway")
_REMEDIES = {
    "scriptTask": "改用业务规则任务(DMN)或服务任务",
    "complexGateway": "改用排他、并行或包容网关",
    "eventBasedGateway": "改用带定时器的接收任务",
    "adHocSubProcess": "改画成明确的流程",
    "transaction": "改用子流程和边界事件",
}


class _Findings:
    """Collects what is wrong, so that an author sees all of it at once."""

    def __init__(self) -> None:
        self.items: list[dict[str, str]] = []

    def add(self, file: str, element: Any, rule: str, texts: tuple[str, str]) -> None:
        key = element if isinstance(element, str) else element.get("id") or local(element)
        self.items.append({"file": file, "element": key, "rule": rule, "message": texts[0], "remedy": texts[1]})


def summarise(resources: Sequence[Resource], functions: frozenset[str]) -> tuple[DefinitionSummary, ...]:
    """Validate the files and describe their processes; all findings are reported together."""
    findings = _Findings()
    decisions = read_decisions(resources).decisions
    found: list[DefinitionSummary] = []
    for resource in resources:
        if not resource.name.endswith(".bpmn"):
            continue
        root = parse_xml(resource.content, resource.name)
        processes = children(root, "process")
        if not processes:
            findings.add(resource.name, local(root), "no-process", ("文件里没有流程", "上传 BPMN 2.0 流程图"))
        for process in processes:
            _Check(resource.name, functions, frozenset(decisions), findings).process(process)
            found.append(_summary(process, resource.name))
    _unique([summary.key for summary in found], findings)
    if findings.items:
        raise errors.DefinitionInvalid(findings=findings.items)
    known = {summary.key for summary in found}
    for summary in found:
        if set(summary.called_processes) <= known:
            compile_bundle(Bundle(summary.key, tuple(resources), f"check-{summary.key}"))
    return tuple(found)


def _unique(keys: list[str], findings: _Findings) -> None:
    for key in {key for key in keys if keys.count(key) > 1}:
        findings.add("", key, "duplicate-process", ("流程编号重复", "每个流程用自己的编号"))


class _Check:
    """Walks one process."""

    def __init__(self, file: str, functions: frozenset[str], decisions: frozenset[str], findings: _Findings) -> None:
        self._file = file
        self._functions = functions
        self._decisions = decisions
        self._findings = findings

    def _refuse(self, element: Any, rule: str, message: str, remedy: str) -> None:
        self._findings.add(self._file, element, rule, (message, remedy))

    def process(self, process: etree._Element) -> None:
        """Check everything inside a process."""
        for element in process.iter():
            if element is process or not is_bpmn(element) or _inside_extension(element):
                continue
            name = local(element)
            if name in FLOW_NODES:
                self._node(element)
            elif name == "sequenceFlow":
                self._flow(element)
            elif name not in _PLAIN | _EVENTS:
                remedy = _REMEDIES.get(name, "删去此元素, 或改用受支持的写法")
                self._refuse(element, "unsupported-element", f"不支持 {name}", remedy)
        self._starts(process)

    def _starts(self, process: etree._Element) -> None:
        if not children(process, "startEvent"):
            self._refuse(process, "no-start", "流程没有开始事件", "画一个开始事件")
        for start in children(process, "startEvent"):
            if children(start, "timerEventDefinition"):
                self._refuse(start, "timer-start", "不支持定时开始事件", "由消息或人工启动")

    def _node(self, element: etree._Element) -> None:
        name, extras = local(element), read_extras(element)
        if not element.get("id"):
            self._refuse(element, "no-id", f"{name} 没有编号", "在建模工具里给它一个编号")
        if name in _SPLITS:
            self._split(element)
        if element.get("triggeredByEvent") == "true":
            self._refuse(element, "event-subprocess", "不支持事件子流程", "改用子流程的边界事件")
        self._events(element)
        self._references(element, extras)
        self._expressions(element, extras)
        loops = children(element, "standardLoopCharacteristics")
        if loops:
            self._refuse(element, "standard-loop", "不支持循环标记", "画成带网关的回路")

    def _split(self, element: etree._Element) -> None:
        parent = element.getparent()
        flows = [f for f in children(parent, "sequenceFlow") if f.get("sourceRef") == element.get("id")]
        if len(flows) < 2:
            return
        if not element.get("default"):
            self._refuse(element, "no-default-flow", "分支网关没有默认流", "把一条出线设为默认流")
        for flow in flows:
            if flow.get("id") != element.get("default") and not children(flow, "conditionExpression"):
                self._refuse(flow, "no-condition", "非默认的出线没有条件", "写上 FEEL 条件")

    def _events(self, element: etree._Element) -> None:
        found = [child for child in element if is_bpmn(child) and local(child).endswith("EventDefinition")]
        if len(found) > 1:
            self._refuse(element, "multiple-events", "一个事件只能有一种定义", "拆成几个事件")
        kind = local(found[0]) if found else None
        name = local(element)
        thrown = name in ("endEvent", "intermediateThrowEvent")
        if name == "intermediateThrowEvent" and kind not in (
            None, "messageEventDefinition", "signalEventDefinition", "escalationEventDefinition",
        ):  # fmt: skip
            self._refuse(element, "throw-event", f"不支持抛出 {kind}", "改用消息、信号或升级事件")
        if not thrown and kind in ("terminateEventDefinition",):
            self._refuse(element, "terminate", "终止只能是结束事件", "改为结束事件")
        if name in ("boundaryEvent", "intermediateCatchEvent") and kind is None:
            self._refuse(element, "no-event", "捕获事件没有定义", "选定消息、信号或定时器")
        if name == "intermediateCatchEvent" and kind in ("errorEventDefinition", "escalationEventDefinition"):
            self._refuse(element, "catch-event", f"中间事件不能捕获 {kind}", "改用边界事件")

    def _references(self, element: etree._Element, extras: Extras) -> None:
        name = local(element)
        if name == "serviceTask" and not extras.attributes.get("topic"):
            self._refuse(element, "no-topic", "服务任务没有 topic", "选外部任务并填写 topic")
        if name == "sendTask" and not element.get("messageRef"):
            self._refuse(element, "no-message", "发送任务没有消息", "选定消息")
        if name == "businessRuleTask":
            decision = extras.attributes.get("decisionRef")
            if not decision:
                self._refuse(element, "no-decision", "业务规则任务没有决策表", "填写 decisionRef")
            elif decision not in self._decisions:
                self._refuse(element, "decision-missing", f"找不到决策 {decision}", "一并上传决策表")
        if name == "callActivity" and not element.get("calledElement"):
            self._refuse(element, "no-called-process", "调用活动没有被调用的流程", "填写流程编号")
        for unsupported in ("asyncBefore", "asyncAfter", "expression", "class", "delegateExpression"):
            if unsupported in extras.attributes:
                self._refuse(element, "unsupported-attribute", f"不支持 camunda:{unsupported}", "删去此属性")

    def _expressions(self, element: etree._Element, extras: Extras) -> None:
        for text in _texts_of(element, extras):
            self._feel(element, text)

    def _flow(self, element: etree._Element) -> None:
        for condition in children(element, "conditionExpression"):
            language = (condition.get("language") or "feel").lower()
            if "feel" not in language and language not in ("", "juel"):
                self._refuse(element, "expression-language", f"不支持表达式语言 {language}", "改用 FEEL")
            self._feel(element, (condition.text or "").strip())

    def _feel(self, element: etree._Element, text: str) -> None:
        try:
            expression = feel.parse(text)
        except errors.ExpressionInvalid:
            self._refuse(element, "feel-syntax", f"表达式无法识别: {text[:120]}", "改用 FEEL 语法")
            return
        for name in sorted(expression.calls() - self._functions - BUILTINS.keys()):
            self._refuse(element, "unknown-function", f"没有函数 {name}", "只用 FEEL 内置函数和 due、warn 等")


def _inside_extension(element: etree._Element) -> bool:
    return any(local(parent) == "extensionElements" for parent in element.iterancestors())


def _texts_of(element: etree._Element, extras: Extras) -> Iterator[str]:
    """Yield every FEEL text of one flow node."""
    for value in (*extras.attributes.values(), *extras.properties.values()):
        expression = dialect.feel_text(value)
        if expression is not None:
            yield expression
    for name in ("payload", "correlationKey", "outputElement"):
        if name in extras.properties and not extras.properties[name].startswith("="):
            yield extras.properties[name]
    for line in (*extras.mapped_in, *extras.mapped_out):
        if line.source != "*":
            yield line.source.removeprefix("=")
    for loop in children(element, "multiInstanceLoopCharacteristics"):
        collection = read_extras(loop).attributes.get("collection")
        if collection:
            yield collection.removeprefix("=")
        for name in ("loopCardinality", "completionCondition"):
            yield from (_text(child) for child in children(loop, name))
    for timer in children(element, "timerEventDefinition"):
        for name in ("timeDate", "timeDuration"):
            yield from (_text(child) for child in children(timer, name))


def _text(element: etree._Element) -> str:
    return (element.text or "").strip().removeprefix("=").strip()


def _summary(process: etree._Element, file: str) -> DefinitionSummary:
    del file
    key = process.get("id") or ""
    lanes = {
        (ref.text or "").strip(): lane.get("name") or ""
        for lane in descendants(process, "lane")
        for ref in children(lane, "flowNodeRef")
    }
    elements = [e for e in process.iter() if is_bpmn(e) and local(e) in FLOW_NODES and not _inside_extension(e)]
    messages = {
        m.get("id"): m.get("name") for m in process.getroottree().getroot() if local(m) in ("message", "signal")
    }
    decided = {read_extras(e).attributes.get("decisionRef", "") for e in elements if local(e) == "businessRuleTask"}
    return DefinitionSummary(
        key=key,
        name=process.get("name") or key,
        version_tag=read_extras(process).attributes.get("versionTag"),
        elements=tuple(_element(e, lanes, key) for e in elements),
        starts=tuple(_start(e, messages) for e in children(process, "startEvent")),
        called_processes=tuple(sorted({e.get("calledElement") or "" for e in elements if local(e) == "callActivity"})),
        called_decisions=tuple(sorted(decided - {""})),
        called_functions=frozenset(),
        executable=process.get("isExecutable") != "false",
    )


def _element(element: etree._Element, lanes: dict[str, str], key: str) -> Element:
    extras = read_extras(element)
    return Element(
        id=element.get("id") or "",
        name=element.get("name") or element.get("id") or "",
        type=local(element),
        lane=lanes.get(element.get("id") or ""),
        process_key=key,
        clauses=extras.clauses,
        topic=extras.attributes.get("topic"),
        form_key=extras.attributes.get("formKey"),
        properties=extras.properties,
    )


def _start(element: etree._Element, names: dict[Any, Any]) -> StartTrigger:
    for kind in ("message", "signal"):
        for definition in children(element, f"{kind}EventDefinition"):
            return StartTrigger(element.get("id") or "", kind, names.get(definition.get(f"{kind}Ref")))  # type: ignore[arg-type]
    return StartTrigger(element.get("id") or "", "none")
