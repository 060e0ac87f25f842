"""监管事项清单调整: proposed, claimed or disputed, arbitrated, reviewed, approved, published (zz2020/2.2)."""

from workflows.catalogue import changes
from workflows.process import Process

PROCESS = Process(
    key="catalogue_change",
    title="监管事项清单调整",
    forms=("propose", "dispute", "retire"),
    recorders={
        "note_no_answer": changes.note_no_answer,
        "open_arbitration": changes.open_arbitration,
        "schedule_change": changes.schedule_change,
        "publish_change": changes.publish_change,
        "close_change": changes.close_change,
    },
    on_complete={
        "claim_item": changes.answer_claim,
        "arbitrate_item": changes.arbitrate,
        "review_change": changes.review,
        "approve_change": changes.approve,
    },
)
