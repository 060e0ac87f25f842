"""审管衔接: the duty to supervise passes to the supervising units (zz2020/2.1)."""

from workflows import duties
from workflows.process import Process

PROCESS = Process(
    key="approval_handoff",
    title="审管衔接",
    recorders={
        "push_duties": duties.push,
        "reroute_duty": duties.reroute,
        "apply_arbitration": duties.apply_arbitration,
        "repush_duties": duties.repush,
        "withdraw_duties": duties.withdraw,
        "archive_handoff": duties.archive,
    },
    on_complete={
        "claim_duty": duties.claim,
        "arbitrate": duties.arbitrate,
        "plan_supervision": duties.plan,
        "give_feedback": duties.feed_back,
    },
)
