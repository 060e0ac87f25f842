"""双随机年度抽查计划: drawn up, held against the caps, approved, published, begun month by month (zz2020/2.3)."""

from workflows.process import Process
from workflows.random_checks import plans

PROCESS = Process(
    key="random_plan",
    title="双随机年度抽查计划",
    forms=("start", "line"),
    recorders={
        "publish_random_plan": plans.publish,
        "schedule_random_line": plans.schedule_line,
        "finish_random_plan": plans.finish,
    },
    on_complete={"draft_plan": plans.submit, "approve_plan": plans.approve},
)
