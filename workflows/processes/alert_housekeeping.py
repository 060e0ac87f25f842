"""非现场监管日常: every night zones are learnt, certificates reminded of, old records deleted (zz2020/2.7)."""

from workflows.alerts import evidence, housekeeping
from workflows.process import Process

PROCESS = Process(
    key="alert_housekeeping",
    title="非现场监管日常",
    recorders={
        "learn_zones": housekeeping.learn_zones,
        "remind_reviews": housekeeping.remind_reviews,
        "delete_expired": evidence.delete_expired,
        "end_day": housekeeping.end_day,
    },
)
