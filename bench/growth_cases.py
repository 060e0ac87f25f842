"""The processes the growth figures are measured with, and an engine that has one of them."""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from bench.complete_task import open_engine
from bench.engine import fresh
from bench.workload import variables
from engine.commands.deploy import Deploy
from engine.commands.start_process import Started, StartProcess
from engine.process_engine import ProcessEngine
from engine.spiff.model import Resource
from engine.store.tables import metadata

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'id="d" targetNamespace="bench"><message id="m" name="answered"/><process id="bench" isExecutable="true">'
)


def _draw(inner: str, *lines: Sequence[str]) -> bytes:
    flows = "".join(
        f'<sequenceFlow id="{a}__{b}" sourceRef="{a}" targetRef="{b}"/>' for line in lines for a, b in pairwise(line)
    )
    return (_HEAD + '<startEvent id="start"/>' + inner + flows + "</process></definitions>").encode()


def _task(name: str, inner: str = "") -> str:
    return f'<userTask id="{name}" camunda:candidateGroups="unit/officer">{inner}</userTask>'


def _timer(name: str, at: str, after: str) -> str:
    return (
        f'<boundaryEvent id="{name}" attachedToRef="{at}"><timerEventDefinition><timeDuration>"{after}"</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )


def waiting(after: str = "P30D") -> bytes:
    """Return a case that waits at a task with a timer and, in an event subprocess, for a message."""
    asked = (
        '<subProcess id="aside" triggeredByEvent="true"><startEvent id="asked" isInterrupting="false">'
        '<messageEventDefinition messageRef="m"/></startEvent><task id="noted"/><endEvent id="aside_end"/>'
        '<sequenceFlow id="g1" sourceRef="asked" targetRef="noted"/>'
        '<sequenceFlow id="g2" sourceRef="noted" targetRef="aside_end"/></subProcess>'
    )
    inner = _task("work") + _timer("late", "work", after) + _task("after") + '<endEvent id="end"/>' + asked
    return _draw(inner, ("start", "work", "after", "end"), ("late", "after"))


def ring() -> bytes:
    """Return a case that goes round for ever."""
    inner = '<exclusiveGateway id="merge"/>' + _task("work") + _timer("late", "work", "P30D") + _task("other")
    return _draw(inner, ("start", "merge", "work", "other", "merge"), ("late", "other"))


def fan() -> bytes:
    """Return a case in which one answer gives 400 people a task each."""
    many = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person"/>'
    return _draw(_task("ask") + _task("each", many) + '<endEvent id="end"/>', ("start", "ask", "each", "end"))


def prepare(base: str, name: str, drawn: bytes) -> ProcessEngine:
    """Return an engine on a new database with one process."""
    engine = open_engine(fresh(base, name))
    metadata.create_all(engine.database.pool)
    engine.execute(Deploy("bench", (Resource("bench.bpmn", drawn),), "bench", "it never ends"))
    return engine


def start(engine: ProcessEngine, **more: object) -> Started:
    """Start a case with a kilobyte of data."""
    return engine.execute(StartProcess("bench", f"B-{time.perf_counter_ns()}", "clerk", {**variables(), **more}))


def spent(work: Callable[[], object]) -> float:
    """Return how long it took, in seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
