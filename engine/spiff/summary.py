"""What deployment needs to know of a process: its elements, its starts, and what it calls."""

from collections.abc import Iterable

from engine.spiff.build import elements_of
from engine.spiff.diagram import Node, Process, Trigger
from engine.spiff.expressions import parsed
from engine.spiff.model import DefinitionSummary, StartTrigger
from engine.spiff.reading import Files, Finding
from engine.spiff.timers import is_expression
from engine.spiff.validator import expressions_of


def summary_of(
    process: Process, files: Files, functions: frozenset[str], findings: Iterable[Finding] = ()
) -> DefinitionSummary:
    """Return the summary of a process that was found valid."""
    nodes = [node for _, node in process.scope.walk()]
    calls: set[str] = set()
    for node in nodes if process.is_executable else ():
        for _, text in expressions_of(node):
            calls |= parsed(text).calls()
    return DefinitionSummary(
        key=process.key,
        name=process.name,
        version_tag=process.version_tag,
        elements=tuple(elements_of(process)),
        starts=tuple(_start(node) for node in (*process.scope.of_type("startEvent"), *process.scope.instantiating())),
        called_processes=tuple(sorted({node.call.process_key for node in nodes if node.call is not None})),
        called_decisions=tuple(sorted({node.decision for node in nodes if node.decision})),
        called_functions=frozenset(calls & functions),
        executable=process.is_executable,
        file=process.file,
        warnings=tuple(one for one in findings if one["file"] == process.file),
    )


def _start(node: Node) -> StartTrigger:
    trigger = node.trigger
    if trigger is None or trigger.kind == "none":
        return StartTrigger(node.id, "none")
    if trigger.kind == "timer":
        return StartTrigger(node.id, "timer", timer=_timer_text(trigger))
    return StartTrigger(node.id, "signal" if trigger.kind == "signal" else "message", name=trigger.name)


def _timer_text(trigger: Trigger) -> str:
    """Return the text of a timer; FEEL begins with ``=``."""
    if trigger.timer is None:
        return ""
    return f"={trigger.timer.value}" if is_expression(trigger.timer) else trigger.timer.value
