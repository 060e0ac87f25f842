"""What code outside the engine gets when a diagram calls it, and what it may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ServiceJob:
    """One service task that waits for its work to be done.

    ``id`` never changes for the same token, however often the work is tried: use it as the
    idempotency key towards other systems. ``variables`` are the token's data as plain JSON.
    """

    id: UUID
    instance_id: UUID
    business_key: str
    definition_key: str
    element_id: str
    topic: str
    variables: Mapping[str, object]
    properties: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1


Handler = Callable[[ServiceJob], Mapping[str, object]]
"""Called outside any transaction; returns variables to merge; raises ``ServiceFailed`` to be tried again."""


class BpmnError(Exception):
    """Raised by a handler or a record to throw a BPMN error that the diagram may catch."""

    def __init__(self, error_code: str, message: str = "") -> None:
        self.error_code = error_code
        super().__init__(message or error_code)
