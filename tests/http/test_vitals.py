"""Monitors learn whether the process lives and can serve, and Prometheus reads its numbers; nobody else does."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, text

from engine import errors, log_marks
from engine.store.tables import incident
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM
from web.app import create_app
from workflows.logs import JsonLines
from workflows.records.lists import notice_delivery
from workflows.vitals import Vitals
from workflows.vitals.heart import LATE, Heart

TOKEN = "t" * 32
Samples = dict[tuple[str, str], float]


@pytest.fixture
def client(city: CityRig) -> FlaskClient:
    return create_app(city.app).test_client()


def away(monkeypatch: pytest.MonkeyPatch, city: CityRig) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise errors.DatabaseUnavailable(reason="gone")

    monkeypatch.setattr(city.app.engine, "ask", refuse)


def stand_at(city: CityRig, version: str) -> None:
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def read(client: FlaskClient, **headers: str) -> Samples:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[(sample.name, labels)] = sample.value
    return found


def test_a_process_lives_although_its_database_is_away(
    city: CityRig, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(monkeypatch, city)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "away"
    assert read(client)[("xianjie_database_up", "")] == 0


def test_a_process_can_serve_while_its_tables_are_its_own_or_newer(city: CityRig, client: FlaskClient) -> None:
    assert client.get("/readyz").json["migrations"] == "current"
    stand_at(city, "9999")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["migrations"]) == (200, "ahead")
    stand_at(city, "0001")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["migrations"]) == (503, "behind")
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert (client.get("/readyz").status_code, client.get("/readyz").json["migrations"]) == (503, "none")


def test_a_missing_worker_is_told_and_takes_no_page_away(city: CityRig, client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["worker"]) == (200, "degraded", "none")
    Heart(city.app.engine, "w:1", "0041").beat()
    assert client.get("/readyz").json["status"] == "ok"
    city.clock.advance(LATE)
    assert client.get("/readyz").json["worker"] == "alive"
    city.clock.advance(timedelta(seconds=1))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["worker"], answer.json["worker_age_seconds"]) == (200, "late", 91.0)


def test_the_numbers_are_read_on_this_machine_only_and_not_through_a_proxy(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("behind", [{"tls": True}, {"proxies": 1}])
def test_behind_a_proxy_only_the_token_opens_the_numbers(sqlite_url: str, behind: dict[str, Any]) -> None:
    rig = CityRig(sqlite_url, metrics_token=TOKEN, **behind)
    client = create_app(rig.app).test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "x" * 32}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right, environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    rig.close()


def test_the_numbers_tell_what_waits_and_what_is_late(city: CityRig, client: FlaskClient) -> None:
    city.submit()
    city.run()
    before = read(client)
    assert before[("xianjie_tasks_open", "")] > 0
    assert before[("xianjie_clocks_overdue", "")] == 0
    assert before[("xianjie_workers_alive", "")] == 0
    city.clock.advance(timedelta(days=30))
    now = city.clock.now()
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(insert(incident).values(
            id=city.app.engine.execute(NewId()), job_id=city.app.engine.execute(NewId()), element_id="x", kind="job",
            message="m", created_at=now,
        ))  # fmt: skip
        for key, state in (("a", "waiting"), ("b", "failed")):
            connection.execute(insert(notice_delivery).values(
                id=city.app.engine.execute(NewId()), key=key, login="x", channel="mail", address="x", subject="x",
                text="x", is_urgent=False, state=state, due_at=now - timedelta(seconds=40), attempts=1, created_at=now,
            ))  # fmt: skip
    Heart(city.app.engine, "w:1", "0041").beat()
    found = read(client)
    assert found[("xianjie_jobs_due", "kind=timer")] > 0
    assert found[("xianjie_jobs_oldest_due_seconds", "")] > 0
    assert found[("xianjie_clocks_overdue", "")] > 0
    assert found[("xianjie_incidents_open", "")] == 1
    assert found[("xianjie_workers_alive", "")] == 1
    assert found[("xianjie_outbox_waiting", "way=notices")] == 1
    assert found[("xianjie_outbox_parked", "way=notices")] == 1
    assert found[("xianjie_outbox_oldest_seconds", "way=notices")] == 40


class NewId:
    """A command that only gives an id."""

    def run(self, uow: Any) -> Any:
        return uow.new_id()


def test_commands_and_requests_are_measured_by_name_and_refusals_by_code(city: CityRig, client: FlaskClient) -> None:
    city.submit()
    city.complete("claim_duty", CITY, **CLAIM)
    client.get("/sign-in")
    client.open("/sign-in", method="BREW")
    with pytest.raises(errors.AppError):
        city.app.engine.execute(Refused())
    found = read(client)
    assert found[("xianjie_command_seconds_count", "command=SubmitDecision")] == 1
    assert found[("xianjie_command_seconds_count", "command=CompleteUserTask")] == 1
    assert found[("xianjie_command_failures_total", "code=task-not-found,command=Refused")] == 1
    assert found[("xianjie_http_seconds_count", "endpoint=home.sign_in,method=GET,status=2xx")] == 1
    assert not any("BREW" in labels for _, labels in found)


class Refused:
    """A command that is always refused."""

    def run(self, _uow: Any) -> None:
        raise errors.TaskNotFound(task_id="x")


@pytest.fixture
def written() -> Iterator[list[dict[str, Any]]]:
    """What the web's log writes, line by line."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = self.format(record)
            assert "\n" not in line
            found.append(orjson.loads(line))

    handler, logger = Keep(), logging.getLogger("web")
    handler.setFormatter(JsonLines())
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield found
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_request_is_one_line_with_its_id_and_its_case(client: FlaskClient, written: list[dict[str, Any]]) -> None:
    answer = client.get("/cases/GX-2026-00001", headers={"X-Request-Id": "proxy-0123456789"})
    assert answer.headers["X-Request-Id"] == "proxy-0123456789"
    (line,) = written
    assert (line["request"], line["case"]) == ("proxy-0123456789", "GX-2026-00001")
    assert (line["method"], line["status"]) == ("GET", answer.status_code)
    assert line["route"].startswith("/cases/<")


