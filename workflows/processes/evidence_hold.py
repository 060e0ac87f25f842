"""证据先行登记保存: held with approval, decided on in seven working days (xzcf/56)."""

from workflows.penalties import holds
from workflows.process import Process

PROCESS = Process(
    key="evidence_hold",
    title="证据先行登记保存",
    forms=("start",),
    recorders={"record_hold": holds.record, "close_hold": holds.close},
    on_complete={"approve_hold": holds.approve, "decide_hold": holds.decide},
)
