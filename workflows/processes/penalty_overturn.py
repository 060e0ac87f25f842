"""处罚决定被撤销、变更: what was published is withdrawn in three working days (xzcf/48)."""

from workflows.penalties import overturn
from workflows.process import Process

PROCESS = Process(
    key="penalty_overturn",
    title="处罚决定被撤销、变更",
    forms=("start",),
    recorders={"record_overturn": overturn.record, "record_withdrawal": overturn.record_withdrawal},
    on_complete={"withdraw_publication": overturn.withdraw},
)
