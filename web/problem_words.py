"""Every error in Chinese: what it means, and what to do about it."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    # tasks and cases
    "task-not-found": ("没有这个任务", "任务不存在，或不属于您的单位。请回到工作台查看。"),
    "task-not-open": ("任务已办理", "该任务已由他人办理或已撤销，无需重复办理。"),
    "task-claimed": ("任务已被签收", "该任务已被同事签收，请与其联系，或由负责人转办。"),
    "not-assignee": ("任务由他人签收", "只有签收人可以办理；负责人可以转办。"),
    "stale-version": ("内容已变化", "您打开页面后内容有变化，请刷新后核对再提交；已填内容已保存为草稿。"),
    "concurrent-update": ("同时有人在办理", "请稍候再试一次；没有写入任何内容。"),
    "conflict": ("现在不能这样做", "内容已经变化，请刷新后再试。"),
    "case-not-found": ("没有这个案件", "案件不存在，或与您的单位无关。需要查看的，请与政策法规科联系。"),
    "instance-not-found": ("没有这个案件", "案件不存在，或与您的单位无关。"),
    "instance-not-active": ("案件已办结或挂起", "不能再办理此案件的任务；如需恢复，请与系统管理员联系。"),
    "letter-not-found": ("没有这份函件", "函件不存在，或与您的单位无关。"),
    "object-not-found": ("没有这个检查对象", "对象不在名录库中，或与您的单位无关；已合并的请查合并后的对象。"),
    "not-found": ("没有找到", "内容不存在，或与您的单位无关。"),
    "message-not-expected": ("没有案件等待此消息", "请核对业务编号和消息名称；案件可能已经办结。"),
    "return-refused": ("不得再次退回", "该责任已经裁定，不得再次退回，请认领。"),
    "change-pending": ("该事项已有调整在办", "请先办结已提出的调整（编号见下），再提出新的调整。"),
    "already-paused": ("不能这样操作计时", "计时已中止、已申请中止或正在运行，请刷新后查看。"),
    "record-conflict": (
        "检查记录已由他人提交",
        "同一次检查只保留一份记录；请打开检查查看已提交的内容，需更正的请负责人退回。",
    ),
    "supplement-too-early": ("还没有可补充的记录", "本次检查还没有记录，请直接提交检查记录。"),
    "evidence-missing": ("证据文件尚未上传", "请先上传列出的文件，再提交检查记录；没有写入任何内容。"),
    "evidence-not-found": ("没有这份证据", "文件不存在，或与您的单位无关。"),
    "evidence-refused": ("文件不能作为证据上传", "请按提示更换文件后重新上传。"),
    "project-closed": ("项目已停止跟踪", "全部环节已完成，或许可已撤回，不能再登记。"),
    "project-blocked": ("案件未了结，暂不受理", "对该项目的查处尚未了结，执行完毕前不办理后续环节；了结后请重新登记。"),
    "delisting-too-early": ("现在不能申请销号", "请先完成本周期的检查；已有销号申请在审批的，请等待结果。"),
    # persons
    "not-inspector": ("只有检查人员可以提交", "您不是本次检查的检查人员；需要更换的，由负责人重新安排。"),
    "forbidden": ("没有权限", "您不能这样操作。"),
    "not-allowed": ("没有权限", "您的角色不能办理此事项；需要的角色见下。"),
    "same-person": ("须由另一人批准", "申请人与批准人不能是同一人，请由负责人批准。"),
    "sign-in-failed": ("登录失败", "用户名或密码不正确，或账号已锁定（15 分钟后自动解锁）。"),
    "credentials-missing": ("需要登录或令牌", "请先登录，或在 Authorization 头中给出有效的令牌（Bearer …）。"),
    # input
    "invalid": ("输入有误", "请按提示改正后重新提交。"),
    "form-invalid": ("填写有误", "请按提示改正后重新提交。"),
    "approval-invalid": ("数据有误", "请按提示改正后重新提交。"),
    "import-invalid": ("文件无法导入", "请按提示修改文件后重新上传；没有写入任何内容。"),
    "idempotency-key-reused": ("重复提交的内容不同", "同一次提交只能有一种内容，请刷新页面后重新填写。"),
    "cursor-invalid": ("翻页位置无效", "列表的位置已失效，请从第一页重新打开。"),
    "text-invalid": ("文字无法保存", "请删除所列各项中的空字符或不完整字符后重新提交；没有写入任何内容。"),
    "variables-invalid": ("数据过大或格式不对", "请缩短内容后重新提交。"),
    "unknown-item": ("清单中没有该事项", "请核对事项名称或编码；新事项须先纳入监管事项清单。"),
    "unknown-unit": ("没有这个单位", "请核对单位代码，或由系统管理员维护单位。"),
    "unknown-time-limit": ("没有这个时限", "请系统管理员检查时限数据的名称与生效日期。"),
    "unknown-clause": ("没有这个条款", "请系统管理员检查依据条款数据。"),
    "unknown-form": ("没有这个表单", "流程缺少表单，请与系统管理员联系。"),
    "calendar-missing": ("缺少工作日历", "请系统管理员放入工作日历数据后重启。"),
    # diagrams and rules
    "definition-not-found": ("流程尚未部署", "请系统管理员部署流程图（xianjie deploy）。"),
    "definition-invalid": ("流程图、规则表或表单有误", "请按列出的文件、元素和办法逐项修改后重新部署。"),
    "decision-not-found": ("没有这张规则表", "请系统管理员检查规则表的标识。"),
    "decision-failed": ("规则表没有给出结论", "案件情形不在规则表内，请政策法规科补充规则后重试。"),
    "expression-invalid": ("表达式有误", "请修改流程图或规则表中的表达式后重新部署。"),
    "expression-failed": ("表达式无法计算", "案件缺少所需数据，请系统管理员查看流程异常。"),
    "uncaught-bpmn-error": ("流程没有处理此错误", "请系统管理员查看流程异常并修改流程图。"),
    "step-budget-exceeded": ("流程没有停下来", "流程图可能有死循环，请系统管理员检查。"),
    # machinery
    "job-not-found": ("没有这项后台作业", "作业可能已经完成。"),
    "job-not-due": ("后台作业尚未到期", "无需处理，到期后自动执行。"),
    "lease-lost": ("后台作业已由他处执行", "无需处理。"),
    "incident-not-found": ("没有这个异常", "异常可能已经处理，请刷新列表。"),
    "service-failed": ("外部系统没有响应", "系统会自动重试；多次失败后列入流程异常。"),
    "unavailable": ("系统暂时不可用", "请稍后再试。"),
    "database-unavailable": ("系统暂时不可用", "没有写入任何内容，请稍后再试。"),
    "state-unreadable": ("案件状态无法读取", "案件由其他版本的系统写入，请与系统管理员联系。"),
    "library-changed": ("系统组件版本不符", "请系统管理员按要求重新安装。"),
    "template-missing": ("缺少函件模板", "请系统管理员补充函件模板文件。"),
    "font-missing": ("缺少中文字体", "请管理员安装 fonts-noto-cjk，或改为下载 Word。"),
    "app-error": ("操作未完成", "请返回重试；如仍不成功，请联系管理员。"),
    # HTTP
    "if-match-missing": ("缺少 If-Match", "修改前请先读取，并在 If-Match 中给出所见版本。"),
    "idempotency-key-missing": ("缺少 Idempotency-Key", "请为每次提交给出一个不重复的键，重试时用同一个。"),
    "form-expired": ("页面已过期", "请刷新页面后重新提交；没有写入任何内容。"),
    "http-400": ("请求有误", "请检查提交的内容后重试。"),
    "http-401": ("请先登录", "会话已结束，请重新登录；浏览器中的草稿仍在。"),
    "http-403": ("没有权限", "您不能访问此页面。"),
    "http-404": ("没有这个页面", "请检查地址，或从菜单进入；程序请对照接口说明。"),
    "http-405": ("不支持这样访问", "请从页面上的按钮操作；程序请核对请求方法（见 Allow）。"),
    "http-413": ("内容过大", "文件不得超过 20 MB，其他提交不得超过 2 MB，请分批上传或精简；没有写入任何内容。"),
    "http-415": ("内容类型不对", "请以 application/json 发送正文，上传文件用 multipart/form-data。"),
    "http-429": ("操作过于频繁", "请稍后再试。"),
    "http-500": ("系统出错", "已记录，请稍后再试或联系管理员。"),
}
_UNKNOWN = ("操作未完成", "请返回重试；如仍不成功，请联系管理员。")


def words_of(code: str) -> tuple[str, str]:
    """Return title and remedy of an error's code."""
    return WORDS.get(code, _UNKNOWN)
