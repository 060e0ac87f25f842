"""Reads a DMN file, versions 1.1 to 1.5, into a model; whatever is not understood is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from lxml import etree

from engine.dmn.boxed import Typed, boxed_child, read_function
from engine.dmn.item_types import ItemType
from engine.dmn.model import DecisionModel
from engine.dmn.requirements import BusinessKnowledge, Decision, InputData, Reference, Service
from engine.dmn.scope import ReadScope, child, children, local
from engine.dmn.types_reader import read_types
from engine.feel.nodes import Node
from engine.xml_safety import parse_xml

NAMESPACES = frozenset(
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ]
)
NO_FILES: Mapping[str, bytes] = MappingProxyType({})
_NAMED = frozenset(["decision", "inputData", "businessKnowledgeModel", "decisionService", "contextEntry", "variable"])
_NAMED |= {"formalParameter", "itemComponent", "import", "column", "output"}


def parse_dmn(xml: bytes, filename: str, others: Mapping[str, bytes] = NO_FILES) -> DecisionModel:
    """Read a DMN file; *others* are the files of the same deployment that it may import, by name.

    Raises:
        DefinitionInvalid: ``findings`` says which element breaks which rule, and the remedy.
    """
    roots = {name: parse_xml(data, name) for name, data in others.items() if name.endswith(".dmn")}
    known = {root.get("namespace", ""): (name, root) for name, root in roots.items()}
    return _Reader(parse_xml(xml, filename), filename, known, ()).model()


class _Reader:
    """Reads one file; ``chain`` holds the namespaces of the files that import it."""

    def __init__(
        self,
        root: etree._Element,
        filename: str,
        known: Mapping[str, tuple[str, etree._Element]],
        chain: tuple[str, ...],
    ) -> None:
        self._root = root
        self._filename = filename
        self._known = known
        self._namespace = root.get("namespace", "")
        self._chain = (*chain, self._namespace)
        self._scope = ReadScope(filename, frozenset())
        self._aliases: dict[str, str] = {}

    def model(self) -> DecisionModel:
        """Return the model with all its imports."""
        if local(self._root) != "definitions" or etree.QName(self._root).namespace not in NAMESPACES:
            raise self._scope.refusal(self._root, "dmn-version", "不是 DMN 1.1–1.5 文件", "请用 DMN 建模工具重新导出")
        imports = dict(self._imports())
        foreign = {f"{alias}.{name}": item for alias, model in imports.items() for name, item in model.types.items()}
        names = frozenset(self._names()) | {item.name for model in imports.values() for item in model.elements.values()}
        self._scope = ReadScope(self._filename, names)
        types = read_types(self._root, self._scope, foreign)
        self._scope = ReadScope(self._filename, names, {**types, **foreign})
        elements = {item.id: item for item in self._elements()}
        self._check_references(elements, imports)
        return DecisionModel(self._filename, self._root.get("name", ""), self._namespace, elements, imports, types)

    def _names(self) -> Iterator[str]:
        for element in self._root.iter():
            if local(element) in _NAMED and element.get("name"):
                yield element.get("name", "")

    def _imports(self) -> Iterator[tuple[str, DecisionModel]]:
        for element in children(self._root, "import"):
            namespace, alias = element.get("namespace", ""), element.get("name", "")
            if namespace in self._chain:
                raise self._scope.refusal(element, "dmn-import", "文件互相导入", "请消除循环导入")
            if namespace not in self._known:
                raise self._scope.refusal(element, "dmn-import", f"找不到导入的模型：{alias}", "请一并上传被导入的文件")
            self._aliases[namespace] = alias
            filename, root = self._known[namespace]
            yield alias, _Reader(root, filename, self._known, self._chain).model()

    def _elements(self) -> Iterator[Decision | InputData | BusinessKnowledge | Service]:
        for element in children(self._root):
            match local(element):
                case "decision":
                    yield self._decision(element)
                case "inputData":
                    yield InputData(self._id(element), element.get("name", ""), self._type(element))
                case "businessKnowledgeModel":
                    yield self._knowledge(element)
                case "decisionService":
                    yield self._service(element)

    def _id(self, element: etree._Element) -> str:
        return element.get("id") or element.get("name") or ""

    def _type(self, element: etree._Element) -> ItemType | None:
        variable = child(element, "variable")
        return None if variable is None else self._scope.type(variable.get("typeRef"))

    def _inside(self, element: etree._Element) -> ReadScope:
        scope = self._scope
        return ReadScope(scope.filename, scope.names, scope.types, self._id(element), element.get("name", ""))

    def _decision(self, element: etree._Element) -> Decision:
        declared = self._type(element)
        node: Node | None = boxed_child(element, self._inside(element))
        if node is not None and declared is not None:
            node = Typed(node, declared)
        requires = (
            *self._required(element, "informationRequirement"),
            *self._required(element, "knowledgeRequirement"),
        )
        return Decision(self._id(element), element.get("name", ""), declared, node, tuple(requires))

    def _knowledge(self, element: etree._Element) -> BusinessKnowledge:
        logic = child(element, "encapsulatedLogic")
        if logic is None:
            raise self._scope.refusal(element, "dmn-knowledge", "业务知识模型没有函数", "请补充函数定义")
        function = read_function(logic, self._inside(element))
        requires = tuple(self._required(element, "knowledgeRequirement"))
        return BusinessKnowledge(self._id(element), element.get("name", ""), function, requires)

    def _service(self, element: etree._Element) -> Service:
        outputs, decisions, inputs = (
            tuple(self._reference(item) for item in children(element, name))
            for name in ("outputDecision", "inputDecision", "inputData")
        )
        return Service(self._id(element), element.get("name", ""), outputs, decisions, inputs)

    def _required(self, element: etree._Element, name: str) -> Iterator[Reference]:
        for requirement in children(element, name):
            for target in children(requirement):
                if target.get("href"):
                    yield self._reference(target)

    def _reference(self, element: etree._Element) -> Reference:
        namespace, _, identity = element.get("href", "").rpartition("#")
        return Reference(identity, self._aliases.get(namespace, ""))

    def _check_references(
        self,
        elements: Mapping[str, Decision | InputData | BusinessKnowledge | Service],
        imports: Mapping[str, DecisionModel],
    ) -> None:
        for item in elements.values():
            for reference in _outgoing(item):
                target = imports[reference.alias].elements if reference.alias else elements
                if reference.id not in target:
                    self._refuse(item.id, "dmn-reference", f"“{item.name}”引用了不存在的元素", "请重新连接依赖")
            if _reaches(item.id, item.id, elements):
                self._refuse(item.id, "dmn-cycle", f"“{item.name}”依赖自身", "请消除循环依赖")

    def _refuse(self, identity: str, rule: str, message: str, remedy: str) -> None:
        found = next((item for item in children(self._root) if self._id(item) == identity), self._root)
        raise self._scope.refusal(found, rule, message, remedy)


def _outgoing(item: Decision | InputData | BusinessKnowledge | Service) -> tuple[Reference, ...]:
    if isinstance(item, Service):
        return (*item.outputs, *item.input_decisions, *item.inputs)
    return () if isinstance(item, InputData) else item.requires


def _reaches(start: str, goal: str, elements: Mapping[str, Decision | InputData | BusinessKnowledge | Service]) -> bool:
    """Tell whether *goal* is among what *start* requires, directly or not."""
    seen: set[str] = set()
    pending = [start]
    while pending:
        for reference in _outgoing(elements[pending.pop()]):
            if reference.alias or reference.id in seen or reference.id not in elements:
                continue
            if reference.id == goal:
                return True
            seen.add(reference.id)
            pending.append(reference.id)
    return False
