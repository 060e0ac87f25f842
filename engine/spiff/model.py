"""The values that cross the border between SpiffWorkflow and the rest of the engine.

A step of the engine is a pure function of (state, definition, command, now): it yields a
``WaitState``, and the commands make the tables agree with it. Tokens are numbered per instance:
``token`` never changes while the element waits, and is never used twice in one instance.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Resource:
    """One deployed file: a diagram, a decision table or a form."""

    name: str
    content: bytes

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def form_name(process_key: str, form_key: str) -> str:
    """Return the name of the file a form of a process is deployed by."""
    return f"{process_key}/{form_key}.form"


def is_form(name: str) -> bool:
    """Tell whether a file is a form."""
    return name.endswith(".form")


def owner_of(name: str) -> str:
    """Return the key of the process that a form's file belongs to; empty when its name does not say."""
    return name.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything one process definition needs to run: its diagram, those it calls, their decisions and forms.

    ``hash`` is the SHA-256 of the ordered names and contents; equal hash means equal behaviour.
    """

    process_key: str
    resources: tuple[Resource, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node of a diagram as people see it."""

    id: str
    name: str
    type: str
    lane: str | None
    process_key: str
    clauses: tuple[str, ...] = ()
    topic: str | None = None
    form_key: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """A message, signal or timer that starts a new instance of a process."""

    element_id: str
    kind: Literal["none", "message", "signal", "timer"]
    name: str | None = None
    timer: str | None = None


@dataclass(frozen=True, slots=True)
class DefinitionSummary:
    """What deployment needs to know of one process in a bundle."""

    key: str
    name: str
    version_tag: str | None
    elements: tuple[Element, ...]
    starts: tuple[StartTrigger, ...]
    called_processes: tuple[str, ...]
    called_decisions: tuple[str, ...]
    called_functions: frozenset[str]
    executable: bool = True
    file: str = ""
    warnings: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingUserTask:
    """A user task that waits for a person.

    ``candidate_groups``, ``assignee``, ``due_at``, ``follow_up_at`` and ``priority`` are the
    evaluated attributes of the diagram. ``process_key`` is the process whose diagram has the element:
    a called process's own. ``form_hash`` is the form that was deployed with this version, if one was.
    """

    token: int
    process_key: str
    element_id: str
    name: str
    lane: str | None
    form_key: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    assignee: str | None
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    properties: Mapping[str, str]
    variables: Mapping[str, object]
    form_hash: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingTimer:
    """A timer that waits for its instant; ``attached_to`` is the token of a boundary event's host."""

    token: int
    element_id: str
    due_at: datetime
    attached_to: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingServiceTask:
    """A service, send or script-like task that waits for the job runner."""

    token: int
    process_key: str
    element_id: str
    topic: str
    properties: Mapping[str, str]
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """A message or signal the instance waits for.

    ``correlation_key`` is the evaluated key, or None when only the business key identifies the case.
    The start event of an event subprocess has a token of its own too, as long as its scope is open.
    """

    token: int
    element_id: str
    kind: Literal["message", "signal", "condition"]
    name: str
    correlation_key: str | None


@dataclass(frozen=True, slots=True)
class ThrownEvent:
    """A message or signal that leaves the instance.

    ``optional`` means that nobody need be waiting for it.
    """

    element_id: str
    kind: Literal["message", "signal"]
    name: str
    correlation_key: str | None
    payload: Mapping[str, object]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to one element during a step of the engine, in order."""

    element_id: str
    token: int
    what: Literal["entered", "completed", "cancelled", "fired", "decided"]
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitState:
    """Where an instance rests between two transactions.

    ``failure`` is the code of an error that nothing caught and the element that threw it.
    """

    status: Literal["active", "completed", "failed"]
    user_tasks: tuple[WaitingUserTask, ...] = ()
    timers: tuple[WaitingTimer, ...] = ()
    service_tasks: tuple[WaitingServiceTask, ...] = ()
    events: tuple[WaitingEvent, ...] = ()
    thrown: tuple[ThrownEvent, ...] = ()
    steps: tuple[Step, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    failure: tuple[str, str] | None = None
