"""Tells on the next page what was done with tasks, with a button that undoes it: it needs no JavaScript."""

from collections.abc import Sequence
from typing import Any

from flask import flash

from web.auth import actor
from web.platform import platform
from workflows.task_acts.undoing import Act


def note(text: str, acts: Sequence[Act] = ()) -> None:
    """Leave the note."""
    told: Any = {"text": text, "undo": platform().desk.task_acts.keep_ticket(actor(), acts)}
    flash(told)
