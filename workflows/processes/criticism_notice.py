"""通报批评: the unit is heard, the leader approves, the unit signs (zz2020/3.3)."""

from workflows.oversight import criticisms
from workflows.oversight.cases import kept
from workflows.process import Process

PROCESS = Process(
    key="criticism_notice",
    title="通报批评",
    recorders={
        "open_criticism": criticisms.open_criticism,
        "issue_criticism": criticisms.issue_criticism,
        "drop_criticism": criticisms.drop_criticism,
        "close_criticism": criticisms.close_criticism,
    },
    on_complete={
        "draft_criticism": kept("drafted"),
        "state_view": kept("stated"),
        "consider_statement": kept(),
        "approve_criticism": kept(),
        "receive_criticism": criticisms.receive,
    },
)
