"""Move tokens of an instance by hand, with four eyes and only where the case can still end."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from engine import errors
from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.store.unit_of_work import Change, UnitOfWork


@dataclass(frozen=True, slots=True)
class ModifyInstance:
    """End what waits under some tokens and begin at other elements of the same scopes.

    ``moves`` maps a token to the element at which its case goes on. What waited there is cancelled and stays readable
    in the history; its timers end with it, and those of the new place begin now.

    Raises:
        ApproverIsActor: the same person asks and approves.
        ModificationInvalid: a token cannot be moved there, or the case might never end afterwards.
        InstanceNotActive, InstanceNotFound, TaskNotOpen.
    """

    instance_id: UUID
    moves: Mapping[int, str]
    actor: str
    approved_by: str
    reason: str

    def run(self, uow: UnitOfWork) -> Change:
        """Move them all in one step."""
        if self.actor == self.approved_by:
            raise errors.ApproverIsActor(actor=self.actor)
        if not self.moves or not self.reason.strip():
            raise errors.ModificationInvalid(reason="name at least one token, and why")
        loaded = uow.instance(self.instance_id)
        for token, element in self.moves.items():
            loaded.execution.move(token, element)
        places = loaded.execution.places()
        resources = uow.bundle(loaded.instance.definition_id).resources
        if uow.runtime.can_complete(resources, places) is False:
            raise errors.ModificationInvalid(reason="the case could not end", places=places)
        detail = {
            "reason": self.reason, "approved_by": self.approved_by,
            "moves": {str(token): element for token, element in self.moves.items()},
        }  # fmt: skip
        return save_wait_state(
            uow, loaded.instance, loaded.execution, Cause(self.actor, "instance-modified", detail=detail)
        )
