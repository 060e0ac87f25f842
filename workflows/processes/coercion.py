"""行政强制措施: seals and seizures (xzqz/18 to 28)."""

from workflows.coercions import measures, store
from workflows.process import Process

PROCESS = Process(
    key="coercion",
    title="行政强制措施",
    forms=("start",),
    recorders={
        "open_coercion": store.open_coercion,
        "issue_seizure": measures.issue,
        "extend_seizure": measures.extend,
        "lift_seizure": measures.lift,
        "close_coercion": measures.close,
    },
    on_complete={
        "approve_measure": measures.approve,
        "confirm_urgent": measures.confirm,
        "implement_measure": measures.implement,
        "handle_seizure": measures.handle,
        "approve_extension": measures.approve_extension,
        "handle_extended": measures.handle,
        "confirm_return": measures.confirm_return,
    },
)
