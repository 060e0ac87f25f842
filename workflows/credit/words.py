"""What people call the kinds, states and endings of credit information."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {"licence": "行政许可", "penalty": "行政处罚"}
STATES: Mapping[str, str] = {
    "held": "待改正", "queued": "待发送", "sent": "已发送", "accepted": "已接收", "rejected": "被退回",
    "exempt": "不上传", "ended": "已撤下",
}  # fmt: skip
ENDINGS: Mapping[str, str] = {
    "expired": "公示期满", "repaired": "信用修复", "objection": "异议成立", "overturned": "决定被推翻",
    "withdrawn": "许可决定不再有效",
}  # fmt: skip
REQUESTS: Mapping[str, str] = {"objection": "异议", "repair": "信用修复"}
REQUEST_STATES: Mapping[str, str] = {"open": "办理中", "granted": "已采纳", "refused": "未采纳"}
VERDICTS: Mapping[str, str] = {
    "correct": "信息有误，更正", "delete": "不应公示，撤下", "uphold": "信息无误，维持", "grant": "建议修复",
    "refuse": "建议不予修复",
}  # fmt: skip
LAYOUTS: Mapping[str, str] = {"licence": "dual_publicity_licence", "penalty": "dual_publicity_penalty"}
SOURCES: Mapping[str, str] = {"licence": "approval", "penalty": "penalty_case"}
CHANNEL = "credit"
ENDLESS = "2099-12-31"
