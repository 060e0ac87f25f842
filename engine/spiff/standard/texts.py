"""Formats and languages must be named by what names them."""

import re
from collections.abc import Iterator

from engine.spiff.diagram import Fault
from engine.spiff.standard.model import Element, Model, name_of

_MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;.*)?", re.ASCII)
_URI = re.compile(r"([A-Za-z][\w+.-]*:)?([\w\-.~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
_SCRIPTS = {
    "bash", "c#", "clojure", "csharp", "dmn", "drools", "ecmascript", "feel", "go", "graal.js", "groovy", "java",
    "javascript", "jruby", "js", "jsonata", "juel", "jython", "kotlin", "kts", "lua", "mvel", "nashorn", "perl", "php",
    "powershell", "python", "r", "ruby", "scala", "secure-javascript", "sh", "sql", "tcl", "ts", "typescript", "xpath",
}  # fmt: skip
"""Names by which engines know a script's language, beside its MIME type."""


def check_texts(model: Model) -> Iterator[Fault]:
    """Yield formats that are no MIME types, and languages that are no URIs."""
    for element in model.all("documentation", "text", "textAnnotation"):
        declared = element.get("textFormat")
        if declared and not _MIME.fullmatch(declared.strip()):
            yield (
                name_of(element),
                "text-format",
                f"文本格式 {declared} 不是 MIME 类型",
                "请改为 text/plain 等 MIME 类型",
            )
    for element in model.all("scriptTask", "globalScriptTask"):
        yield from _script(element)
    for element in model.by_kind_in_order():
        for name in ("language", "expressionLanguage", "scriptLanguage", "method"):
            declared = (element.get(name) or "").strip()
            if declared and not _URI.fullmatch(declared):
                yield name_of(element), "language-uri", f"{name} {declared} 不是有效的 URI", "请填写语言的 URI"


def _script(element: Element) -> Iterator[Fault]:
    declared = (element.get("scriptFormat") or element.get("scriptLanguage") or "").strip()
    is_known = declared.lower() in _SCRIPTS or _MIME.fullmatch(declared) or ":" in declared
    if declared and not is_known:
        yield (
            name_of(element),
            "script-format",
            f"脚本格式 {declared} 不是 MIME 类型, 也不是已知的语言",
            "请改为 text/feel 等",
        )
