"""承接单位季度评查周期: a review of every unit that has delegated items, each quarter (zz2020/2.9)."""

from workflows.devolved import reviews
from workflows.process import Process

PROCESS = Process(
    key="devolved_cycle", title="承接单位季度评查周期", recorders={"begin_quarter": reviews.begin_quarter}
)
