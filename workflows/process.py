"""What a process is here: its name, and the Python that writes its records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.handlers import Handler, ServiceJob
from workflows.policy import Actor
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class TaskContext:
    """The user task somebody is completing."""

    task_id: UUID
    instance_id: UUID
    business_key: str
    definition_key: str
    element_id: str
    variables: Mapping[str, Any]
    actor: Actor
    rulebook: Rulebook


Record = Callable[[UnitOfWork, ServiceJob, Rulebook], Mapping[str, object]]
Effect = Callable[[UnitOfWork, TaskContext, Mapping[str, Any]], Mapping[str, object]]
Offer = Callable[[UnitOfWork, Mapping[str, Any]], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Process:
    """One process.

    ``forms`` are those its screens show beside the forms of its tasks, ``sheets`` the tasks' forms that follow an
    official sheet and so may be long. ``recorders`` run inside the token's transaction, ``handlers`` outside of
    any; ``on_complete`` runs before a user task is completed and may refuse its answers; ``offers`` answers what a
    user task's form may choose from now, given the task's variables; ``secrets`` are answers that only the effect
    reads: they are kept neither with the task nor with the case, unless the effect returns
    them as they may be kept.
    """

    key: str
    title: str
    recorders: Mapping[str, Record] = field(default_factory=dict)
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    on_complete: Mapping[str, Effect] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    forms: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
