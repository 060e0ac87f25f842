"""不作为认定: explained, decided, appealed once (zz2020/2.2, zz2020/2.8)."""

from workflows.performance import findings
from workflows.process import Process

PROCESS = Process(
    key="inaction_finding",
    title="不作为认定",
    recorders={
        "open_finding": findings.open_finding,
        "note_silence": findings.note_silence,
        "dismiss_finding": findings.dismiss_finding,
        "issue_finding": findings.issue_finding,
        "close_finding": findings.close_finding,
        "record_ruling": findings.record_ruling,
    },
    on_complete={
        "explain_inaction": findings.explain,
        "decide_inaction": findings.decide,
        "appeal_inaction": findings.appeal,
        "rule_appeal": findings.rule,
    },
)
