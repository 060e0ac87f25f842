"""履职周期: every item at least one check and one act per cycle; as it ends, what is missing is told (zz2020/2.2)."""

from workflows.performance import cycles
from workflows.process import Process

PROCESS = Process(
    key="cycle_duty",
    title="履职周期",
    recorders={
        "begin_duty_cycle": cycles.begin_duty_cycle,
        "count_duties": cycles.count_duties,
        "close_counts": cycles.close_counts,
        "close_cycle": cycles.close_cycle,
    },
    on_complete={"arrange_missing": cycles.arrange},
)
