"""专项检查: a scope approved by the leader, an inspection for each object on its list, a summary (zz2020/2.4)."""

from workflows.key_areas import campaigns
from workflows.process import Process

PROCESS = Process(
    key="key_campaign",
    title="专项检查",
    forms=("start",),
    recorders={
        "draft_campaign": campaigns.draft_campaign,
        "refuse_campaign": campaigns.refuse_campaign,
        "open_campaign": campaigns.open_campaign,
        "request_checks": campaigns.request_checks,
        "measure_campaign": campaigns.measure_campaign,
        "close_campaign": campaigns.close_campaign,
    },
    on_complete={
        "approve_campaign": campaigns.approve_campaign,
        "conclude_campaign": campaigns.conclude,
    },
)
