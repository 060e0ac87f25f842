"""下放事项评查: case files drawn, scored, corrected and checked again (zz2020/2.9)."""

from workflows.devolved import reviews
from workflows.process import Process

PROCESS = Process(
    key="devolved_review",
    title="下放事项评查",
    forms=("start", "delegation", "take_back"),
    sheets=("score_file",),
    recorders={
        "collect_files": reviews.collect_files,
        "draw_files": reviews.draw_files,
        "record_score": reviews.record_score,
        "send_opinion": reviews.send_opinion,
        "record_decision": reviews.record_decision,
        "close_review": reviews.close_review,
    },
    on_complete={
        "score_file": reviews.note_scorer,
        "correct_findings": reviews.correct,
        "recheck_correction": reviews.recheck,
    },
)
