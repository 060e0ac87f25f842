"""The words of random inspections on screens and in letters."""

from collections.abc import Mapping

PLAN_STATES: Mapping[str, str] = {
    "draft": "编制中", "approving": "待审批", "published": "已公布", "finished": "任务已全部发起",
}  # fmt: skip
TASK_STATES: Mapping[str, str] = {
    "collected": "名单待锁定", "refused": "不能抽取", "locked": "待抽取", "drawn": "待核对", "inspecting": "检查中",
    "auditing": "待审核", "correcting": "补正中", "audited": "待公示", "published": "已公示", "cancelled": "已撤销",
}  # fmt: skip
TARGET_STATES: Mapping[str, str] = {
    "drawn": "待检查", "inspecting": "检查中", "done": "已检查", "dropped": "经批准去掉", "superseded": "已重新抽取",
}  # fmt: skip
DIRECTIONS: Mapping[str, str] = {"undirected": "不定向", "directed": "定向"}
OBJECT_KINDS: Mapping[str, str] = {
    "enterprise": "企业", "institution": "机关、事业单位", "site": "建设项目", "mine": "矿山",
    "survey_unit": "测绘单位", "scenic_area": "风景名胜区", "person": "个人",
}  # fmt: skip
CHANGE_KINDS: Mapping[str, str] = {
    "confirm": "无误", "drop_object": "去掉对象", "replace_officer": "更换人员", "redraw": "重新抽取",
}  # fmt: skip
PUBLICATION_STATES: Mapping[str, str] = {"queued": "待发送", "delivered": "已送达", "failed": "发送失败"}
ROLES: Mapping[str, str] = {"operator": "抽取人", "witness": "监督人"}
NO_GRADE = "none"
GRADES: Mapping[str, str] = {"A": "A", "B": "B", "C": "C", "D": "D", NO_GRADE: "未评级"}
RISKS: Mapping[str, str] = {"low": "低风险", "medium": "中风险", "high": "高风险", NO_GRADE: "未定风险"}


def grade_text(credit: str, risk: str) -> str:
    """Return a grade as people read it."""
    return f"信用{GRADES[credit]}、{RISKS[risk]}"
