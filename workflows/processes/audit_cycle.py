"""监管行为抽查周期: a sample audit at the beginning of every quarter (zz2020/2.8)."""

from workflows.performance import audits
from workflows.process import Process

PROCESS = Process(
    key="audit_cycle", title="监管行为抽查周期", recorders={"begin_audit_quarter": audits.begin_audit_quarter}
)
