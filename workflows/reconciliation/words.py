"""What kinds of counts, outcomes and causes are called on screens and in letters."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "decision": "办件接入与推送", "handoff": "监管责任推送与认领", "copy": "办件项目抄送", "transfer": "案件移送",
    "upload": "数据报送",
}  # fmt: skip
CAUSES: Mapping[str, str] = {
    "overdue": "已发出，逾期未签收", "no_letter": "已登记，发出方无发文", "no_receipt": "已签收，无编号回执",
    "rejected": "报送被退回，未更正", "only_here": "本平台有，对方清单没有", "only_there": "对方清单有，本平台没有",
    "different": "双方内容不一致",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {
    "matched": "一致", "different": "内容不一致", "only_here": "仅本平台有", "only_there": "仅对方有",
    "refused": "无法识别",
}  # fmt: skip
STATES: Mapping[str, str] = {"open": "待说明", "explained": "已说明", "agreed": "已一致"}
REASONS: Mapping[str, str] = {
    "system": "对方系统或网络故障", "offline": "线下已办理，尚未补录", "numbering": "编号或单位名称登记不一致",
    "duplicate": "重复登记", "scope": "不属于对账范围", "other": "其他",
}  # fmt: skip
DAILY, LIST = "daily", "list"
