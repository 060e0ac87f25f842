"""Reading XML that came from outside: no entities, no network, bounded in size and depth."""

from lxml import etree

from engine.errors import DefinitionInvalid

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 60
MAX_ELEMENTS = 20_000


def parse_xml(data: bytes, filename: str) -> etree._Element:
    """Parse *data* as XML and return its root element, or refuse it.

    Refused are document type declarations (and with them every entity), files over 5 MB, nesting
    deeper than 60 and more than 20,000 elements. Nothing is ever loaded from a file or the network.

    Raises:
        DefinitionInvalid: ``findings`` holds one ``{"file", "element", "rule", "message", "remedy"}``.
    """
    if len(data) > MAX_BYTES:
        raise _refusal(filename, "xml-size", "文件超过 5 MB", "请拆分文件后重新上传")
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return _read(parser, data, filename)
    except etree.XMLSyntaxError as exc:
        raise _refusal(filename, "xml-syntax", f"不是有效的 XML：{exc.msg}", "请用建模工具重新导出文件") from exc


def _read(parser: etree.XMLPullParser, data: bytes, filename: str) -> etree._Element:
    depth = elements = 0
    for start in range(0, len(data), 65536):
        parser.feed(data[start : start + 65536])
        for event, element in parser.read_events():
            if event == "start" and isinstance(element, etree._Element):
                _refuse_doctype(element, filename)
                depth, elements = depth + 1, elements + 1
            else:
                depth -= 1
            if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
                raise _refusal(filename, "xml-complexity", "文件嵌套过深或元素过多", "请拆分文件后重新上传")
    root = parser.close()
    _refuse_doctype(root, filename)
    return root


def _refuse_doctype(element: etree._Element, filename: str) -> None:
    if element.getparent() is None and element.getroottree().docinfo.internalDTD is not None:
        raise _refusal(filename, "xml-doctype", "文件含有 DOCTYPE 声明", "请删除 DOCTYPE 声明后重新上传")


def _refusal(filename: str, rule: str, message: str, remedy: str) -> DefinitionInvalid:
    finding = {"file": filename, "element": "", "rule": rule, "message": message, "remedy": remedy}
    return DefinitionInvalid(findings=[finding])
