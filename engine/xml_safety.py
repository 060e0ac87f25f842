"""Reads XML from outside without trusting it."""

from lxml import etree

from engine import errors

_MAX_BYTES = 5_000_000
_MAX_ELEMENTS = 20_000
_MAX_DEPTH = 60
_MAX_ATTRIBUTES = 60


def refusal(file: str, element: str, rule: str, message: str, remedy: str) -> errors.DefinitionInvalid:
    """Return the error for one finding; all texts are shown to officials."""
    finding = {"file": file, "element": element, "rule": rule, "message": message, "remedy": remedy}
    return errors.DefinitionInvalid(findings=[finding])


def parse_xml(data: bytes, filename: str) -> etree._Element:
    """Return the root element of a well-formed, harmless document.

    Raises:
        DefinitionInvalid: not XML, with a DOCTYPE, or larger than any real diagram.
    """
    if len(data) > _MAX_BYTES:
        raise refusal(filename, "", "xml-too-large", "文件超过 5 MB", "拆分流程或删去嵌入的图片")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise refusal(filename, "", "xml-doctype", "文件含有 DOCTYPE 或实体声明", "删去 DOCTYPE 后重新上传")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise refusal(filename, "", "xml-syntax", f"不是格式良好的 XML: {exc}", "用建模工具重新导出") from exc
    _check_size(root, filename)
    return root


def _check_size(root: etree._Element, filename: str) -> None:
    count = 0
    for event, element in etree.iterwalk(root, events=("start",)):
        del event
        count += 1
        if count > _MAX_ELEMENTS or len(element.attrib) > _MAX_ATTRIBUTES:
            raise refusal(filename, "", "xml-too-complex", "元素或属性过多", "拆分流程")
    deepest, level = 0, [(root, 1)]
    while level:
        node, depth = level.pop()
        deepest = max(deepest, depth)
        level.extend((child, depth + 1) for child in node)
    if deepest > _MAX_DEPTH:
        raise refusal(filename, "", "xml-too-deep", f"嵌套超过 {_MAX_DEPTH} 层", "减少嵌套")
