"""行政执法监督约谈: called, held by two, minutes signed by both sides (zz2020/2.8)."""

from workflows.oversight import interviews
from workflows.oversight.cases import kept
from workflows.process import Process

PROCESS = Process(
    key="oversight_interview",
    title="行政执法监督约谈",
    recorders={
        "open_interview": interviews.open_interview,
        "drop_interview": interviews.drop_interview,
        "send_interview_notice": interviews.send_notice,
        "issue_minutes": interviews.issue_minutes,
        "close_interview": interviews.close_interview,
    },
    on_complete={
        "prepare_interview": kept("drafted"),
        "approve_interview": kept(),
        "confirm_interview": kept(),
        "record_minutes": interviews.record,
        "sign_minutes": kept("signed"),
        "countersign_minutes": interviews.countersign,
        "report_commitments": kept("reported"),
    },
)
