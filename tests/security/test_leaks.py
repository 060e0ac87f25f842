"""Nobody sees another unit's things: not by address, search, count, export, diagram, attachment or error text."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cached_property

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.crawl import sign_in
from tests.processes.rig import CityRig
from tests.security.addresses import Addresses, read_rules
from tests.security.owners import NUMBER, PAPER, Owners
from web.app import create_app
from workflows import demo

READERS = ("zr.st.jz", "cg.st.dz", "sp.st")  # a section head, a squad head and a clerk of one district
WALKERS = ("zr.st.jz", "cg.st")
# the yearly plan of random inspections is published; the item says by which change it came
CITY_WIDE = frozenset({"api-random-checks.read_plan", "random_checks.plan", "random_checks.edit_line"})
FOR_ALL = {
    "/api/v1/items": "QD", "/api/v1/random-plans": "SJH", "/random-checks/plans": "SJH",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("leaks")
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", start="2026-03-12T15:00:00")
    demo.fill(rig.app, folder, count=24)
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


@pytest.fixture(scope="module")
def owners(city: CityRig) -> Owners:
    with city.app.engine.database.reading() as connection:
        return Owners(connection)


def readable(answer: TestResponse) -> str:
    """Return all text of an answer; of a workbook or letter what is inside."""
    if not answer.data.startswith(b"PK"):
        return html.unescape(answer.get_data(as_text=True)) if answer.mimetype != "application/pdf" else ""
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return html.unescape("".join(packed.read(name).decode() for name in packed.namelist() if name.endswith("xml")))


class Eyes:
    """One person at the browser, and what is not theirs."""

    def __init__(self, app: Flask, city: CityRig, owners: Owners, login: str) -> None:
        self.actor = city.actor(login)
        self.client: FlaskClient = sign_in(app, login)
        self._owners = owners

    @cached_property
    def foreign(self) -> list:
        return self._owners.foreign_cases(self.actor)

    @cached_property
    def hidden(self) -> dict[str, str]:
        """Return the numbers of cases and papers that are not theirs, each with its case."""
        found = {case.key: case.key for case in self.foreign}
        own = {text for case in self._owners.cases.values() if case not in self.foreign for text in case.texts}
        for case in self.foreign:
            found |= {text: case.key for text in case.texts - own if PAPER.fullmatch(text)}
        return found

    def leaks_in(self, text: str) -> list[str]:
        """Return what a text tells about the cases of others."""
        named = [*NUMBER.findall(text), *PAPER.findall(text)]
        told = [f"{one} of {self.hidden[one]}" for one in dict.fromkeys(named) if one in self.hidden]
        return told + [f"{word} of {case.key}" for case in self.foreign for word in case.words if word in text]


@pytest.mark.parametrize("login", READERS)
def test_no_list_search_or_export_shows_what_is_not_the_persons(
    app: Flask, city: CityRig, owners: Owners, login: str
) -> None:
    eyes = Eyes(app, city, owners, login)
    told = []
    for rule in read_rules(app):
        if "<" in rule.rule or rule.endpoint == "public.index":
            continue
        answer = eyes.client.get(rule.rule)
        known = FOR_ALL.get(rule.rule, "nothing")
        told += [f"{rule.rule}: {one}" for one in eyes.leaks_in(readable(answer)) if not one.startswith(known)]
    assert told == []


def told_by(answer: TestResponse, values: Mapping[str, str]) -> tuple[int, str]:
    """Return status and text of an answer without what differs between any two, and without what was asked for."""
    text = re.sub(r'(name="csrf_token" value=|csrf-token" content=)"[^"]+"', "", answer.text)
    text = re.sub(r'"instance":"[^"]*"', "", text)
    for value in sorted(values.values(), key=len, reverse=True):
        text = text.replace(value, "…") if len(value) > 3 else text
    return answer.status_code, text


@pytest.mark.parametrize("login", WALKERS)
def test_what_is_anothers_answers_like_what_does_not_exist(
    app: Flask, city: CityRig, owners: Owners, login: str
) -> None:
    eyes = Eyes(app, city, owners, login)
    told, routes = [], set()
    for one in Addresses(app, owners).of(eyes.actor):
        routes.add(one.endpoint)
        there = eyes.client.get(one.there)
        if one.endpoint in CITY_WIDE:
            continue
        if told_by(there, one.values) != told_by(eyes.client.get(one.not_there), one.nothing):
            told.append(f"{one.endpoint}: {one.there} answers {there.status_code}, otherwise than {one.not_there}")
    assert told == []
    assert len(routes) > 100
