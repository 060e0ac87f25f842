"""DMN files → decisions; whatever cannot be evaluated is refused with its element."""

from lxml import etree

from engine import errors
from engine.dmn.model import HIT_POLICIES, Decision, DecisionTable, Input, Output, Rule
from engine.feel import Expression, parse
from engine.xml_safety import parse_xml, refusal

_LITERAL_LANGUAGES = ("feel", "http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if _local(child) == name]


def _text(element: etree._Element, name: str = "text") -> str:
    found = _children(element, name)
    return (found[0].text or "").strip() if found else ""


def parse_decisions(data: bytes, filename: str) -> dict[str, Decision]:
    """Return the decisions of a file by id.

    Raises:
        DefinitionInvalid: names the table, the rule and the remedy.
    """
    root = parse_xml(data, filename)
    if _local(root) != "definitions":
        raise refusal(filename, "", "dmn-root", "不是 DMN 文件", "上传 .dmn 决策表")
    found: dict[str, Decision] = {}
    for element in _children(root, "decision"):
        decision = _decision(element, filename)
        if decision.id in found:
            raise refusal(filename, decision.id, "dmn-duplicate", "决策编号重复", "改用不同的编号")
        found[decision.id] = decision
    return found


def _decision(element: etree._Element, filename: str) -> Decision:
    key = element.get("id") or ""
    name = element.get("name") or key
    variables = _children(element, "variable")
    variable = (variables[0].get("name") if variables else None) or name
    requires = tuple(
        (required.get("href") or "").rpartition("#")[2]
        for requirement in _children(element, "informationRequirement")
        for required in _children(requirement, "requiredDecision")
    )
    tables, literals = _children(element, "decisionTable"), _children(element, "literalExpression")
    if tables:
        return Decision(key, name, variable, _table(tables[0], key, filename), requires)
    if literals:
        return Decision(key, name, variable, _feel(_text(literals[0]), key, filename), requires)
    raise refusal(filename, key, "dmn-logic", "只支持决策表和 FEEL 表达式", "改写为决策表")


def _feel(text: str, where: str, filename: str, *, unary: bool = False) -> Expression:
    try:
        return parse(text or ("-" if unary else "null"), unary=unary)
    except errors.ExpressionInvalid as exc:
        raise refusal(filename, where, "feel-syntax", f"表达式无法识别: {text}", "改用 FEEL 语法") from exc


def _table(element: etree._Element, key: str, filename: str) -> DecisionTable:
    policy = (element.get("hitPolicy") or "UNIQUE").upper()
    if policy not in HIT_POLICIES:
        raise refusal(filename, key, "dmn-hit-policy", f"不支持的命中策略 {policy}", "改用 UNIQUE、FIRST 或 COLLECT")
    inputs = tuple(_input(child, filename) for child in _children(element, "input"))
    outputs = tuple(_output(child, key, filename) for child in _children(element, "output"))
    rules = tuple(_rule(child, key, len(inputs), len(outputs), filename) for child in _children(element, "rule"))
    names = tuple(child.get("name") or "" for child in _children(element, "annotation"))
    return DecisionTable(key, policy, element.get("aggregation") or "", inputs, outputs, rules, names)


def _input(element: etree._Element, filename: str) -> Input:
    key = element.get("id") or ""
    expressions = _children(element, "inputExpression")
    text = _text(expressions[0]) if expressions else ""
    values = _children(element, "inputValues")
    allowed = _text(values[0]) if values else ""
    return Input(key, element.get("label") or text, _feel(text, key, filename), allowed)


def _output(element: etree._Element, key: str, filename: str) -> Output:
    values, defaults = _children(element, "outputValues"), _children(element, "defaultOutputEntry")
    allowed: tuple[object, ...] = ()
    if values and _text(values[0]):
        listed = _feel(f"[{_text(values[0])}]", key, filename).evaluate({})
        allowed = tuple(listed) if isinstance(listed, list) else ()
    default = _feel(_text(defaults[0]), key, filename) if defaults else None
    return Output(element.get("name") or "", element.get("label") or element.get("name") or "", allowed, default)


def _rule(element: etree._Element, table: str, inputs: int, outputs: int, filename: str) -> Rule:
    key = element.get("id") or ""
    tests = [_text(child) for child in _children(element, "inputEntry")]
    results = [_text(child) for child in _children(element, "outputEntry")]
    if len(tests) != inputs or len(results) != outputs:
        raise refusal(filename, f"{table}/{key}", "dmn-columns", "规则的列数与表头不一致", "补齐或删去单元格")
    where = f"{table}/{key}"
    notes = tuple(_text(child) for child in _children(element, "annotationEntry"))
    description = _text(element, "description")
    return Rule(
        key,
        tuple(_feel(text, where, filename, unary=True) for text in tests),
        tuple(_feel(text, where, filename) for text in results),
        notes or ((description,) if description else ()),
    )
