"""Makes sure that the SpiffWorkflow that runs is the one these specifications were written against.

``engine.spiff`` replaces parts of the library by subclasses and relies on how the rest behaves. So
the version is pinned, and the source of every function relied upon is compared with a fingerprint:
a changed library stops the program at the start instead of changing what a diagram means.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow, BpmnSubWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.errors import LibraryChanged

VERSION = "3.2.0"

_RELIED_UPON: Mapping[str, tuple[Callable[..., Any] | type, ...]] = {
    "transitions of a task": (Task.run, Task.complete, Task._ready, Task.has_state, TaskState),
    "hooks of a specification": (TaskSpec._update, TaskSpec._on_ready, TaskSpec._run, TaskSpec.connect),
    "construction of specifications": (TaskSpec.__init__, BpmnTaskSpec.__init__, BpmnProcessSpec.__init__),
    "construction of workflows": (
        Workflow.__init__, BpmnBaseWorkflow.__init__, BpmnWorkflow.__init__, BpmnSubWorkflow.__init__,
        BpmnSubWorkflow._calculate_depth,
    ),
}  # fmt: skip
FINGERPRINTS: Mapping[str, str] = {
    "transitions of a task": "bed4121f1c0b48c3",
    "hooks of a specification": "fe7a0acfd0e39a20",
    "construction of specifications": "8acf7f3e999a3502",
    "construction of workflows": "88d9eb7d05eaddd5",
}


def fingerprint(sources: tuple[Callable[..., Any] | type, ...]) -> str:
    """Return a short hash of the source text of functions and classes."""
    text = "\n".join(inspect.getsource(source) for source in sources)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def check_library() -> None:
    """Compare the installed library with what was written against, once per program.

    Raises:
        LibraryChanged: the version or a function relied upon differs.
    """
    if version("SpiffWorkflow") != VERSION:
        raise LibraryChanged(expected=VERSION, installed=version("SpiffWorkflow"))
    for name, sources in _RELIED_UPON.items():
        if fingerprint(sources) != FINGERPRINTS[name]:
            raise LibraryChanged(expected=VERSION, changed=name)
