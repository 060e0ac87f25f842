"""The words of complaints."""

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "registered": "待分派", "assigned": "待受理", "returned": "退回待裁定", "handling": "办理中", "replied": "已答复",
    "closed": "已了结", "refused": "不予受理", "transferred": "已转送", "merged": "已并入",
}  # fmt: skip
KINDS: Mapping[str, str] = {"complaint": "投诉", "tip": "举报"}
MATTERS: Mapping[str, str] = {
    "permit": "许可事项的实施（批后监管）", "approval_conduct": "审批服务", "official_conduct": "工作人员履职、作风",
    "illegal_building": "违法建设", "land_use": "违法用地", "quarrying": "私挖滥采", "forest_damage": "毁坏林木、林地",
    "slope_reclamation": "陡坡开垦、水土流失", "industrial_waste": "倾倒工业固体废物",
    "waste_dumping": "倾倒生活或建筑垃圾", "graves": "违规建造坟墓", "other": "其他、不清楚",
}  # fmt: skip
PLACE_KINDS: Mapping[str, str] = {"planned": "规划区内", "village": "村庄", "hill": "山体", "unknown": "不清楚"}
OUTCOMES: Mapping[str, str] = {
    "established": "属实", "partly": "部分属实", "not_established": "不属实", "unverifiable": "无法查证",
}  # fmt: skip
ANSWERS: Mapping[str, str] = {
    "satisfied": "满意", "unsatisfied": "不满意", "unreachable": "联系不上", "declined": "不愿评价",
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "registered": "登记", "judged": "判断是否重复件", "merged": "并入", "absorbed": "收并重复件", "routed": "规则分派",
    "undecided": "规则不能判断，交人工分派", "dispatched": "人工分派", "assigned": "转办", "returned": "承办单位退回",
    "arbitrated": "裁定承办单位（不得再退）", "transferred": "转送外单位", "accepted": "受理", "refused": "不予受理",
    "extension_asked": "申请延期", "extended": "同意延期", "extension_refused": "不同意延期", "urged": "催办",
    "followed_up": "发起检查、移送或处罚", "handled": "办理完毕", "replied": "答复", "not_sent": "没有联系方式，未寄送",
    "called": "回访", "reopened": "退回重办", "concluded": "说明后了结", "closed": "了结", "recused": "登记回避",
    "signalled": "计入重点监管信号",
}  # fmt: skip
LOOKS: Mapping[str, str] = {"read": "查看", "denied": "查看被拒", "written": "文字中写到投诉人，已隐去"}
OPEN = ("registered", "assigned", "returned", "handling", "replied")
UNANSWERED = ("registered", "assigned", "returned", "handling")
CONFIRMED = ("established", "partly")
