"""Sends one request twice, about what is there and about what is not, and compares what comes of it."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.security.addresses import Address
from tests.security.bodies import FORM, Bodies, acts_of
from tests.security.meter import Meter, Spent


def told_by(answer: TestResponse, values: Mapping[str, str]) -> tuple[int, str]:
    """Return status and text of an answer without what differs between any two, and without what was asked for."""
    text = re.sub(r'(name="csrf_token" value=|csrf-token" content=)"[^"]+"', "", answer.text)
    text = re.sub(r'"instance":"[^"]*"', "", text)
    for value in sorted(values.values(), key=len, reverse=True):
        text = text.replace(value, "…") if len(value) > 3 else text
    return answer.status_code, text


def asked(client: FlaskClient, meter: Meter, path: str) -> tuple[TestResponse, Spent]:
    """Ask for a page."""
    with meter.measure() as spent:
        answer = client.get(path)
    return answer, spent


def compared(one: Address, ask: Callable[[str], tuple[TestResponse, Spent]]) -> list[str]:
    """Return what tells somebody else's thing from one that is not there.

    Forms and diagrams are read once by a program and then kept: whoever seems to tell is asked once more.
    """
    for _ in range(2):
        found = list(differences(one, ask(one.there), ask(one.not_there)))
        if not found:
            return []
    return found


def differences(one: Address, there: tuple[TestResponse, Spent], nothing: tuple[TestResponse, Spent]) -> Iterator[str]:
    """Yield what tells somebody else's thing from one that is not there; how many questions it took tells by time."""
    place = f"{one.method} {one.endpoint}: {one.there} answers {there[0].status_code}"
    if told_by(there[0], one.values) != told_by(nothing[0], one.nothing):
        yield f"{place}, otherwise than {one.not_there}: {nothing[0].status_code}"
    if there[1].statements != nothing[1].statements:
        yield f"{place} after {there[1].statements} statements, not {nothing[1].statements} as of {one.not_there}"
    if there[1].written:
        yield f"{place} and writes {sorted(there[1].written)}"


class Hands:
    """One person who tries to change what is not theirs."""

    def __init__(self, app: Flask, city: CityRig, login: str) -> None:
        self._app, self._bodies = app, Bodies(app)
        self._meter = Meter(city.app.engine.database.pool)
        self._client = sign_in(app, login)
        self._token = token_of(self._client.get("/sign-in").text)
        self._count = 0

    def tries(self, one: Address) -> Iterator[dict[str, Any]]:
        """Yield what to send: the body the API describes, or the form with each of its buttons."""
        if one.rule.startswith("/api/"):
            yield self._bodies.of(re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", one.rule), one.method)
        else:
            yield from ({"data": {**FORM, "act": act}} for act in acts_of(self._app, one.endpoint))

    def send(self, method: str, sent: Mapping[str, Any], path: str) -> tuple[TestResponse, Spent]:
        """Send it once."""
        self._count += 1
        heads = {"X-CSRFToken": self._token, "Idempotency-Key": f"k{self._count}", "If-Match": '"1"'}
        with self._meter.measure() as spent:
            answer = self._client.open(path, method=method, headers=heads, **copy.deepcopy(dict(sent)))
        return answer, spent
