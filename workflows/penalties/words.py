"""What people call the states, sources, kinds and ways of a penalty case."""

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "lead": "立案审查", "approval": "待批准立案", "not_filed": "不予立案", "inquiry": "调查取证",
    "notice": "告知当事人",
    "hearing": "听证", "review": "审核和讨论", "referral": "移送公安中", "decided": "已决定·待送达",
    "served": "已送达·执行中",
    "reminded": "催告中", "court": "法院强制执行", "executed": "已执行", "referred": "已移送公安", "closing": "待结案",
    "closed": "已结案",
}  # fmt: skip
SOURCES: Mapping[str, str] = {
    "inspection": "行政检查", "transfer": "案件移送", "construction": "批后监管", "key_area": "重点监管",
    "manual": "人工登记", "complaint": "投诉举报",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {
    "penalise": "给予行政处罚", "no_penalty": "不予行政处罚", "dismiss": "违法事实不能成立，撤销案件",
    "referred": "移送公安机关",
}  # fmt: skip
TYPES: Mapping[str, str] = {
    "warning": "警告", "criticism": "通报批评", "fine": "罚款", "gains": "没收违法所得", "goods": "没收非法财物",
    "suspend": "暂扣许可证件", "downgrade": "降低资质等级", "revoke": "吊销许可证件",
    "restrict": "限制开展生产经营活动",
    "stop": "责令停产停业", "close": "责令关闭", "occupation": "限制从业", "other": "法律、行政法规规定的其他处罚",
}  # fmt: skip
PARTY_KINDS: Mapping[str, str] = {"1": "公民", "2": "法人", "3": "其他组织"}
WAYS: Mapping[str, str] = {
    "spot": "宣告后当场交付", "direct": "直接送达", "left": "留置送达", "post": "邮寄送达", "entrust": "委托送达",
    "electronic": "电子送达", "announce": "公告送达",
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "opened": "登记线索", "returned": "退回补充", "not_filed": "不予立案", "filed": "立案", "recusal": "申请回避",
    "recusal_decided": "决定回避", "inquired": "调查终结", "noticed": "作出告知书", "notice_served": "送达告知书",
    "heard": "听取意见", "hearing_set": "安排听证", "hearing_held": "举行听证", "reviewed": "法制审核",
    "discussed": "集体讨论",
    "sent_back": "退回补充调查", "decided": "作出决定", "served": "送达决定书", "paid": "登记缴款",
    "deferral": "申请延期、分期",
    "deferral_decided": "决定延期、分期", "reminded": "催告", "court": "申请法院强制执行", "court_result": "法院执行",
    "executed": "执行完毕", "referral/decided": "决定是否移送公安", "referral/delivered": "移送公安",
    "referral/police": "公安机关决定", "referral/handed_over": "移交物品和材料",
    "referral/objection": "决定是否提请复议",
    "held": "先行登记保存", "hold_decided": "处理保存的证据",
    "overturned": "决定被推翻", "withdrawn": "撤回公开信息", "closing": "结案报告", "closed": "结案归档",
}  # fmt: skip
