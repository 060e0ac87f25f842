"""Chinese names of BPMN elements, for tooltips and the text version of a diagram."""

from collections.abc import Mapping

from web.diagrams.model import Shape

KINDS: Mapping[str, str] = {
    "task": "任务",
    "userTask": "人工任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "businessRuleTask": "规则任务",
    "manualTask": "线下任务",
    "scriptTask": "脚本任务",
    "callActivity": "调用流程",
    "subProcess": "子流程",
    "transaction": "事务子流程",
    "adHocSubProcess": "自由子流程",
    "startEvent": "开始",
    "endEvent": "结束",
    "intermediateCatchEvent": "等待事件",
    "intermediateThrowEvent": "发出事件",
    "boundaryEvent": "边界事件",
    "exclusiveGateway": "判断（选一）",
    "parallelGateway": "并行",
    "inclusiveGateway": "判断（可多选）",
    "eventBasedGateway": "等待先到的事件",
    "complexGateway": "复杂判断",
    "participant": "单位",
    "lane": "科室或角色",
    "textAnnotation": "注释",
    "group": "分组",
    "dataObjectReference": "材料",
    "dataObject": "材料",
    "dataInput": "输入材料",
    "dataOutput": "输出材料",
    "dataStoreReference": "数据库",
    "dataStore": "数据库",
    "choreographyTask": "编排任务",
    "subChoreography": "子编排",
    "callChoreography": "调用编排",
    "conversation": "会话",
    "subConversation": "子会话",
    "callConversation": "调用会话",
    "sequenceFlow": "连线",
    "messageFlow": "消息流",
    "association": "关联线",
}
TRIGGERS: Mapping[str, str] = {
    "message": "消息",
    "timer": "定时",
    "error": "错误",
    "escalation": "升级",
    "signal": "信号",
    "conditional": "条件",
    "link": "跳转",
    "terminate": "终止",
    "compensation": "补偿",
    "cancel": "取消",
    "multiple": "多种",
    "parallel-multiple": "多种同时",
}


def kind_label(kind: str, trigger: str = "none") -> str:
    """Return the Chinese name of an element's kind."""
    prefix = TRIGGERS.get(trigger, "")
    return prefix + KINDS.get(kind, "图形")


def spoken(shape: Shape) -> str:
    """Return name and kind of a shape as one phrase."""
    label, name = kind_label(shape.kind, shape.trigger), " ".join(shape.name.split())
    return f"{name}（{label}）" if name else label
