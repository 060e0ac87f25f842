"""BPMN files → SpiffWorkflow specifications made of our own parts, shared by all instances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
    SendTaskParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import CallActivityParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
)
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine import dmn
from engine.spiff import dialect, specs
from engine.spiff.dialect import Extras, read_extras
from engine.spiff.model import Bundle, Resource
from engine.xml_safety import parse_xml, refusal


class _Dialect:
    """Overrides how a node is parsed: our event definitions, loops and vendor attributes."""

    node: Any
    process_parser: Any
    spec: Any
    task: Any

    def parse_extensions(self, node: Any = None) -> dict[str, object]:
        """Keep SpiffWorkflow from reading extensions; ours are on the task spec."""
        del node
        return {}

    def create_task(self) -> Any:
        """Create the task spec and give it its vendor attributes."""
        task = super().create_task()  # type: ignore[misc]
        task.extras = read_extras(self.node)
        if isinstance(task, specs.Decision):
            task.model = self.process_parser.parser.decisions
        return task

    def handles_multiple_outgoing(self) -> bool:
        """Several flows may leave any node: each gets a token."""
        return True

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        """Refuse conditional flows that leave an activity; connect the others."""
        conditional = self.parse_condition(sequence_flow_node) is not None  # type: ignore[attr-defined]
        if conditional and not dialect.local(self.node).endswith("Gateway"):
            raise ValidationException("条件顺序流只能从网关引出", node=sequence_flow_node)
        super().connect_outgoing(outgoing_task, sequence_flow_node, is_default)  # type: ignore[misc]

    def _add_multiinstance_task(self, loop: Any) -> None:
        sequential = loop.get("isSequential") == "true"
        original = self.spec.task_specs.pop(self.task.name)
        kind = specs.SequentialBody if sequential else specs.ParallelBody
        body = kind(self.spec, original.name, task_spec="", lane=original.lane, bpmn_name=original.bpmn_name)
        extras = read_extras(loop)
        body.collection = _feel(extras.attributes.get("collection"))
        body.element_variable = extras.attributes.get("elementVariable")
        body.count_text = _feel(_child_text(loop, "loopCardinality"))
        body.until = _feel(_child_text(loop, "completionCondition"))
        body.output_collection = original.extras.properties.get("outputCollection")
        body.output_element = _feel(original.extras.properties.get("outputElement"))
        self.task = body
        self._copy_task_attrs(original, loop)  # type: ignore[attr-defined]
        original.completed_event.connect(body.merge_child)

    def parse_timer_event(self, event: Any) -> Any:
        """Return our timers, which never read the wall clock."""
        name = self.node.get("id")
        for tag in ("timeDate", "timeDuration"):
            found = _child_text(event, tag)
            if found:
                return specs.DueTimer(name, found)
        cycle = _child_text(event, "timeCycle")
        if cycle:
            return specs.CycleTimer(name, cycle)
        raise ValidationException("定时器没有时间", node=self.node)

    def _referenced(self, event: Any, attribute: str, known: Mapping[str, Any]) -> Any:
        found = known.get(event.get(attribute) or "")
        if found is None:
            raise ValidationException(f"缺少 {attribute}", node=self.node)
        return found

    def _leaving(self) -> bool:
        return dialect.local(self.node) in ("endEvent", "intermediateThrowEvent", "sendTask")

    def parse_message_event(self, event: Any) -> Any:
        """Return a message to send or to wait for."""
        name = self._referenced(event, "messageRef", self.process_parser.parser.messages)
        extras = read_extras(self.node)
        return (specs.Thrown if self._leaving() else specs.Awaited)("message", name, extras)

    def parse_signal_event(self, event: Any) -> Any:
        """Return a signal to broadcast or to wait for."""
        name = self._referenced(event, "signalRef", self.process_parser.parser.signals)
        extras = read_extras(self.node)
        return (specs.Thrown if self._leaving() else specs.Awaited)("signal", name, extras)

    def parse_error_event(self, event: Any) -> Any:
        """Return an error to raise or to catch."""
        found = self.process_parser.parser.errors.get(event.get("errorRef") or "", {})
        return specs.Raised("error", found.get("name"), found.get("error_code"))

    def parse_escalation_event(self, event: Any) -> Any:
        """Return an escalation to raise or to catch."""
        found = self.process_parser.parser.escalations.get(event.get("escalationRef") or "", {})
        return specs.Raised("escalation", found.get("name"), found.get("escalation_code"))

    def get_message_correlations(self, _message_ref: str) -> list[object]:
        """Correlation is a property of the element, not SpiffWorkflow's."""
        return []


