"""What is needed while reading a model's XML: names, types, and refusing with a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.dmn.item_types import ItemType, builtin_type
from engine.errors import DefinitionInvalid, ExpressionInvalid
from engine.feel.expression import Expression, parse


def local(element: etree._Element) -> str:
    """Return the element's name without namespace; comments have none."""
    name = str(element.tag)
    return name.rpartition("}")[2] if not name.startswith("<") else ""


def children(element: etree._Element, name: str = "") -> Iterator[etree._Element]:
    """Yield the child elements, or those of one name."""
    for item in element:
        if local(item) and name in ("", local(item)):
            yield item


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child element of that name."""
    return next(children(element, name), None)


def text_of(element: etree._Element) -> str:
    """Return what the ``text`` child holds, without surrounding blanks."""
    part = child(element, "text")
    return "" if part is None else "".join(str(piece) for piece in part.itertext()).strip()


@dataclass(frozen=True, slots=True)
class ReadScope:
    """The names and types a model declares; ``decision`` is the id of the decision being read."""

    filename: str
    names: frozenset[str]
    types: Mapping[str, ItemType] = field(default_factory=dict)
    decision: str = ""
    title: str = ""

    def type(self, reference: str | None) -> ItemType | None:
        """Return the declared or built-in type, ``None`` if there is none or it is not known."""
        if not reference:
            return None
        found = self.types.get(reference) or builtin_type(reference)
        return None if found is None or found.type.name == "Any" else found

    def parse(self, element: etree._Element, text: str, *, unary: bool = False) -> Expression:
        """Parse FEEL text of *element*, or refuse the model."""
        language = element.get("expressionLanguage") or "feel"
        if "feel" not in language.lower():
            raise self.refusal(element, "dmn-language", f"不支持的表达式语言：{language}", "请改用 FEEL")
        try:
            return parse(text, unary=unary, names=self.names)
        except ExpressionInvalid as exc:
            message = (
                f"表达式有误：{text[:80]}（{exc.facts['reason']}，第 {int(str(exc.facts['position'])) + 1} 个字符）"
            )
            raise self.refusal(element, "dmn-feel", message, "请按 FEEL 语法修改") from None

    def refusal(self, element: etree._Element, rule: str, message: str, remedy: str) -> DefinitionInvalid:
        """Return the error that refuses the model because of *element*."""
        owner: etree._Element | None = element
        while owner is not None and not owner.get("id"):
            owner = owner.getparent()
        place = "" if owner is None else owner.get("id", "")
        where = f"{self.title}：{message}" if self.title else message
        finding = {"file": self.filename, "element": place, "rule": rule, "message": where, "remedy": remedy}
        return DefinitionInvalid(findings=[finding])
