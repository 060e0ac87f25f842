"""工作通报: numbers from the lists, edited, approved, signed for by every unit (zz2020/3.3)."""

from workflows.bulletins import steps
from workflows.process import Process

PROCESS = Process(
    key="work_bulletin",
    title="工作通报",
    forms=("start",),
    recorders={"draft_bulletin": steps.draft, "issue_bulletin": steps.issue, "close_bulletin": steps.close},
    on_complete={
        "edit_bulletin": steps.edit,
        "approve_bulletin": steps.approve,
        "receive_bulletin": steps.receive,
    },
)
