"""每日对账: both sides' counts of every pair of offices, once a day (zz2020/3.1)."""

from workflows.process import Process
from workflows.reconciliation import daily

PROCESS = Process(
    key="reconciliation_day", title="每日对账", recorders={"run_reconciliation": daily.run_reconciliation}
)
