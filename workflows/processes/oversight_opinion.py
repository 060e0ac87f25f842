"""行政执法监督: checked by two, corrected in thirty days, decided, executed or referred (zz2020/2.8)."""

from workflows.oversight import opinions
from workflows.oversight.cases import kept
from workflows.process import Process

PROCESS = Process(
    key="oversight_opinion",
    title="行政执法监督",
    forms=("start",),
    sheets=("conduct_check",),
    recorders={
        "open_oversight": opinions.open_oversight,
        "close_oversight": opinions.close_oversight,
        "issue_oversight_opinion": opinions.issue_opinion,
        "issue_oversight_decision": opinions.issue_decision,
        "refer_accountability": opinions.refer,
    },
    on_complete={
        "conduct_check": opinions.check,
        "draft_oversight_opinion": kept("drafted"),
        "approve_oversight_opinion": kept(),
        "correct_oversight": kept("reported"),
        "recheck_oversight": kept(),
        "decide_oversight": kept(),
        "report_execution": opinions.report,
        "check_execution": kept(),
        "approve_accountability": kept(),
    },
)
