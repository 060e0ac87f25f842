"""专职人员确认: each unit once a year, the late ones on a list (zz2020/3.2)."""

from workflows.process import Process
from workflows.staff import steps

PROCESS = Process(
    key="staff_confirmation",
    title="专职人员确认",
    forms=("staff", "absence"),
    recorders={
        "open_staff_confirmation": steps.open_confirmation,
        "record_staff": steps.record,
        "list_late_unit": steps.list_late,
    },
    on_complete={"confirm_staff": steps.confirm},
)
