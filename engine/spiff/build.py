"""Builds what runs from what was read: one specification per process and subprocess.

Everything a running instance could want to change or look up late is settled here, so that
specifications never change afterwards and threads may share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine import dmn
from engine.spiff.activities import (
    ActivitySpec,
    AdHocSpec,
    CallSpec,
    ScriptSpec,
    ServiceTaskSpec,
    SubprocessSpec,
    UserTaskSpec,
)
from engine.spiff.compensation import CancelEndSpec, CompensateSpec
from engine.spiff.decisions import BusinessRuleSpec
from engine.spiff.diagram import FlowScope, Node, Process
from engine.spiff.events import (
    BoundarySpec,
    CatchSpec,
    EventGatewaySpec,
    EventStartSpec,
    EventSubprocessSpec,
    MultipleCatchSpec,
    PartSpec,
    ReceiveTaskSpec,
)
from engine.spiff.loops import LoopSpec
from engine.spiff.model import Element
from engine.spiff.repeated import MultiInstanceSpec
from engine.spiff.specs import ComplexSpec, ExclusiveSpec, InclusiveSpec, NodeSpec, ParallelSpec, PassSpec, ProcessSpec
from engine.spiff.throwing import SendTaskSpec, ThrowSpec

_ACTIVITIES: Mapping[str, type[ActivitySpec]] = {
    "userTask": UserTaskSpec,
    "serviceTask": ServiceTaskSpec,
    "subProcess": SubprocessSpec,
    "transaction": SubprocessSpec,
    "adHocSubProcess": AdHocSpec,
    "callActivity": CallSpec,
    "receiveTask": ReceiveTaskSpec,
    "task": ActivitySpec,
    "manualTask": ActivitySpec,
    "scriptTask": ScriptSpec,
}
_OTHERS: Mapping[str, type[NodeSpec]] = {
    "startEvent": PassSpec,
    "exclusiveGateway": ExclusiveSpec,
    "parallelGateway": ParallelSpec,
    "inclusiveGateway": InclusiveSpec,
    "complexGateway": ComplexSpec,
    "eventBasedGateway": EventGatewaySpec,
    "intermediateCatchEvent": CatchSpec,
}
_THROWS: Mapping[str, type[NodeSpec]] = {"none": PassSpec, "compensate": CompensateSpec, "cancel": CancelEndSpec}
_WAITING_TRIGGERS = {"timer", "message", "signal", "conditional"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A process definition that is ready to run; immutable and shared by all instances and threads."""

    hash: str
    process_key: str
    specs: Mapping[str, ProcessSpec]
    decisions: Mapping[str, dmn.DecisionModel]
    elements: Mapping[str, Element]
    forms: Mapping[str, str]
    """The hash of each form that was deployed with this version, by the name of its file."""


def build(processes: Iterable[Process]) -> dict[str, ProcessSpec]:
    """Return the specifications of processes and of all subprocesses in them, by id."""
    specs: dict[str, ProcessSpec] = {}
    for process in processes:
        _build_scope(process.scope, process.key, specs)
    return specs


def _build_scope(scope: FlowScope, name: str, specs: dict[str, ProcessSpec], *, is_event: bool = False) -> None:
    spec = ProcessSpec(name)
    specs[name] = spec
    for node in scope.nodes.values():
        if node.is_event_subprocess:
            _add_event_subprocess(spec, node)
        elif node.attached_to is None:
            _add_node(spec, node)
        if node.scope is not None:
            inner = f"{spec.process_key}/{node.id}"
            _build_scope(node.scope, inner, specs, is_event=node.is_event_subprocess)
    for node in scope.nodes.values():
        if node.attached_to is not None:
            _add_boundary(spec, node)
    starts = scope.of_type("startEvent")
    usable = starts if is_event else [node for node in starts if node.trigger is None or node.trigger.kind == "none"]
    spec.none_start = usable[0].id if usable else None
    spec.instantiating = frozenset(node.id for node in scope.instantiating())
    _connect(spec, scope)
    _find_reach(spec, scope)


