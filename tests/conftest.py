"""Fixtures shared by all tests: databases of both kinds, and what is installed here."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

settings.register_profile("fast", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fast")

POSTGRES = os.environ.get("XIANJIE_TEST_POSTGRES", "")
ROOT = Path(__file__).resolve().parent.parent


def _kinds() -> list[str]:
    return ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]


def pytest_report_header() -> str:
    """Say which databases the tests run on."""
    return "databases: " + ", ".join(_kinds())


@pytest.fixture(params=_kinds())
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind that is available."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    with new_postgres_database() as url:
        yield url


class new_postgres_database:  # noqa: N801 - reads as a verb at the call
    """Create a PostgreSQL database for one test and drop it afterwards."""

    def __enter__(self) -> str:
        self.name = f"xianjie_{secrets.token_hex(6)}"
        self._admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{self.name}"'))
        return POSTGRES.rsplit("/", 1)[0] + "/" + self.name

    def __exit__(self, *_exc: object) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)'))
        self._admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database, for tests that do not depend on the kind."""
    return f"sqlite:///{tmp_path / 'test.db'}"
