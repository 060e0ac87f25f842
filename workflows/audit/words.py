"""What kinds of records, tables and columns are called where people read them."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "sign-in": "登录", "second-step": "登录第二步", "factor-changed": "变更动态验证码",
    "sign-in-failed": "登录失败", "session-ended": "退出登录", "sessions-revoked": "结束他人会话",
    "password-changed": "修改密码",
    "token-issued": "发放令牌", "token-changed": "变更令牌", "rights-changed": "变更人员或权限",
    "subscription-changed": "变更消息订阅", "access-asked": "申请查看案件", "access-decided": "决定查看申请",
    "stand-in-changed": "变更代理", "limit-changed": "变更时限或参数", "calendar-changed": "变更日历",
    "rule-proposed": "提出规则变更", "rule-decided": "决定规则变更", "assignment-changed": "变更事项分工",
    "block-set": "设置办理阻断", "block-lifted": "放行（解除阻断）", "informant-looked-at": "查看投诉人信息",
    "personal-read": "查看完整个人信息", "reads-asked": "查询查阅记录", "reads-exported": "导出查阅记录",
    "file-read": "查看附件", "file-kept": "保存附件", "file-deleted": "销毁附件", "case-deleted": "销毁案件",
    "hold-placed": "封存案件", "hold-lifted": "解除封存", "deployed": "部署流程",
    "deployed-anyway": "放行有缺陷的流程", "administration-asked": "申请管理操作",
    "administration-decided": "决定管理操作", "audit-read": "查询审计", "audit-checked": "校验审计",
    "audit-exported": "导出审计", "changed": "其他变更", "instance-started": "案件登记", "task-completed": "办理任务",
    "task-claimed": "签收任务", "task-released": "退签任务", "task-assigned": "转办任务", "task-returned": "退回任务",
    "task-withdrawn": "撤回任务", "timer-fired": "时限到期", "job-finished": "自动办理", "job-skipped": "跳过作业",
    "message-received": "收到消息", "signal-received": "收到信号", "error-thrown": "流程报错",
    "triggered": "人工触发", "instance-suspended": "案件挂起", "instance-resumed": "案件恢复",
    "instance-cancelled": "案件撤销", "instance-modified": "移动案件环节", "instance-migrated": "迁移流程版本",
    "instance-archived": "案件归档", "timers-moved": "调整案件时限", "variables-changed": "更改案件数据",
    "incident-opened": "出现异常", "incident-resolved": "处理异常",
}  # fmt: skip
"""All kinds of records, as people read them; those of cases are written by the engine."""

TABLES: Mapping[str, str] = {
    "officer": "人员", "unit": "单位", "api_token": "接口令牌", "webhook_key": "设备密钥",
    "webhook_subscription": "消息订阅", "login_session": "登录会话", "access_request": "查看申请",
    "staff_absence": "外出代理", "time_limit": "时限", "calendar_override": "日历", "alert_parameter": "预警参数",
    "rule_change": "规则调整", "item_assignment": "事项分工", "legal_hold": "封存", "tombstone": "销毁登记",
    "complaint_look": "查看登记", "evidence_file": "附件", "hard_block": "办理阻断", "admin_request": "管理操作申请",
    "second_factor": "动态验证码", "account_request": "账号申请", "deployment": "流程部署",
}  # fmt: skip

COLUMNS: Mapping[str, str] = {
    "login": "登录名", "name": "名称", "unit": "单位", "roles": "角色", "stand_in": "代理人", "is_active": "在用",
    "failed_logins": "连续失败次数", "locked_until": "锁定至", "code": "代码", "parent": "上级", "area": "区域",
    "valid_from": "生效", "valid_to": "失效", "scopes": "范围", "expires_at": "到期", "revoked_at": "撤销于",
    "vendor": "厂商", "device_id": "设备", "valid_until": "有效至", "created_by": "创建人", "url": "地址",
    "kinds": "消息种类", "changed_by": "变更人", "ip": "地址", "device": "终端", "business_key": "案件编号",
    "reason": "理由", "state": "状态", "decided_by": "决定人", "note": "说明", "until": "有效至", "number": "编号",
    "from_day": "起", "to_day": "止", "may_sign": "可签批", "revoked_by": "撤销人", "version": "版本",
    "item_code": "事项编码", "data": "内容", "day": "日期", "is_working": "工作日", "source": "来源", "value": "值",
    "kind": "种类", "subject": "对象", "before": "原内容", "proposed_by": "提出人", "approving_unit": "审批单位",
    "supervising_units": "监管单位", "definition_key": "流程", "placed_by": "封存人", "lifted_by": "解除人",
    "lift_reason": "解除理由", "instance_id": "案件标识", "deleted_by": "销毁人", "sha256": "摘要",
    "complaint_id": "投诉标识", "owner": "归属", "owner_id": "归属标识", "size": "字节数", "media_type": "类型",
    "uploaded_by": "上传人", "project_no": "办件编号", "clause": "依据", "set_by": "设置人", "asked_by": "申请人",
    "decision_note": "决定说明", "deployed_by": "部署人", "accepted_because": "放行理由", "hash": "摘要",
    "phone": "电话", "password_hash": "密码", "secret": "密钥", "contact": "联系方式", "payload": "操作内容",
    "decided_at": "决定时间", "result": "结果", "changed_at": "变更时间", "title": "职务", "lifted_at": "解除时间",
    "decided_because": "决定理由", "wanted": "申请内容", "waits_for": "等待步骤", "failures": "失败次数",
    "confirmed_at": "启用于", "recovery": "恢复码", "last_step": "验证码时段", "password_set_at": "设置密码于",
    "must_change": "须修改密码",
    "locale": "语言", "is_demo": "演示账号", "processes": "流程范围", "registered_by": "登记人",
}  # fmt: skip
