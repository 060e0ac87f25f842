"""定期工作提醒: a bulletin after each period, the staff register once a year (zz2020/3.2, zz2020/3.3)."""

from workflows.bulletins import calendar
from workflows.process import Process

PROCESS = Process(
    key="oversight_calendar",
    title="定期工作提醒",
    recorders={"begin_period": calendar.begin_period, "ask_units_for_staff": calendar.ask_units},
)
