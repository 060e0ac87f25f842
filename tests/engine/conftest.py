"""A rig on each kind of database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.testing import EngineRig


@pytest.fixture
def make_rig(database_url: str) -> Iterator[Callable[..., EngineRig]]:
    """Make a rig with recorders, handlers or listeners of the test's own."""
    made: list[EngineRig] = []

    def make(**parts: Any) -> EngineRig:
        made.append(EngineRig(database_url, **parts))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
def rig(make_rig: Callable[..., EngineRig]) -> EngineRig:
    """An engine without handlers."""
    return make_rig()
