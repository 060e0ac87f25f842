"""信用信息每日核对: what was left out is queued, what is stuck is corrected, what is over comes down (zz2020/2.3)."""

from workflows.credit import watch
from workflows.process import Process

PROCESS = Process(key="credit_watch", title="信用信息每日核对", recorders={"check_credit": watch.check})
