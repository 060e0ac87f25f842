"""审管衔接: the duty to supervise passes to the supervising units (zz2020/2.1)."""

from workflows import duties, duty_answers
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
        "check_push": duty_answers.check,
        "claim_duty": duty_answers.claim,
        "arbitrate": duty_answers.arbitrate,
        "plan_supervision": duty_answers.plan,
        "give_feedback": duty_answers.feed_back,
        "acknowledge_feedback": duty_answers.acknowledge,
    },
)
