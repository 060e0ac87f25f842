"""Carries an instance over to another version of its diagram without moving anything that waits.

Tokens keep their numbers, variables and attributes; only the elements they stand at are looked up anew. Events at the
border of an activity that are new in the other version begin to wait, those that are gone cease to, and those that
have happened already do not happen again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from engine.spiff import codec
from engine.spiff.build import Compiled
from engine.spiff.cases import CaseWorkflow
from engine.spiff.expressions import Evaluator
from engine.spiff.timers import Schedule
from engine.spiff.tokens import Token

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a token cannot be carried over."""

    element: str
    reason: str


@dataclass(frozen=True, slots=True)
class MovedTimer:
    """A timer before and after; one that is new has no instant before, one that is gone none after."""

    element: str
    token: int
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Carried:
    """What a migration does to one instance: ``tokens`` are (token, element before, element after)."""

    tokens: tuple[tuple[int, str, str], ...] = ()
    timers: tuple[MovedTimer, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """From which definition to which one; ``names`` maps ids of elements and flows that have changed.

    ``begins`` says since when each timer waits: those timers are computed again from there by the new version's rule.
    """

    old: Compiled
    new: Compiled
    names: Mapping[str, str] = field(default_factory=dict)
    begins: Mapping[int, datetime] = field(default_factory=dict)


def carry(journey: Journey, state: bytes, evaluator: Evaluator) -> tuple[CaseWorkflow | None, Carried]:
    """Return the instance under the other version, or None with the problems."""
    before = codec.loads(state, journey.old, evaluator)
    body = orjson.loads(state[5:])
    rows, problems = _rows(journey, body)
    if problems:
        return None, Carried(problems=tuple(problems))
    flows = [[_path(row[0], journey.names), *row[1:3], *_remembered(row, journey.names)] for row in body["flows"]]
    case = codec.restored({**body, "flows": flows, "tokens": rows}, journey.new, evaluator)
    _complete_borders(journey, before, case)
    _complete_starts(journey, before, case)
    _recompute(journey, case)
    pairs = [
        (number, token.task_spec.bpmn_id, case.tokens[number].task_spec.bpmn_id)
        for number, token in sorted(before.tokens.items())
        if number in case.tokens and not token.is_passive
    ]
    return case, Carried(tuple(pairs), tuple(_timers(before, case)))


def _rows(journey: Journey, body: Mapping[str, Any]) -> tuple[list[Row], list[Problem]]:
    kept: list[Row] = []
    problems: list[Problem] = []
    for row in body["tokens"]:
        path, name = body["flows"][row[1]][0], row[2]
        old_spec = journey.old.specs[path].task_specs[name]
        new_path, new_name = _path(path, journey.names), _spec_name(name, journey.names)
        scope = journey.new.specs.get(new_path)
        new_spec = None if scope is None else scope.task_specs.get(new_name)
        if new_spec is None:
            if not _may_vanish(old_spec, is_passive=bool(row[6])):
                problems.append(Problem(old_spec.bpmn_id, "no element of the new version takes its place"))
            continue
        if new_spec.node.type != old_spec.node.type or new_spec.waits != old_spec.waits:
            kinds = f"{old_spec.node.type} became {new_spec.node.type}"
            problems.append(Problem(old_spec.bpmn_id, kinds))
            continue
        kept.append([*row[:2], new_name, *row[3:7], _facts(row[7], journey.names)])
    there = {row[0] for row in kept}
    return [row for row in kept if row[4] is None or row[4] in there], problems


def _may_vanish(spec: Any, *, is_passive: bool) -> bool:
    return is_passive or spec.node.attached_to is not None


def _complete_borders(journey: Journey, before: CaseWorkflow, case: CaseWorkflow) -> None:
    """Let boundary events begin to wait that the activity did not have before."""
    for number, host in sorted(case.tokens.items()):
        known = {_spec_name(name, journey.names) for name in getattr(before.tokens[number].task_spec, "boundaries", ())}
        for name in getattr(host.task_spec, "boundaries", ()):
            if name not in known:
                _wait(host.workflow.place(name, host))


def _complete_starts(journey: Journey, before: CaseWorkflow, case: CaseWorkflow) -> None:
    """Let event subprocesses begin to wait that the scope did not have before."""
    hosts = {None: (before, case)} | {
        number: (before.subprocesses[number], inner) for number, inner in case.subprocesses.items()
    }
    for old, new in hosts.values():
        known = {_spec_name(name, journey.names) for name in old.spec.event_starts}
        for name in new.spec.event_starts:
            if name not in known:
                token = new.place(name)
                token.is_passive = True
                _wait(token)


def _wait(token: Token) -> None:
    token.task_spec._update(token)


def _recompute(journey: Journey, case: CaseWorkflow) -> None:
    for number, begin in journey.begins.items():
        token = case.tokens.get(number)
        if token is not None and token.task_spec.waits == "timer":
            spec = token.task_spec
            due = spec.timer.schedule(case.evaluator, token.context(), spec.bpmn_id, begin)
            token.internal_data["due"] = replace(due, remaining=_left(token, due)).to_json()


def _left(token: Token, due: Schedule) -> int | None:
    """Return how often a repeated timer still fires: what has happened is not repeated."""
    known = Schedule.from_json(token.internal_data["due"]).remaining
    if known is None or due.remaining is None:
        return due.remaining
    return min(known, due.remaining)


def _timers(before: CaseWorkflow, case: CaseWorkflow) -> Iterator[MovedTimer]:
    old, new = dict(_due(before.tokens.values())), dict(_due(case.tokens.values()))
    for number in sorted(old.keys() | new.keys()):
        first, then = old.get(number), new.get(number)
        if first is None or then is None or first[1] != then[1]:
            element = (then or first or ("", None))[0]
            yield MovedTimer(element, number, first and first[1], then and then[1])


def _due(tokens: Iterable[Token]) -> Iterator[tuple[int, tuple[str, datetime]]]:
    for token in tokens:
        if token.task_spec.waits == "timer" and "due" in token.internal_data:
            yield token.id, (token.task_spec.bpmn_id, Schedule.from_json(token.internal_data["due"]).due_at)


def _path(name: str, names: Mapping[str, str]) -> str:
    process, slash, inner = name.partition("/")
    return f"{process}{slash}{names.get(inner, inner)}"


def _spec_name(name: str, names: Mapping[str, str]) -> str:
    for mark in ("[", "~"):
        element, found, rest = name.partition(mark)
        if found and element in names:
            return f"{names[element]}{found}{rest}"
    return names.get(name, name)


def _facts(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a token remembers, with the names of elements and flows as they are now."""
    return {key: _named(value, names) if key in {"via", "next", "chosen", "done", "seen"} else value
            for key, value in facts.items()}  # fmt: skip


def _remembered(row: Row, names: Mapping[str, str]) -> list[Any]:
    return [_named(row[3], names)] if len(row) > 3 else []


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return _spec_name(value, names) if isinstance(value, str) else value