def _add_node(spec: ProcessSpec, node: Node) -> None:
    kind = _activity(node)
    if kind is None:
        made = _other(node)(spec, node)
        if isinstance(made, MultipleCatchSpec):
            made.parts = tuple(_part(spec, node, place) for place in range(len(node.triggers)))
        return
    if node.multi is None and node.loop is None:
        kind(spec, node)
        return
    body = kind(spec, node, f"{node.id}[item]")
    (MultiInstanceSpec if node.multi is not None else LoopSpec)(spec, node, body)


def _part(spec: ProcessSpec, node: Node, place: int) -> str:
    name = f"{node.id}~{place}"
    PartSpec(spec, node, name, node.triggers[place])
    return name


def _activity(node: Node) -> type[ActivitySpec] | None:
    if node.type == "businessRuleTask":
        return BusinessRuleSpec if node.decision else ServiceTaskSpec
    if node.type == "sendTask":
        return ServiceTaskSpec if node.topic else SendTaskSpec
    return _ACTIVITIES.get(node.type)


def _other(node: Node) -> type[NodeSpec]:
    kind = "none" if node.trigger is None else node.trigger.kind
    if kind == "link":
        return PassSpec
    if node.type in {"endEvent", "intermediateThrowEvent"}:
        return _THROWS.get(kind, ThrowSpec)
    if node.type == "intermediateCatchEvent" and kind == "multiple":
        return MultipleCatchSpec
    return _OTHERS[node.type]


def _add_event_subprocess(spec: ProcessSpec, node: Node) -> None:
    if node.scope is None:
        return
    start = node.scope.of_type("startEvent")[0]
    host = EventSubprocessSpec(spec, node, start)
    for place, trigger in enumerate(start.triggers):
        if trigger.kind in _WAITING_TRIGGERS:
            name = start.id if place == 0 else f"{start.id}~{place}"
            EventStartSpec(spec, start, name, node.id, trigger)
            spec.event_starts.append(name)
        elif host not in spec.event_subprocesses:
            spec.event_subprocesses.append(host)


def _add_boundary(spec: ProcessSpec, node: Node) -> None:
    host: ActivitySpec = spec.task_specs[node.attached_to]
    for place, trigger in enumerate(node.triggers):
        if trigger.kind == "compensate":
            getattr(host, "body", host).handler = node.handler  # type: ignore[union-attr]  # a repeated activity's body
            continue
        boundary = BoundarySpec(spec, node, node.id if place == 0 else f"{node.id}~{place}", trigger)
        if trigger.kind in _WAITING_TRIGGERS:
            host.boundaries.append(boundary.name)
        else:
            host.catchers.append(boundary)


def _connect(spec: ProcessSpec, scope: FlowScope) -> None:
    """Mirror the flows in SpiffWorkflow's own wiring, so that its tools see the same graph."""
    for flow in scope.flows:
        source, target = spec.task_specs.get(flow.source), spec.task_specs.get(flow.target)
        if source is not None and target is not None:
            source.connect(target)
    if spec.none_start is not None:
        spec.start.connect(spec.task_specs[spec.none_start])


def _find_reach(spec: ProcessSpec, scope: FlowScope) -> None:
    before: dict[str, set[str]] = {name: set() for name in scope.nodes}
    for flow in scope.flows:
        if flow.target in before:
            before[flow.target].add(flow.source)
    for node in scope.nodes.values():
        if node.attached_to is not None:
            before[node.id].add(node.attached_to)
    for gateway in spec.task_specs.values():
        if isinstance(gateway, InclusiveSpec):
            gateway.reach = {
                flow.id: frozenset(_backward(before, flow.source, gateway.name)) for flow in gateway.node.incoming
            }


def _backward(before: Mapping[str, set[str]], start: str, stop: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found and name != stop:
            found.add(name)
            waiting.extend(before[name])
    return found


def elements_of(process: Process) -> list[Element]:
    """Return the flow nodes of a process and its subprocesses as people see them."""
    return [
        Element(
            id=node.id,
            name=node.name,
            type=node.type,
            lane=node.lane,
            process_key=process.key,
            clauses=node.clauses,
            topic=node.topic,
            form_key=node.form_key,
            properties=dict(node.properties),
        )
        for _, node in process.scope.walk()
    ]
