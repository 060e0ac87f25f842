"""信用信息异议: what is said to be wrong is examined in three working days (sdxy/38)."""

from workflows.credit import requests
from workflows.process import Process

PROCESS = Process(
    key="credit_objection",
    title="信用信息异议",
    forms=("start",),
    recorders={"open_objection": requests.open_objection, "settle_objection": requests.settle_objection},
    on_complete={"verify_objection": requests.verify, "approve_objection": requests.approve},
)