def _child_text(element: Any, name: str) -> str | None:
    found = next(iter(dialect.children(element, name)), None)
    return (found.text or "").strip() or None if found is not None else None


def _feel(text: str | None) -> str | None:
    return None if text is None else text.strip().removeprefix("=").strip()


def _parser(base: type) -> type:
    return type(f"Our{base.__name__}", (_Dialect, base), {})


class OurBpmnParser(BpmnParser):  # type: ignore[misc]
    """Builds specifications from our own task specs."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - SpiffWorkflow's own shape
        **{tag: (_parser(parser), spec) for tag, (parser, spec) in BpmnParser.PARSER_CLASSES.items()},
        full_tag("startEvent"): (_parser(StartEventParser), StartEvent),
        full_tag("endEvent"): (_parser(EndEventParser), EndEvent),
        full_tag("boundaryEvent"): (_parser(BoundaryEventParser), BoundaryEvent),
        full_tag("intermediateCatchEvent"): (_parser(IntermediateCatchEventParser), IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (_parser(IntermediateThrowEventParser), IntermediateThrowEvent),
        full_tag("receiveTask"): (_parser(ReceiveTaskParser), ReceiveTask),
        full_tag("sendTask"): (_parser(SendTaskParser), SendTask),
        full_tag("userTask"): (_parser(TaskParser), specs.Person),
        full_tag("manualTask"): (_parser(TaskParser), specs.Person),
        full_tag("serviceTask"): (_parser(TaskParser), specs.Service),
        full_tag("businessRuleTask"): (_parser(TaskParser), specs.Decision),
        full_tag("callActivity"): (_parser(CallActivityParser), specs.Call),
    }

    def __init__(self, decisions: dmn.DecisionModel) -> None:
        super().__init__()
        self.decisions = decisions


@dataclass(frozen=True, slots=True)
class Compiled:
    """A parsed definition: immutable, shared by all instances and threads."""

    bundle_hash: str
    process_key: str
    spec: Any
    subprocess_specs: Mapping[str, Any]


def read_decisions(resources: Sequence[Resource]) -> dmn.DecisionModel:
    """Return all decisions of the files together."""
    found: dict[str, dmn.Decision] = {}
    for resource in resources:
        if resource.name.endswith(".dmn"):
            for key, decision in dmn.parse_dmn(resource.content, resource.name).decisions.items():
                if key in found:
                    raise refusal(resource.name, key, "dmn-duplicate", "决策编号重复", "改用不同的编号")
                found[key] = decision
    return dmn.DecisionModel(found)


def spiff_parser(resources: Sequence[Resource], decisions: dmn.DecisionModel) -> OurBpmnParser:
    """Return SpiffWorkflow's parser filled with the diagrams."""
    parser = OurBpmnParser(decisions)
    for resource in resources:
        if resource.name.endswith(".bpmn"):
            try:
                parser.add_bpmn_xml(parse_xml(resource.content, resource.name), filename=resource.name)
            except SpiffWorkflowException as exc:
                raise _refused(resource.name, exc) from exc
    return parser


def compile_bundle(bundle: Bundle) -> Compiled:
    """Parse a bundle into specifications.

    Raises:
        DefinitionInvalid: with file, element, rule and remedy.
    """
    parser = spiff_parser(bundle.resources, read_decisions(bundle.resources))
    try:
        spec = parser.get_spec(bundle.process_key)
        subprocess_specs = parser.get_subprocess_specs(bundle.process_key)
    except (SpiffWorkflowException, KeyError) as exc:
        raise _refused(bundle.process_key, exc) from exc
    return Compiled(bundle.hash, bundle.process_key, spec, subprocess_specs)


def _refused(file: str, exc: Exception) -> Exception:
    element = getattr(exc, "tag", "") or ""
    key = getattr(exc, "id", "") or ""
    return refusal(file, key or element, "not-supported", f"无法解析: {exc}", "改用受支持的元素和写法")


__all__ = ["Compiled", "Extras", "OurBpmnParser", "compile_bundle", "etree", "read_decisions", "spiff_parser"]
