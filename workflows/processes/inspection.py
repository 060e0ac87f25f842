"""行政检查: assigned, announced, recorded on site, reviewed, put right or handed on (zz2020/1.1, zz2020/2.5)."""

from workflows.inspections import cases, offers, steps
from workflows.process import Process

PROCESS = Process(
    key="inspection",
    title="行政检查",
    forms=("start", "ask_recusal"),
    recorders={
        "open_inspection": cases.open_inspection,
        "send_inspection_notice": cases.send_notice,
        "invite_units": cases.invite_units,
        "file_inspection_result": cases.file_result,
        "order_rectification": cases.order_rectification,
        "prepare_penalty": cases.prepare_penalty,
        "register_inspection_transfer": cases.register_transfer,
        "close_inspection": cases.close_inspection,
    },
    offers={
        "assign_inspectors": offers.to_assign,
        "decide_recusal": offers.to_replace,
    },
    on_complete={
        "assign_inspectors": steps.assign,
        "confirm_joining": steps.join,
        "record_findings": steps.refuse_plain_record,
        "decide_recusal": steps.decide_recusal,
        "review_record": steps.review,
        "register_report": steps.report,
        "recheck_rectification": steps.recheck,
    },
)
