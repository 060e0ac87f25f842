"""案件转送抄告: a violation goes to the office in charge and comes back executed (zz2020/1.1/transfer)."""

from workflows import transfers
from workflows.process import Process

PROCESS = Process(
    key="case_transfer",
    title="案件转送抄告",
    forms=("start",),
    recorders={
        "propose_receiver": transfers.propose,
        "send_transfer": transfers.send,
        "forward_transfer": transfers.forward,
        "lift_block": transfers.lift_block,
    },
    on_complete={
        "preliminary_check": transfers.check,
        "approve_transfer": transfers.approve,
        "receive_transfer": transfers.receive,
        "handle_return": transfers.handle_return,
        "arbitrate_transfer": transfers.arbitrate,
        "report_filing": transfers.report,
        "report_decision": transfers.report,
        "report_execution": transfers.report,
        "confirm_close": transfers.close,
    },
)
