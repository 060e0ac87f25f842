"""非现场监管预警: from the device's report to what follows, its evidence reviewed (zz2020/2.7)."""

from workflows.alerts import evidence, follow, intake, site, triage
from workflows.process import Process

PROCESS = Process(
    key="site_alert",
    title="非现场监管预警",
    forms=("confirm", "statement", "device", "device_review", "publication", "parameter"),
    recorders={
        "read_history": intake.read_history,
        "post_alert": intake.post_alert,
        "dismiss_alert": triage.dismiss_alert,
        "restore_alert": triage.restore_alert,
        "confirm_alert": triage.confirm_alert,
        "record_verdict": site.record_verdict,
        "open_follow_up": follow.open_follow_up,
        "notify_party": follow.notify_party,
        "record_standing": evidence.record_standing,
    },
    on_complete={
        "check_site": site.check_site,
        "decide_follow_up": follow.decide_follow_up,
        "review_technical": evidence.review_technical,
        "review_legal": evidence.review_legal,
    },
    offers={"decide_follow_up": follow.choices},
)
