"""行政处罚: from the lead to the archived file (xzcf/54 to 72)."""

from workflows.penalties import filing, leads, service
from workflows.process import Process

PROCESS = Process(
    key="penalty",
    title="行政处罚",
    forms=("start", "payment", "remedy"),
    sheets=("check_filing",),
    recorders={
        "open_case": leads.open_case,
        "reject_lead": leads.reject_lead,
        "file_case": filing.file_case,
        "record_service": service.record_service,
        "close_case": service.close_case,
    },
    on_complete={
        "check_filing": filing.check,
        "approve_filing": filing.approve,
        "serve_decision": service.serve,
        "report_closing": service.report_closing,
        "approve_closing": service.approve_closing,
    },
)
