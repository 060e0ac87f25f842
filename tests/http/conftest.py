"""The web application around a city, and clients that are signed in."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from tests.processes.rig import CityRig
from web.app import create_app


@pytest.fixture
def city(sqlite_url: str) -> Iterator[CityRig]:
    """A city without cases."""
    rig = CityRig(sqlite_url)
    yield rig
    rig.close()


@pytest.fixture
def client_of(city: CityRig) -> Callable[[str], FlaskClient]:
    """Sign a person in and return the client."""
    app = create_app(city.app)

    def sign_in(login: str) -> FlaskClient:
        client = app.test_client()
        page = client.get("/sign-in").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"login": login, "password": "demo-2026", "csrf_token": token[1]}
        assert client.post("/sign-in", data=form).status_code == 302
        return client

    return sign_in


def token_of(page: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
