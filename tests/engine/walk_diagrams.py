"""Small diagrams that several modules walk through."""

from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, user


def elements(rig: EngineRig) -> list[str]:
    return sorted(task.element_id for task in rig.open_tasks())


CHOICE = diagram(
    "choice",
    start() + '<exclusiveGateway id="which" default="which__b"/>' + user("a") + user("b") + end()
    + flow("start", "which") + flow("which", "a", "x &gt; 3") + flow("which", "b") + chain("a", "end")
    + chain("b", "end"),
)  # fmt: skip
