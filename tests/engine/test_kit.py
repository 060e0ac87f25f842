"""The testing kit says which parts of a diagram no scenario has passed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.testing import Coverage, EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, timer, user

CHOICE = diagram(
    "choice",
    start() + user("ask") + timer("late", "ask", '"P1D"') + user("urge") + end("urged")
    + '<exclusiveGateway id="which" default="which__no"/>' + user("yes") + user("no") + end()
    + chain("start", "ask", "which") + flow("which", "yes", "ok = true") + flow("which", "no")
    + chain("yes", "end") + chain("no", "end") + chain("late", "urge", "urged"),
)  # fmt: skip


def test_scenarios_show_what_they_have_not_passed(make_rig: Callable[..., EngineRig]) -> None:
    coverage: Any = Coverage()
    rig = make_rig(listeners=(coverage,))
    rig.deploy(CHOICE)
    rig.start("choice")
    rig.complete("ask", ok=True)
    assert coverage.missing(CHOICE) == (
        {"late", "urge", "urged", "no", "end"},
        {"which__no", "no__end", "late__urge", "urge__urged", "yes__end"},
    )
    rig.complete("yes")
    rig.start("choice", "case-2")
    rig.clock.advance(timedelta(days=1))
    rig.jobs.run_due()
    rig.complete("urge")
    rig.complete("ask", ok=False)
    rig.complete("no")
    assert coverage.missing(CHOICE) == (frozenset(), frozenset())
