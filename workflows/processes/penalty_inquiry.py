"""调查和决定: evidence, notice, hearing, review, discussion, decision; called by the penalty (xzcf/54 to 65)."""

from workflows.penalties import decisions, hearing, inquiry
from workflows.process import Process

PROCESS = Process(
    key="penalty_inquiry",
    title="调查和决定",
    sheets=("investigate",),
    recorders={
        "send_notice": hearing.send_notice,
        "send_hearing_notice": hearing.send_hearing_notice,
        "record_penalty": decisions.record_decision,
    },
    on_complete={
        "investigate": inquiry.investigate,
        "decide_recusal": inquiry.decide_recusal,
        "serve_notice": hearing.serve_notice,
        "hear_party": hearing.hear_party,
        "schedule_hearing": hearing.schedule,
        "hold_hearing": hearing.hold,
        "legal_review": decisions.review,
        "discuss_case": decisions.discuss,
        "decide_case": decisions.decide,
    },
)
