"""信用信息修复: a penalty that was performed comes down before its time (fgcj2023/repair)."""

from workflows.credit import requests
from workflows.process import Process

PROCESS = Process(
    key="credit_repair",
    title="信用信息修复",
    forms=("start",),
    recorders={
        "open_repair": requests.open_repair,
        "settle_repair": requests.settle_repair,
        "decline_repair": requests.decline_repair,
    },
    on_complete={"review_repair": requests.verify, "approve_repair": requests.approve},
)
