"""行政强制执行: demolition and performance by others (xzqz/34 to 51)."""

from workflows.coercions import enforcing, store
from workflows.process import Process

PROCESS = Process(
    key="enforcement",
    title="行政强制执行",
    forms=("start",),
    recorders={
        "open_enforcement": store.open_coercion,
        "record_announcement": enforcing.record_announcement,
        "remind_compliance": enforcing.remind,
        "issue_enforcement": enforcing.issue,
        "close_enforcement": enforcing.close,
    },
    on_complete={
        "announce_demolition": enforcing.announce,
        "await_compliance": enforcing.await_compliance,
        "decide_enforcement": enforcing.decide,
        "carry_out": enforcing.carry_out,
    },
)
