"""The numbers for Prometheus: what this process has measured, and what the database says at the moment of asking.

With ``PROMETHEUS_MULTIPROC_DIR`` (a folder shared by the programs of one machine) the measurements of all of them are
added up, whichever is asked; what comes from the database is the same from everywhere and never added.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from engine.errors import AppError, Unavailable
from engine.process_engine import ProcessEngine
from workflows.vitals.numbers import Numbers, read_numbers

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COMMANDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_REQUESTS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The measurements of one process."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._own = CollectorRegistry()
        self._state = StateOfDatabase(engine)
        self._commands = Histogram(
            "xianjie_command_seconds", "From a command's beginning to its commit or refusal", ["command"],
            buckets=_COMMANDS, registry=self._own,
        )  # fmt: skip
        self._failures = Counter(
            "xianjie_command_failures", "Commands that were refused or failed", ["command", "code"], registry=self._own
        )
        self._requests = Histogram(
            "xianjie_http_seconds", "From a request to its answer", ["endpoint", "method", "status"],
            buckets=_REQUESTS, registry=self._own,
        )  # fmt: skip

    def watch(self, name: str) -> AbstractContextManager[None]:
        """Measure one command."""
        return self._watched(name)

    @contextmanager
    def _watched(self, name: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        except Exception as exc:
            self._failures.labels(name, exc.code if isinstance(exc, AppError) else "bug").inc()
            raise
        finally:
            self._commands.labels(name).observe(perf_counter() - began)

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count one request; statuses by their hundred."""
        self._requests.labels(endpoint or "none", method, f"{status // 100}xx").observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        measured = self._own
        if getattr(values.ValueClass, "_multiprocess", False):
            measured = CollectorRegistry()
            MultiProcessCollector(measured)  # type: ignore[no-untyped-call]
        state = CollectorRegistry()
        state.register(self._state)
        return generate_latest(state) + generate_latest(measured)


class StateOfDatabase(Collector):
    """Asks the database when Prometheus asks."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give the numbers of now, or only that the database is away."""
        try:
            numbers = read_numbers(self._engine)
        except Unavailable:
            yield _gauge("xianjie_database_up", "Whether the database answers", 0)
            return
        yield _gauge("xianjie_database_up", "Whether the database answers", 1)
        yield from _simple(numbers)
        jobs = GaugeMetricFamily("xianjie_jobs_due", "Jobs that are due and not done", labels=["kind"])
        for kind in ("timer", "start", "service", "external", "message", "early", "signal", "delivery"):
            jobs.add_metric([kind], numbers.jobs.get(kind, 0))
        yield jobs
        yield from _outbox(numbers)


def _simple(numbers: Numbers) -> Iterator[Metric]:
    yield _gauge("xianjie_jobs_oldest_due_seconds", "How late the oldest due job is", numbers.jobs_oldest)
    yield _gauge("xianjie_tasks_open", "Open tasks of persons", numbers.tasks)
    yield _gauge("xianjie_clocks_overdue", "Running clocks past their end", numbers.clocks)
    yield _gauge("xianjie_clocks_oldest_overdue_seconds", "How long the latest is past its end", numbers.clocks_oldest)
    yield _gauge("xianjie_incidents_open", "Incidents nobody has settled", numbers.incidents)
    yield _gauge("xianjie_workers_alive", "Workers that looked for jobs lately", numbers.workers)
    if numbers.worker_age is not None:
        yield _gauge("xianjie_worker_beat_age_seconds", "Since any worker last looked for jobs", numbers.worker_age)
    yield _gauge("xianjie_lock_waits", "Sessions of the database that wait for a lock", numbers.lock_waits)
    yield _gauge("xianjie_lock_wait_longest_seconds", "How long the longest has waited", numbers.lock_longest)
    yield _gauge("xianjie_transaction_longest_seconds", "Age of the oldest transaction", numbers.transaction_longest)


def _outbox(numbers: Numbers) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("xianjie_outbox_waiting", "Due to go out, and not gone", labels=["way"])
    oldest = GaugeMetricFamily("xianjie_outbox_oldest_seconds", "How long the oldest of them waits", labels=["way"])
    parked = GaugeMetricFamily("xianjie_outbox_parked", "Given up until a person looks", labels=["way"])
    for way, backlog in numbers.backlogs.items():
        waiting.add_metric([way], backlog.waiting)
        oldest.add_metric([way], backlog.oldest)
        parked.add_metric([way], backlog.parked)
    yield from (waiting, oldest, parked)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
