"""What people call the states and kinds of coercion."""

from collections.abc import Mapping

MEASURES: Mapping[str, str] = {"seal": "查封", "seize": "扣押", "demolish": "强制拆除", "substitute": "代履行"}
STATES: Mapping[str, str] = {
    "requested": "待批准", "urgent": "已实施·待补办批准", "approved": "已批准·待实施", "refused": "不批准",
    "seized": "查封扣押中", "extended": "已延长", "lifted": "已解除·待退还", "announced": "已公告",
    "reminded": "催告中",
    "ordered": "已决定·待执行", "carried_out": "已执行", "stopped": "中止或终结", "performed": "当事人自行履行",
    "closed": "已了结",
}  # fmt: skip
DISPOSALS: Mapping[str, str] = {
    "lift_innocent": "没有违法行为，解除", "lift_unrelated": "与违法行为无关，解除",
    "lift_done": "已作出处理决定，解除",
    "lift_expired": "期限届满，解除", "lift_other": "其他不再需要的情形，解除", "confiscate": "依法没收",
    "destroy": "依法销毁", "transfer": "随案移送", "not_needed": "不应当采取，立即解除",
}  # fmt: skip
