"""Reads item definitions; one may name another, in any order, but none may contain itself."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.dmn.item_types import ItemType, builtin_type
from engine.dmn.scope import ReadScope, child, children, text_of
from engine.feel.expression import Expression
from engine.feel.types import Type


def read_types(root: etree._Element, scope: ReadScope, foreign: Mapping[str, ItemType]) -> dict[str, ItemType]:
    """Return the declared types by name; *foreign* are those of imported models."""
    definitions = {item.get("name", ""): item for item in children(root, "itemDefinition")}
    reader = _Types(definitions, scope, foreign)
    return {name: reader.named(name, ()) for name in definitions}


class _Types:
    def __init__(
        self, definitions: Mapping[str, etree._Element], scope: ReadScope, foreign: Mapping[str, ItemType]
    ) -> None:
        self._definitions = definitions
        self._scope = scope
        self._foreign = foreign
        self._known: dict[str, ItemType] = {}

    def named(self, name: str, chain: tuple[str, ...]) -> ItemType:
        """Return the type of this name; one that is not known admits anything."""
        if name not in self._definitions:
            return self._foreign.get(name) or builtin_type(name) or ItemType(Type("Any"))
        if name in chain:
            raise self._scope.refusal(self._definitions[name], "dmn-type", f"类型“{name}”包含自身", "请消除循环定义")
        if name not in self._known:
            self._known[name] = self._read(self._definitions[name], (*chain, name))
        return self._known[name]

    def _read(self, element: etree._Element, chain: tuple[str, ...]) -> ItemType:
        base = self._base(element, chain)
        allowed = self._allowed(element)
        if element.get("isCollection") == "true":
            return ItemType(Type("list", items=base.type), allowed, items=base)
        return ItemType(base.type, allowed or base.allowed, base.items, base.fields)

    def _base(self, element: etree._Element, chain: tuple[str, ...]) -> ItemType:
        parts = {item.get("name", ""): self._read(item, chain) for item in children(element, "itemComponent")}
        if parts:
            return ItemType(Type("context", fields={name: part.type for name, part in parts.items()}), fields=parts)
        reference = child(element, "typeRef")
        if reference is not None:
            return self.named((reference.text or "").strip(), chain)
        return ItemType(Type("function" if child(element, "functionItem") is not None else "Any"))

    def _allowed(self, element: etree._Element) -> Expression | None:
        values = child(element, "allowedValues")
        if values is None or not text_of(values):
            return None
        return self._scope.parse(values, text_of(values), unary=True)
