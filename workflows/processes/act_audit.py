"""监管行为抽查核验: a sample of the acts, drawn before witnesses, checked by persons of other units (zz2020/2.8)."""

from workflows.performance import audits
from workflows.process import Process

PROCESS = Process(
    key="act_audit",
    title="监管行为抽查核验",
    recorders={
        "collect_acts": audits.collect_acts,
        "draw_acts": audits.draw_acts,
        "close_audit": audits.close_audit,
    },
    on_complete={
        "seal_audit_operator": audits.seal_as("operator"),
        "seal_audit_witness": audits.seal_as("witness"),
        "audit_act": audits.audit,
    },
    secrets=audits.SECRETS,
    forms=("start", "weight"),
)
