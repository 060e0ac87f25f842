"""What an item of the catalogue consists of, and how each part is written for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.items import DISTRICT

ANY_AREA = "*"
MODES = ("双随机", "重点", "信用", "非现场", "现场")
TYPES: Mapping[str, str] = {"许": "行政许可", "确": "行政确认", "他": "其他权力", "检查": "行政检查"}
STATUSES = ("待确认", "已确认")
OBJECT_TYPES: Mapping[str, str] = {"site": "项目现场", "enterprise": "企业、单位", "mine": "矿山", "file": "案卷"}
CHECK_PARTS: Mapping[str, str] = {
    "code": "检查项编码", "name": "检查项", "content": "检查内容", "mode": "检查方式", "ratio": "检查比例频次",
}  # fmt: skip
KINDS: Mapping[str, str] = {
    "natural_resources": "自然资源局", "urban_management": "城管（综合行政执法）部门", "town": "镇政府（街道）",
    "approval": "审批局", "water": "水利部门", "environment": "生态环境部门", "civil_affairs": "民政部门",
    "forestry": "林业部门", "government": "政府",
}  # fmt: skip
SEPARATOR = "、"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an item.

    ``kind`` is text, word, flag, list, unit, units, limits or checks; ``weight`` says what a change of it touches:
    the owner, the duty itself, or only the text.
    """

    key: str
    label: str
    kind: str = "text"
    is_needed: bool = True
    weight: str = "text"


ITEM_PARTS: tuple[Part, ...] = (
    Part("main_code", "主项编码"),
    Part("category", "主项名称"),
    Part("name", "子项名称"),
    Part("type", "事项类型", "word"),
    Part("object", "监管对象", weight="duty"),
    Part("object_type", "对象类别", "word"),
    Part("measure", "监管措施", weight="duty"),
    Part("basis", "设定依据", weight="duty"),
    Part("clauses", "对应条款", "list", False),
    Part("handling", "处理方式", weight="duty"),
    Part("modes", "监管方式", "list", weight="duty"),
    Part("frequency", "检查比例频次", weight="duty"),
    Part("is_key", "重点监管", "flag", weight="duty"),
    Part("level", "监管层级"),
    Part("permits", "对应许可事项", "list", False),
    Part("process", "承办流程", "word"),
    Part("limits", "专门时限", "limits", False, "duty"),
    Part("copy_receivers", "抄送对象", "units", False, "duty"),
    Part("aliases", "其他系统名称", "list", False),
    Part("status", "状态", "word"),
    Part("checks", "检查实施清单", "checks"),
)
OWNER_PARTS: tuple[Part, ...] = (
    Part("approving_unit", "审批机关", "unit", False, "owner"),
    Part("supervising_units", "监管主体", "units", weight="owner"),
    Part("default_officer", "责任人", "text", False),
    Part("stand_in", "代岗人", "text", False),
)
PARTS: tuple[Part, ...] = (*ITEM_PARTS, *OWNER_PARTS)
ITEM_KEYS = tuple(part.key for part in ITEM_PARTS)
OWNER_KEYS = tuple(part.key for part in OWNER_PARTS)
BY_KEY: Mapping[str, Part] = {part.key: part for part in PARTS}
LABELS: Mapping[str, str] = {part.key: part.label for part in PARTS}
EMPTY: Mapping[str, Any] = {
    "main_code": "", "category": "", "name": "", "type": "许", "object": "", "object_type": "site", "measure": "",
    "basis": "", "clauses": [], "handling": "", "modes": [], "frequency": "", "is_key": False, "level": "市级",
    "permits": [], "process": "", "limits": {}, "copy_receivers": [], "aliases": [], "status": "待确认", "checks": [],
    "approving_unit": None, "supervising_units": [], "default_officer": None, "stand_in": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Says what stored values mean: units by name, diagrams by title."""

    units: Mapping[str, str]
    processes: Mapping[str, str]

    def unit(self, code: str | None) -> str:
        """Return the name of a unit or of the kind of unit that is meant."""
        if not code:
            return ""
        if code == DISTRICT:
            return f"项目所在区（市）{KINDS['natural_resources']}"
        if code.startswith("{"):
            return f"项目所在区（市）{KINDS.get(code.strip('{}'), code)}"
        return self.units.get(code, code)

    def of(self, part: Part, value: Any) -> str:
        """Return a value as people read it."""
        if part.kind == "flag":
            return "是" if value else "否"
        if part.kind in ("unit", "units"):
            return SEPARATOR.join(self.unit(code) for code in ([value] if part.kind == "unit" else value or ()))
        if part.kind == "checks":
            return "\n".join(check_text(check) for check in value or ())
        if part.kind == "limits":
            return SEPARATOR.join(f"{name}={length}" for name, length in sorted((value or {}).items()))
        if part.kind == "list":
            return SEPARATOR.join(value or ())
        return self._text(part.key, "" if value is None else str(value))

    def _text(self, key: str, value: str) -> str:
        named = {"type": TYPES, "object_type": OBJECT_TYPES, "process": self.processes}
        return named.get(key, {}).get(value, value)


def check_text(check: Mapping[str, str]) -> str:
    """Return a check item as one line, its parts with a bar between them."""
    return "｜".join(check.get(part, "") for part in CHECK_PARTS)


def contents_of(row: Mapping[str, Any], keys: tuple[str, ...] = ITEM_KEYS) -> dict[str, Any]:
    """Return the given parts of a row as plain JSON values."""
    return {key: list(row[key]) if isinstance(row[key], tuple) else row[key] for key in keys}
