"""处罚执行: paid, deferred, reminded, brought before the court; called by the penalty (xzcf/66, 72)."""

from workflows.penalties import execution
from workflows.process import Process

PROCESS = Process(
    key="penalty_execution",
    title="处罚执行",
    recorders={
        "send_reminder": execution.send_reminder,
        "apply_to_court": execution.apply_to_court,
        "record_execution": execution.record_execution,
    },
    on_complete={
        "track_execution": execution.track,
        "decide_deferral": execution.decide_deferral,
        "serve_reminder": execution.serve_reminder,
        "await_reminder": execution.await_reminder,
        "record_court": execution.record_court,
    },
)
