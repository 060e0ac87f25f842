"""The state of an instance as bytes: one version byte, four bytes of checksum, then compact JSON.

The state holds what lives: tokens, open subprocesses, variables. It never holds the diagram, which is
found by the hash of the bundle, and it holds no Python: loading evaluates and imports nothing.
"""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson

from engine.errors import StateUnreadable, VariablesInvalid
from engine.spiff.build import Compiled
from engine.spiff.cases import CaseWorkflow, SubWorkflow
from engine.spiff.expressions import Evaluator
from engine.spiff.scopes import Scope
from engine.spiff.tokens import Token

VERSION = 1
MAX_BYTES = 16 * 1024 * 1024


class _Scopes:
    """Numbers the scopes of an instance while it is written."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self.rows: list[list[Any]] = []

    def number(self, scope: Scope) -> int:
        """Return the number of a scope, outer ones first."""
        known = self._known.get(id(scope))
        if known is not None:
            return known
        outer = None if scope.outer is None else self.number(scope.outer)
        self.rows.append([scope.values, outer])
        self._known[id(scope)] = len(self.rows) - 1
        return len(self.rows) - 1


def dumps(case: CaseWorkflow) -> bytes:
    """Return the state of an instance that rests."""
    scopes = _Scopes()
    workflows: list[Any] = [case, *sorted(case.subprocesses.values(), key=lambda inner: inner.host.id)]
    place = {id(workflow): index for index, workflow in enumerate(workflows)}
    body = {
        "last": case.last_number,
        "done": case.completed,
        "flows": [
            [
                workflow.spec.name,
                None if workflow is case else workflow.host.id,
                scopes.number(workflow.scope),
                *([workflow.done] if workflow.done else []),
            ]
            for workflow in workflows
        ],
        "tokens": [_token_row(token, place, scopes) for token in sorted(case.tokens.values(), key=_number)],
        "scopes": scopes.rows,
    }
    if case.failure is not None:
        body["failure"] = case.failure
    text = orjson.dumps(body)
    if len(text) > MAX_BYTES:
        raise VariablesInvalid(reason="the state is larger than 16 MB")
    return bytes([VERSION]) + crc32(text).to_bytes(4) + text


def _number(token: Token) -> int:
    number: int = token.id
    return number


def _token_row(token: Token, place: dict[int, int], scopes: _Scopes) -> list[Any]:
    return [
        token.id,
        place[id(token.workflow)],
        token.task_spec.name,
        token.state,
        token._parent,
        scopes.number(token.scope),
        int(token.is_passive),
        token.internal_data,
    ]


def loads(data: bytes, compiled: Compiled, evaluator: Evaluator) -> CaseWorkflow:
    """Return the instance as it rested.

    Raises:
        StateUnreadable: another version wrote it, it is damaged, or it belongs to another diagram.
    """
    if not data or data[0] != VERSION:
        raise StateUnreadable(version=data[0] if data else None)
    if len(data) < 5 or crc32(data[5:]) != int.from_bytes(data[1:5]):
        raise StateUnreadable(version=VERSION, reason="damaged")
    try:
        body = orjson.loads(data[5:])
        return restored(body, compiled, evaluator)
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as exc:
        raise StateUnreadable(version=VERSION, reason=f"{type(exc).__name__}: {exc}") from exc


def restored(body: Mapping[str, Any], compiled: Compiled, evaluator: Evaluator) -> CaseWorkflow:
    """Return the instance that a decoded state describes."""
    scopes: list[Scope] = []
    for values, outer in body["scopes"]:
        scopes.append(Scope(values, None if outer is None else scopes[outer]))
    case = CaseWorkflow(compiled, evaluator, scopes[body["flows"][0][2]])
    case.last_number = body["last"]
    case.completed = body["done"]
    case.failure = body.get("failure")
    case.done = _done(body["flows"][0])
    hosted: dict[int, list[list[Any]]] = {}
    for row in body["tokens"]:
        hosted.setdefault(row[1], []).append(row)
    workflows: list[Any] = [case]
    _restore_tokens(case, hosted.get(0, ()), scopes)
    for index, row in enumerate(body["flows"][1:], start=1):
        name, host, scope = row[:3]
        inner = SubWorkflow(compiled.specs[name], case.tokens[host], scopes[scope])
        inner.done = _done(row)
        case.subprocesses[host] = inner
        workflows.append(inner)
        _restore_tokens(inner, hosted.get(index, ()), scopes)
    for token in sorted(case.tokens.values(), key=_number):
        if token._parent is not None:
            case.tokens[token._parent]._children.append(token.id)
    return case


def _done(row: list[Any]) -> list[list[Any]]:
    """Return what a workflow remembers for compensation; states written before that was kept have none."""
    return row[3] if len(row) > 3 else []


def _restore_tokens(workflow: Any, rows: Any, scopes: list[Scope]) -> None:
    top = workflow.top_workflow
    for number, _, name, state, parent, scope, is_passive, facts in rows:
        token = Token(workflow, workflow.spec.task_specs[name], number)
        token._parent = parent
        token._set_state(state)
        token.scope = scopes[scope]
        token.is_passive = bool(is_passive)
        token.internal_data = facts
        if token.task_spec.waits == "join":
            top.joins[number] = token
        if facts.get("event", [""])[0] == "condition":
            top.conditions[number] = token
