"""The history can be divided by months, and a standby that only reads answers readers and refuses the rest plainly."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from engine.ids import new_id
from engine.store.tables import history_event
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, permit, plan
from web.app import create_app
from workflows import cli
from workflows.operations.partitions import division, edge, following, month_of, parts


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite knows neither partitions nor standbys")
    rig = CityRig(database_url)
    yield rig
    rig.close()


def run(city: CityRig, statements: str) -> None:
    address = city.app.engine.database.url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statements.encode())


def months(city: CityRig) -> dict[str, int]:
    with city.app.engine.database.pool.connect() as connection:
        rows = connection.execute(text("SELECT tableoid::regclass::text, count(*) FROM history_event GROUP BY 1"))
        return {row[0]: row[1] for row in rows}


@pytest.mark.postgres
def test_a_living_history_is_divided_by_months_and_goes_on(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **CLAIM)
    before = city.rows(history_event)
    april = datetime(2026, 4, 1, tzinfo=UTC)
    run(city, division(april, 2))
    assert sorted(map(str, city.rows(history_event))) == sorted(map(str, before))
    city.at("2026-04-02T09:00:00")
    city.complete("plan_supervision", CITY, **plan("2026-05-04"))
    city.at("2026-05-04T15:00:00")
    found = months(city)
    assert found["history_event_before"] == len(before)
    assert found["history_event_2026_04"] > 0
    run(city, "\n".join(parts(april, 4)))
    number = permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号").business_key
    assert city.app.desk.cases.view(city.actor(CITY), number).business_key == number
    with city.app.engine.database.pool.connect() as connection:
        lines = connection.execute(text(f"EXPLAIN SELECT * FROM history_event WHERE id >= '{edge(april)}'")).scalars()
        assert "history_event_before" not in "\n".join(lines)


@pytest.mark.postgres
def test_a_database_that_only_reads_shows_what_is_public_and_refuses_the_rest_plainly(
    city: CityRig, database_url: str
) -> None:
    client = create_app(city.app).test_client()
    token = token_of(client.get("/sign-in").text)
    run(city, f'ALTER DATABASE "{database_url.rpartition("/")[2]}" SET default_transaction_read_only = on')
    city.app.engine.database.pool.dispose()
    assert client.get("/public").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 200
    form = {"login": "ks.jsgc", "password": "demo-2026", "csrf_token": token}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_a_month_is_a_range_of_identifiers() -> None:
    december = month_of("2026-12")
    assert following(december) == datetime(2027, 1, 1, tzinfo=UTC)
    assert following(month_of("2026-11")) == december
    last = new_id(datetime(2026, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))
    first = new_id(datetime(2027, 1, 1, tzinfo=UTC))
    assert edge(december) < last < edge(following(december)) < first


def test_the_command_line_prints_what_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(lambda *_: None, ["partition-history", "2027-01", "--months", "3"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("BEGIN;")
    assert [f"history_event_2027_0{n}" in printed for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert cli.run(lambda *_: None, ["partition-history", "2027-04", "--months", "1", "--more"]) == 0
    assert capsys.readouterr().out.count("CREATE TABLE") == 1
