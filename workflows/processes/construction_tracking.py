"""建设工程批后跟踪: from the sign board to the completion papers, stage by stage (zz2020/1.1/patrol)."""

from workflows.construction import checks, projects
from workflows.process import Process

PROCESS = Process(
    key="construction_tracking",
    title="建设工程批后跟踪",
    forms=("request", "skip", "indicators"),
    sheets=("check_line", "verify_completion"),
    recorders={
        "read_permit": projects.read_permit,
        "open_project": projects.open_project,
        "next_checkpoint": projects.next_checkpoint,
        "join_unit": projects.join_unit,
        "update_permit": projects.update_permit,
        "record_skip": projects.record_skip,
        "end_tracking": projects.end_tracking,
        "close_project": projects.close_project,
        "record_check": checks.record_check,
        "confirm_checkpoint": checks.confirm_checkpoint,
        "order_correction": checks.order_correction,
        "order_papers": checks.order_papers,
        "reopen_check": checks.reopen_check,
        "register_violation": checks.register_violation,
    },
    offers={"check_line": checks.checkers, "verify_completion": checks.checkers},
    on_complete={
        "check_line": checks.note_check,
        "verify_completion": checks.note_check,
        "recheck_correction": checks.note_recheck,
        "receive_papers": checks.note_papers,
    },
)
