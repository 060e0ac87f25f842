"""重点监管: weighed by rule, approved, checked once in each cycle, left again with evidence (zz2020/2.4)."""

from workflows.key_areas import cycles, entries
from workflows.process import Process

PROCESS = Process(
    key="key_supervision",
    title="重点监管",
    forms=(
        "start", "request_delisting", "signal", "rate_object", "enter_object", "merge_objects", "close_object",
        "certificate", "relation", "sheet",
    ),
    recorders={
        "collect_signals": entries.collect_signals,
        "record_proposal": entries.record_proposal,
        "refuse_entry": entries.refuse_entry,
        "enter_library": entries.enter_library,
        "begin_cycle": cycles.begin_cycle,
        "record_coverage": cycles.record_coverage,
        "record_missed": cycles.record_missed,
        "delist_object": entries.delist_object,
        "refuse_delisting": entries.refuse_delisting,
    },
    on_complete={
        "propose_entry": entries.propose,
        "approve_entry": entries.approve_entry,
        "plan_check": cycles.plan,
        "approve_delisting": entries.approve_delisting,
    },
)  # fmt: skip
