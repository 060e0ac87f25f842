"""One city for the tests of a module, with clients that sign in."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.processes.rig import CityRig
from web.app import create_app


@pytest.fixture
def city(sqlite_url: str) -> Iterator[CityRig]:
    rig = CityRig(sqlite_url)
    yield rig
    rig.close()


@pytest.fixture
def app(city: CityRig) -> Flask:
    return create_app(city.app)
