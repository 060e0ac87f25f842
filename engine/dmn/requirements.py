"""The elements of a decision requirements graph."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dmn.boxed import Typed
from engine.dmn.item_types import ItemType
from engine.dmn.table import DecisionTable
from engine.feel.nodes import Node
from engine.feel.nodes_control import FunctionOf


@dataclass(frozen=True, slots=True)
class Reference:
    """Points to an element: of this file, or of the import called ``alias``."""

    id: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class InputData:
    """A fact about the case."""

    id: str
    name: str
    type: ItemType | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; without ``node`` its value comes from the case data."""

    id: str
    name: str
    type: ItemType | None
    node: Node | None
    requires: tuple[Reference, ...]

    @property
    def table(self) -> DecisionTable | None:
        """Return the decision table, if that is what decides."""
        node = self.node.node if isinstance(self.node, Typed) else self.node
        return node if isinstance(node, DecisionTable) else None


@dataclass(frozen=True, slots=True)
class BusinessKnowledge:
    """A function that several decisions use."""

    id: str
    name: str
    function: FunctionOf
    requires: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """Decisions offered together under one name."""

    id: str
    name: str
    outputs: tuple[Reference, ...]
    input_decisions: tuple[Reference, ...]
    inputs: tuple[Reference, ...]
