"""双随机抽查: lists locked, two seals, the draw, inspections, audit and publication (zz2020/2.3)."""

from workflows.process import Process
from workflows.random_checks import ceremony, changes, pools, results

PROCESS = Process(
    key="random_inspection",
    title="双随机抽查",
    forms=("start",),
    secrets=(ceremony.SECRET,),
    recorders={
        "collect_random_pool": pools.collect,
        "lock_random_pool": pools.lock,
        "cancel_random_task": changes.cancel,
        "draw_random_objects": ceremony.draw_objects,
        "draw_random_officers": ceremony.draw_officers,
        "record_random_change": changes.record,
        "send_random_notices": results.send_notices,
        "record_random_target": results.record_target,
        "finish_random_inspections": results.finish_inspections,
        "queue_random_results": results.publish,
    },
    offers={"confirm_draw": changes.offered},
    on_complete={
        "operator_seal": ceremony.seal_as("operator"),
        "witness_seal": ceremony.seal_as("witness"),
        "confirm_draw": changes.confirm,
        "approve_change": changes.approve,
        "audit_results": results.audit,
        "correct_results": results.correct,
        "publish_results": results.note_publisher,
    },
)
