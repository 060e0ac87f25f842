"""投诉举报: taken in, routed, accepted, handled, answered, called back (zz2020/2.6)."""

from workflows.complaints import closing, duplicates, follow_ups, handling, routing
from workflows.process import Process

PROCESS = Process(
    key="complaint",
    title="投诉举报",
    forms=("start", "extension", "follow_up"),
    recorders={
        "find_duplicates": duplicates.find_duplicates,
        "merge_complaint": duplicates.merge_complaint,
        "propose_unit": routing.propose_unit,
        "assign_unit": routing.assign_unit,
        "transfer_out": routing.transfer_out,
        "send_acceptance": handling.send_acceptance,
        "send_refusal": handling.send_refusal,
        "start_handling": handling.start_handling,
        "tell_extension": handling.tell_extension,
        "send_urge": handling.send_urge,
        "send_reply": handling.send_reply,
        "request_inspection": follow_ups.request_inspection,
        "register_transfer_lead": follow_ups.register_transfer_lead,
        "register_penalty_lead": follow_ups.register_penalty_lead,
        "reopen_complaint": closing.reopen_complaint,
        "close_complaint": closing.close_complaint,
    },
    on_complete={
        "judge_duplicate": duplicates.judge,
        "dispatch_complaint": routing.dispatch,
        "arbitrate_complaint": routing.arbitrate,
        "accept_complaint": handling.accept,
        "approve_extension": handling.approve_extension,
        "handle_complaint": handling.handle,
        "call_back": closing.call_back,
        "conclude_dispute": closing.conclude,
    },
    # Free texts: kept only as the effects return them, without whoever complained.
    secrets=("decision_reason", "outside_organ", "handling_note", "reply_text", "call_note", "conclusion_note"),
)
