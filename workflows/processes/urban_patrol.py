"""城管巡查: copied permits, patrolled by priority and checked on the spot (zz2020/1.1/patrol)."""

from workflows.construction import patrols
from workflows.process import Process

PROCESS = Process(
    key="urban_patrol",
    title="城管巡查",
    forms=("spot_check", "priority"),
    recorders={
        "open_patrol": patrols.open_patrol,
        "plan_patrol": patrols.plan_patrol,
        "begin_spot": patrols.begin_spot,
        "record_patrol": patrols.record_patrol,
        "register_patrol_lead": patrols.register_patrol_lead,
    },
    on_complete={"patrol_site": patrols.note_patrol},
)
