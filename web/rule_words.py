"""The cells of decision tables as people read them."""

import re
from collections.abc import Mapping

from workflows.catalogue.fields import KINDS

_TEXTS = re.compile(r'"[^"]*"(\s*,\s*"[^"]*")*')
_WORDS: Mapping[str, str] = {
    **KINDS,
    "-": "不限", "true": "是", "false": "否", "null": "没有", "granted": "准予", "refused": "不予", "withdrawn": "撤回",
    "none": "无", "supervise": "推送监管", "lead": "作为线索核查", "temporary": "临时许可到期跟踪",
    "construction": "批后跟踪", "arbitrate": "裁定", "reroute": "改派",
}  # fmt: skip


def said(cell: str) -> str:
    """Return texts without their quotes and known codes in words; an expression stays as it is."""
    parts = re.findall(r'"([^"]*)"', cell) if _TEXTS.fullmatch(cell) else [cell]
    return "、".join(_WORDS.get(part, part) for part in parts)
