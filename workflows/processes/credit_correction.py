"""信用信息改正: a licence or penalty the platform does not have yet is corrected and sent until it has (zz2020/2.3)."""

from workflows.credit import corrections
from workflows.process import Process

PROCESS = Process(
    key="credit_correction",
    title="信用信息改正",
    recorders={
        "open_correction": corrections.open_correction,
        "resubmit_record": corrections.resubmit,
        "note_missing_receipt": corrections.note_missing,
    },
    on_complete={"correct_record": corrections.correct},
)
