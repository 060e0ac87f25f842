"""Changes to SpiffWorkflow's internals, each with its reason; the version is pinned.

They are applied once, when this module is imported, and touch nothing outside SpiffWorkflow.
"""

import threading
from collections.abc import Callable
from importlib import metadata
from typing import Any

from SpiffWorkflow import task as task_module
from SpiffWorkflow.util import deep_merge

VERSION = "3.2.0"
_allocator = threading.local()


def allocate_with(next_number: Callable[[], int], next_order: Callable[[], int]) -> None:
    """Let tasks made by this thread take their numbers, and the order of their changes, from these."""
    _allocator.next = next_number
    _allocator.order = next_order


def _next_id() -> Any:
    return _allocator.next()


def _merge(target: dict[str, object], source: dict[str, object]) -> dict[str, object]:
    """Replace whole values: SpiffWorkflow merges lists element by element, which invents data."""
    target.update(source)
    return target


def _inherit(self: Any) -> None:
    """Take the parent's variables over by key, sharing the values (nobody changes them in place)."""
    parent = self.workflow.tasks.get(self._parent)
    self.data = {**self.data, **parent.data}


def _set_state(self: Any, value: int) -> None:
    """Set the state without reading the clock and without building log records nobody reads."""
    self._state = value
    self.last_state_change = _allocator.order()  # joins merge finished branches in this order


def apply() -> None:
    """Apply all patches.

    Raises:
        RuntimeError: another version of SpiffWorkflow is installed.
    """
    installed = metadata.version("SpiffWorkflow")
    if installed != VERSION:
        raise RuntimeError(f"SpiffWorkflow {VERSION} is needed, {installed} is installed")
    task_module.uuid4 = _next_id
    task_module.Task._inherit_data = _inherit
    task_module.Task._set_state = _set_state
    deep_merge.DeepMerge.merge = staticmethod(_merge)


apply()
