"""Spans for OpenTelemetry, around requests and commands: off without ``XIANJIE_TRACING``, and an extra to install.

What a span says is its name, the request's id and the case's number; nothing that persons wrote.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from engine import log_marks
from engine.process_engine import Watch
from workflows.settings import SettingsInvalid

Wsgi = Callable[[Any, Any], Any]


class Tracing:
    """Begins and ends spans of one provider."""

    def __init__(self, provider: Any, trace: Any, propagate: Any) -> None:
        self._tracer = provider.get_tracer("xianjie")
        self._trace = trace
        self._propagate = propagate

    @contextmanager
    def watch(self, name: str) -> Iterator[None]:
        """Trace one command."""
        with self._tracer.start_as_current_span(f"command {name}") as span:
            yield
            span.set_attribute("xianjie.case", log_marks.case.get())

    def around(self, app: Wsgi) -> Wsgi:
        """Return a WSGI application whose requests are traced, below the caller's span if it names one."""

        def traced(environ: Any, start_response: Any) -> Any:
            parent = self._propagate.extract(_headers(environ))
            with self._tracer.start_as_current_span(
                environ["REQUEST_METHOD"], context=parent, kind=self._trace.SpanKind.SERVER
            ):
                return app(environ, start_response)

        return traced

    def answered(self, name: str, request_id: str, status: int) -> None:
        """Name the request's span by its route, which is known only now."""
        span = self._trace.get_current_span()
        span.update_name(name)
        span.set_attribute("xianjie.request", request_id)
        span.set_attribute("http.response.status_code", status)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    names = {"HTTP_TRACEPARENT": "traceparent", "HTTP_TRACESTATE": "tracestate"}
    return {header: str(environ[name]) for name, header in names.items() if name in environ}


def open_tracing(endpoint: str, exporter: Any = None) -> Tracing | None:
    """Return the tracing of a process, or None without an endpoint.

    Args:
        endpoint: where spans go by OTLP over HTTP, such as ``http://127.0.0.1:4318/v1/traces``.
        exporter: takes the spans at once instead.

    Raises:
        SettingsInvalid: the packages of the extra are not installed.
    """
    if not endpoint:
        return None
    try:
        from opentelemetry import propagate, trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        provider = TracerProvider(resource=Resource.create({"service.name": "xianjie"}))
        if exporter is not None:
            provider.add_span_processor(SimpleSpanProcessor(exporter))
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    except ImportError as exc:
        raise SettingsInvalid(f"XIANJIE_TRACING needs the extra: pip install 'xianjie[tracing]' ({exc})") from exc
    return Tracing(provider, trace, propagate)


def both(first: Watch, second: Watch) -> Watch:
    """Return what goes round a command twice."""

    @contextmanager
    def watch(name: str) -> Iterator[None]:
        with first(name), second(name):
            yield

    def watched(name: str) -> AbstractContextManager[object]:
        return watch(name)

    return watched
