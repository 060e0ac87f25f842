"""A diagram as it was read: plain values between the XML and the specification that runs.

Expressions are kept as their text here. A text that is FEEL has lost its leading ``=``; one in the small part of
Python that is understood begins with ``python:``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

PYTHON = "python:"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a diagram means where BPMN leaves it open.

    ``language`` is that of expressions whose file names none (``feel`` or ``python``). With ``shares_variables`` a
    call activity without mappings hands all variables in and out. With ``implicit_topics`` a service task without
    a topic has its own id as its topic. With ``late_calls`` a called process may be missing until it is called.
    With ``checks_soundness`` a process that could get stuck is refused.
    """

    language: str = "feel"
    shares_variables: bool = False
    implicit_topics: bool = False
    late_calls: bool = False
    checks_soundness: bool = True


STANDARD = Dialect()
"""What diagrams of the platform mean."""

Fault = tuple[str, str, str, str]
"""One finding about a diagram: element, rule, message, remedy."""


@dataclass(frozen=True, slots=True)
class Text:
    """A value of an attribute: a literal, or FEEL when ``is_feel``."""

    value: str
    is_feel: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; ``condition`` is FEEL, or None when there is none."""

    id: str
    source: str
    target: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an event catches or throws.

    ``kind`` is the BPMN name of the event definition without its ending (``timer``, ``message`` …), ``none``, or
    ``multiple``. ``code`` belongs to errors and escalations and is None for "any"; ``name`` of a compensation is the
    activity it is for; ``condition`` belongs to conditional events.
    """

    kind: str
    name: str | None = None
    code: str | None = None
    timer_kind: str | None = None
    timer: Text | None = None
    code_variable: str | None = None
    message_variable: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """One activity repeated for each item; expressions are FEEL."""

    is_sequential: bool
    collection: str | None = None
    cardinality: str | None = None
    element_variable: str | None = None
    condition: str | None = None
    output_collection: str | None = None
    output_element: str | None = None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """One activity repeated while a condition is true, at most ``maximum`` times."""

    condition: str | None = None
    tests_before: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How the activities of an ad-hoc subprocess are done, and when it is enough."""

    is_sequential: bool = False
    condition: str | None = None
    cancels_rest: bool = True


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose work a user task is, as written in the diagram."""

    candidate_groups: Text | None = None
    candidate_users: Text | None = None
    assignee: Text | None = None
    due: Text | None = None
    follow_up: Text | None = None
    priority: Text | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The process an activity calls and what it hands in and out, each as (target, FEEL or None for all)."""

    process_key: str
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    all_in: bool = False
    all_out: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One flow node; ``type`` is the BPMN tag (``userTask`` …)."""

    id: str
    name: str
    type: str
    lane: str | None = None
    clauses: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default_flow: str | None = None
    trigger: Trigger | None = None
    triggers: tuple[Trigger, ...] = ()
    needs_all: bool = False
    is_instantiating: bool = False
    handler: str | None = None
    is_handler: bool = False
    attached_to: str | None = None
    is_interrupting: bool = True
    multi: MultiInstance | None = None
    loop: StandardLoop | None = None
    ad_hoc: AdHoc | None = None
    activation: str | None = None
    quantity: tuple[int, int] = (1, 1)
    data_in: tuple[tuple[str, str], ...] = ()
    data_out: tuple[tuple[str, str], ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    topic: str | None = None
    form_key: str | None = None
    assignment: Assignment | None = None
    call: Call | None = None
    decision: str | None = None
    result_variable: str | None = None
    scope: "FlowScope | None" = None
    is_event_subprocess: bool = False
    script: tuple[tuple[str, str], ...] = ()
    unsupported: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowScope:
    """The nodes of a process or of a subprocess, in the order of the file."""

    id: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]

    def walk(self) -> Iterator[tuple["FlowScope", Node]]:
        """Yield every node of this scope and of the subprocesses in it, with the scope it lies in."""
        for node in self.nodes.values():
            yield self, node
            if node.scope is not None:
                yield from node.scope.walk()

    def of_type(self, *types: str) -> list[Node]:
        """Return the direct nodes of the given BPMN types."""
        return [node for node in self.nodes.values() if node.type in types]

    def instantiating(self) -> list[Node]:
        """Return the receive tasks, and events behind gateways, that start a process when what they wait for comes."""
        gateways = {node.id for node in self.of_type("eventBasedGateway") if node.is_instantiating}
        behind = {flow.target for flow in self.flows if flow.source in gateways}
        receiving = {node.id for node in self.of_type("receiveTask") if node.is_instantiating and not node.incoming}
        return [node for node in self.nodes.values() if node.id in behind | receiving]

    def event_subprocesses(self) -> list[Node]:
        """Return the direct event subprocesses."""
        return [node for node in self.nodes.values() if node.is_event_subprocess]

    def boundaries(self, host: str) -> list[Node]:
        """Return the boundary events attached to *host*."""
        return [node for node in self.nodes.values() if node.attached_to == host]


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a file."""

    key: str
    name: str
    file: str
    scope: FlowScope
    version_tag: str | None = None
    is_executable: bool = True
    duplicate_ids: tuple[str, ...] = ()
