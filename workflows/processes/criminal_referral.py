"""涉嫌犯罪案件移送: to the police within twenty-four hours; called by the inquiry (yjsz/5)."""

from workflows.penalties import referral
from workflows.process import Process

PROCESS = Process(
    key="criminal_referral",
    title="涉嫌犯罪案件移送",
    recorders={"send_referral": referral.send, "remind_police": referral.remind_police},
    on_complete={
        "decide_referral": referral.decide,
        "deliver_referral": referral.deliver,
        "record_police": referral.record_police,
        "hand_over": referral.hand_over,
        "decide_objection": referral.decide_objection,
    },
)
