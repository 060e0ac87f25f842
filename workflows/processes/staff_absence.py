"""专职人员不在岗: the stand-in takes over and gives back (zz2020/3.2)."""

from workflows.process import Process
from workflows.staff import steps

PROCESS = Process(
    key="staff_absence",
    title="专职人员不在岗",
    recorders={"hand_over_tasks": steps.hand_over, "end_absence": steps.end_absence},
)
