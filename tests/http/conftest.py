"""The web application around a city, and clients that are signed in."""

import hashlib
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.store.tables import metadata
from tests.cities import app, city
from tests.http.api_caller import Caller, owner
from tests.http.documented import checked_open
from tests.processes.rig import CityRig

__all__ = ["app", "city"]
Client = Callable[[str], FlaskClient]


@pytest.fixture(autouse=True)
def _documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every answer of the API against its document."""
    monkeypatch.setattr(FlaskClient, "open", checked_open)


@pytest.fixture
def busy(city: CityRig) -> CityRig:
    """A city with a permit handed over."""
    city.submit()
    city.run()
    return city


@pytest.fixture
def caller(city: CityRig, app: Flask) -> Client:
    """Give a person's program a token and return its client."""

    def with_token(login: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {city.app.identity.issue_token(login, 'test')}"
        return client

    return with_token


@pytest.fixture
def client_of(app: Flask) -> Client:
    """Sign a person in and return the client."""

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


def stored(rig: CityRig, *except_for: str) -> dict[str, tuple[int, str]]:
    """Return how many rows each table has, and a digest of all that is in them."""
    found = {}
    with rig.app.engine.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in except_for:
                rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def clerk(city: CityRig, client: FlaskClient) -> Caller:
    return Caller(city, client, "sp.jianshe")


@pytest.fixture
def officer(city: CityRig, client: FlaskClient) -> Caller:
    city.submit()
    return Caller(city, client, owner(city))
