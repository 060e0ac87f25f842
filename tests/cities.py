"""A city of its own for each test that speaks to it through the web; ``conftest.py`` files take these fixtures."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.processes.rig import CityRig
from web.app import create_app


@pytest.fixture
def city(sqlite_url: str) -> Iterator[CityRig]:
    """A city without cases."""
    rig = CityRig(sqlite_url)
    yield rig
    rig.close()


@pytest.fixture
def app(city: CityRig) -> Flask:
    """The web application around it."""
    return create_app(city.app)
