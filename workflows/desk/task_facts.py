"""What a task is about, in a few words for the screen."""

from collections.abc import Mapping
from typing import Any

from workflows.complaints.words import MATTERS as REPORTED
from workflows.duties import RETURN_CODES
from workflows.random_checks.words import CHANGE_KINDS
from workflows.transfers import MATTERS
from workflows.worklist.words import about

_FACTS = {
    "item_name": "事项", "party_name": "相对人", "project_name": "项目", "document_no": "文书号",
    "project_no": "办件编号", "site": "地点", "matter": "违法事项", "facts": "事实", "receiver_name": "拟接收单位",
    "routing_rule": "归口依据", "return_code": "退回理由", "note": "退回说明", "order_number": "督办单号",
    "feedback_note": "监管反馈", "first_check_on": "首次检查日期", "cause_business_key": "原案件",
    "change_kind": "调整", "change_text": "调整内容", "change_reason": "理由和依据", "effective_on": "拟生效日期",
    "claim_opinions": "监管主体意见", "channel_name": "来源", "content": "反映的内容",
    "routing_reason": "不能判断的原因", "return_note": "退回的理由", "reopen_note": "不满意的内容",
    "extension_reason": "申请延期的理由",
}  # fmt: skip


_WORDS: Mapping[str, Mapping[str, str]] = {
    "matter": {**REPORTED, **MATTERS}, "return_code": RETURN_CODES, "change_kind": CHANGE_KINDS,
}  # fmt: skip


def facts_of(variables: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the key facts of a case for the screen."""
    variables = about(variables)
    found = {key: str(variables[key]) for key in _FACTS if variables.get(key) not in (None, "")}
    return tuple((_FACTS[key], _WORDS.get(key, {}).get(value, value)) for key, value in found.items())
