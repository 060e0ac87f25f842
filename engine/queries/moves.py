"""Where a token of a case may be moved by hand so that the case can still end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.soundness import can_complete
from engine.spiff.diagram import Process
from engine.spiff.execution import Execution
from engine.spiff.reading import read_files
from engine.store.tables import process_definition
from engine.store.unit_of_work import UnitOfWork

_LIMIT = 4000
_TARGETS = ("Task", "task", "callActivity", "subProcess", "endEvent", "intermediateCatchEvent")


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """An element at which the case could go on; ``why_not`` is empty when it may."""

    element_id: str
    name: str
    type: str
    why_not: str


@dataclass(frozen=True, slots=True)
class ListMoveTargets:
    """What would become of a case if one of its tokens went on elsewhere; nothing is changed.

    Elements at which nothing can begin are left out; a token that belongs to another activity may go nowhere.

    Raises:
        InstanceNotFound, InstanceNotActive.
    """

    instance_id: UUID
    token: int

    def run(self, uow: UnitOfWork) -> tuple[MoveTarget, ...]:
        """Answer the targets, those that are allowed first."""
        instance = uow.instance(self.instance_id).instance
        files = read_files(uow.bundle(instance.definition_id).resources, uow.runtime.dialect)
        processes = {process.key: process for process in files.processes}
        found = [
            MoveTarget(key, element["name"], element["type"], verdict)
            for key, element in _elements(uow, instance.definition_id).items()
            if element["type"].endswith(_TARGETS)
            and (verdict := self._verdict(uow.instance(self.instance_id).execution, key, processes)) is not None
        ]
        return tuple(sorted(found, key=lambda one: (bool(one.why_not), one.name)))

    def _verdict(self, execution: Execution, element: str, processes: Mapping[str, Process]) -> str | None:
        """Return why the case could not end, nothing if it could, or None when nothing can begin there."""
        try:
            execution.move(self.token, element)
        except (errors.ModificationInvalid, errors.TaskNotOpen):
            return None
        except errors.AppError as exc:
            return exc.message
        places = execution.places()
        answers = [can_complete(processes[key], places[key], _LIMIT) for key in places if key in processes]
        return "移动后案件无法办结" if False in answers else ""


def _elements(uow: UnitOfWork, definition_id: UUID) -> Mapping[str, Mapping[str, Any]]:
    statement = select(process_definition.c.elements).where(process_definition.c.id == definition_id)
    return dict(uow.connection.scalar(statement) or {})
