"""临时许可到期监管: temporary works and land, reminded, extended by the rules, checked when over."""

from workflows.construction import temporary
from workflows.process import Process

PROCESS = Process(
    key="expiry_watch",
    title="临时许可到期监管",
    forms=("extension",),
    recorders={
        "open_watch": temporary.open_watch,
        "send_expiry_reminder": temporary.send_reminder,
        "record_expiry": temporary.record_expiry,
        "close_watch": temporary.close_watch,
        "end_watch": temporary.end_watch,
        "expiry_violation": temporary.expiry_violation,
        "apply_extension": temporary.apply_extension,
    },
    on_complete={"check_expiry": temporary.note_expiry, "check_reclamation": temporary.note_expiry},
)
