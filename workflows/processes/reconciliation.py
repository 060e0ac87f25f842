"""对账差异处理: a difference is explained or both sides agree again (zz2020/3.1)."""

from workflows.process import Process
from workflows.reconciliation import differences

PROCESS = Process(
    key="reconciliation",
    title="对账差异处理",
    recorders={
        "assign_difference": differences.assign_difference,
        "ask_again": differences.next_round,
        "record_explained": differences.record_explained,
        "record_agreed": differences.record_agreed,
    },
    on_complete={"explain_difference": differences.explain, "confirm_explanation": differences.confirm},
)
