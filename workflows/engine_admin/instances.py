"""Running and ended cases as the engine sees them, and moving their tokens with four eyes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.process_engine import ProcessEngine
from engine.queries.instances import (
    DescribeInstance,
    HistoryLine,
    InstanceDetails,
    ListHistory,
    ListTokens,
    ReadDiagram,
    TokenPosition,
)
from engine.queries.moves import ListMoveTargets, MoveTarget
from engine.queries.search_instances import FoundInstances, InstanceParts, ReadParts, SearchInstances
from engine.queries.variables import ReadVariables
from workflows import errors
from workflows.desk.once import made_once
from workflows.engine_admin.access import may_keep, may_read, reason_of
from workflows.engine_admin.masking import hidden
from workflows.engine_admin.requests import Asked
from workflows.policy import Actor

_LONGEST_HISTORY = 500


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One case: where its tokens are, what it knows, what waits, and what happened."""

    case: InstanceDetails
    diagram: bytes
    tokens: tuple[TokenPosition, ...]
    variables: Mapping[str, Any]
    parts: InstanceParts
    history: tuple[HistoryLine, ...]

    def name_of(self, element: str) -> str:
        """Return the name of an element of its version."""
        return str(self.case.elements.get(element, {}).get("name") or element)


@dataclass(frozen=True, slots=True)
class MoveView:
    """A token and where it may go."""

    case: InstanceDetails
    diagram: bytes
    token: int
    element: str
    targets: tuple[MoveTarget, ...]

    @property
    def allowed(self) -> tuple[MoveTarget, ...]:
        """Return the targets after which the case can still end."""
        return tuple(one for one in self.targets if not one.why_not)


class InstanceDesk:
    """Finds cases, shows one, and prepares moves."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def search(self, actor: Actor, wanted: SearchInstances) -> FoundInstances:
        """Return a page of cases, the newest first."""
        may_read(actor)
        return self._engine.ask(wanted)

    def show(self, actor: Actor, instance_id: UUID) -> InstanceView:
        """Return one case, read now.

        Raises:
            InstanceNotFound.
        """
        may_read(actor)
        ask = self._engine.ask
        case = ask(DescribeInstance(instance_id))
        variables = {name: hidden(name, value) for name, value in ask(ReadVariables(instance_id)).items()}
        return InstanceView(
            case, ask(ReadDiagram(case.definition_id)).content, ask(ListTokens(instance_id)),
            dict(sorted(variables.items())), ask(ReadParts(instance_id)),
            ask(ListHistory(instance_id))[-_LONGEST_HISTORY:],
        )  # fmt: skip

    def moves(self, actor: Actor, instance_id: UUID, token: int) -> MoveView:
        """Return where a token may go, tried out on a copy of the case.

        Raises:
            InstanceNotFound, InstanceNotActive.
        """
        may_keep(actor)
        ask = self._engine.ask
        case = ask(DescribeInstance(instance_id))
        element = _element_of(ask(ReadParts(instance_id)), token)
        targets = ask(ListMoveTargets(instance_id, token))
        return MoveView(case, ask(ReadDiagram(case.definition_id)).content, token, element, targets)

    def ask_to_move(
        self, actor: Actor, instance_id: UUID, token: int, element: str, reason: str, *, key: str = ""
    ) -> UUID:
        """Ask for a move that a second person confirms; the same key asks once.

        Raises:
            FormInvalid: no reason, or an element the token may not go to.
        """
        view = self.moves(actor, instance_id, token)
        target = next((one for one in view.allowed if one.element_id == element), None)
        if target is None:
            raise errors.FormInvalid(errors=[{"field": "element", "message": "请从列表中选择可以移动到的环节"}])
        payload = {
            "token": token, "element": element, "from": view.element, "from_name": _name(view.case, view.element),
            "name": target.name or element, "version": view.case.version,
        }  # fmt: skip
        asked = Asked("move", "asked", payload, reason_of(reason), actor.login, instance_id, view.case.business_key)
        what = ("move", str(instance_id), token, element, reason)
        return made_once(self._engine, asked, actor.login, key, *what)


def _element_of(parts: InstanceParts, token: int) -> str:
    waiting: Sequence[Mapping[str, Any]] = [
        *(row for row in parts.tasks if row["status"] == "open"), *parts.jobs, *parts.events,
    ]  # fmt: skip
    return next((str(row["element_id"]) for row in waiting if row["token"] == token), "")


def _name(case: InstanceDetails, element: str) -> str:
    return str(case.elements.get(element, {}).get("name") or element)