def test_an_id_that_is_none_is_replaced_and_writes_no_line_of_its_own(
    client: FlaskClient, written: list[dict[str, Any]]
) -> None:
    for given in ("short", "x" * 65, "has space", "a" * 8 + '"}'):
        answer = client.get("/sign-in?next=/x", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] != given
        assert len(answer.headers["X-Request-Id"]) == 32
    client.get("/cases/%0d%0a%7b%22level%22:%22error%22%7d/x")
    assert len(written) == 5
    assert all(line["level"] == "info" and "next" not in orjson.dumps(line).decode() for line in written)


def test_monitors_fill_no_log(client: FlaskClient, written: list[dict[str, Any]]) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)
    assert written == []


def test_lines_of_a_command_are_about_its_case(city: CityRig) -> None:
    submitted = city.submit()
    assert submitted
    log_marks.begin("r" * 8)
    done = city.tasks("claim_duty")[0]
    city.complete("claim_duty", CITY, **CLAIM)
    assert log_marks.case.get() == done.business_key
    log_marks.begin()


def test_spans_are_named_by_route_and_command_and_hold_no_words_of_persons(city: CityRig) -> None:
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    from workflows.vitals.tracing import open_tracing

    tracing = open_tracing("http://127.0.0.1:9/v1/traces", memory)
    Vitals.of(city.app.engine, "w:1", "0041", tracing)
    city.submit()
    object.__setattr__(city.app, "vitals", Vitals.of(city.app.engine, "w:1", "0041", tracing))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    create_app(city.app).test_client().get("/sign-in", headers={"traceparent": parent})
    spans = {span.name: span for span in memory.get_finished_spans()}
    assert "command SubmitDecision" in spans
    served = spans["GET /sign-in"]
    assert f"{served.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert served.attributes["http.response.status_code"] == 200
    assert "演示" not in str([span.to_json() for span in spans.values()])
