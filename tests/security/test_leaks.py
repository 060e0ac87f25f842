"""Nobody sees another unit's things: not by address, search, count, export, diagram, attachment or error text."""

import copy
import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.store.tables import metadata
from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.security.addresses import Address, Addresses, read_rules, write_rules
from tests.security.bodies import FORM, Bodies, acts_of
from tests.security.matrix import hire_program
from tests.security.meter import Meter, Spent
from tests.security.owners import NUMBER, PAPER, Owners
from tests.security.persons import EXEMPT, mark, places
from web.app import create_app
from workflows import demo
from workflows.desk.asking import Do
from workflows.privacy.veil import rules
from workflows.records.audit import audit_event
from workflows.records.offices import officer
from workflows.records.penalties import penalty_case

READERS = ("zr.st.jz", "cg.st.dz", "sp.st")  # a section head, a squad head and a clerk of one district
WALKERS = ("zr.st.jz", "cg.st")
# one of each role that works on cases in one district; the bureau's own sections and overseers see the whole city
WRITERS = ("sp.st", "zr.st.jz", "cg.st", "cx.program")
# the yearly plan of random inspections is published; the item says by which change it came
CITY_WIDE = frozenset({
    "api-random-checks.read_plan", "random_checks.plan", "random_checks.edit_line", "random_checks.remove_line",
    "api-random-checks.remove_line",
})  # fmt: skip
MARKS: dict[str, str] = {}  # personal data of the city, and where it stands
FOR_ALL = {
    "/api/v1/items": "QD", "/api/v1/random-plans": "SJH", "/random-checks/plans": "SJH",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("leaks")
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", start="2026-03-12T15:00:00")
    demo.fill(rig.app, folder, count=24)
    hire_program(rig.app.engine)
    MARKS.clear()
    MARKS.update(rig.app.engine.execute(Do(lambda uow: mark(uow.connection))))
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
    eyes, meter = Eyes(app, city, owners, login), Meter(city.app.engine.database.pool)
    told, routes = [], set()
    for one in Addresses((("GET", rule) for rule in read_rules(app)), owners).of(eyes.actor):
        routes.add(one.endpoint)
        if one.endpoint in CITY_WIDE:
            continue
        told += compared(one, partial(asked, eyes.client, meter))
    assert told == []
    assert len(routes) > 100


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


@pytest.mark.parametrize("login", WRITERS)
def test_nobody_changes_what_is_anothers_or_learns_that_it_is_there(
    app: Flask, city: CityRig, owners: Owners, login: str
) -> None:
    hands, told, routes = Hands(app, city, login), [], set()
    for one in Addresses(write_rules(app), owners).of(city.actor(login)):
        routes.add(one.endpoint)
        for sent in hands.tries(one) if one.endpoint not in CITY_WIDE else ():
            told += compared(one, partial(hands.send, one.method, sent))
    assert told == []
    assert len(routes) > 100


def told_of_persons(text: str) -> list[str]:
    """Return which personal data a text shows in full."""
    return [place for value, place in MARKS.items() if value in text]


@pytest.mark.parametrize("login", ["ju.lingdao", "zr.st.jz"])
@pytest.mark.clause("pipl2021/51")
def test_no_list_search_export_or_file_of_a_case_shows_personal_data_in_full(
    app: Flask, city: CityRig, owners: Owners, login: str
) -> None:
    eyes = Eyes(app, city, owners, login)
    paths = [rule.rule for rule in read_rules(app) if "<" not in rule.rule]
    paths += [one.there for one in Addresses((("GET", rule) for rule in read_rules(app)), owners).of(eyes.actor)]
    told, seen = [], 0
    for path in dict.fromkeys([*paths, "/cases?q=CF2026-00001"]):
        answer = eyes.client.get(path, follow_redirects=True)
        text = readable(answer)
        told += [f"{path}: {one}" for one in told_of_persons(text)]
        seen += answer.status_code == 200 and "****" in text
    assert told == []
    assert seen > 0 or login != "ju.lingdao"


def test_whoever_handles_a_case_sees_personal_data_others_ask_for_it_with_a_reason_and_are_recorded(
    app: Flask, city: CityRig
) -> None:
    plain = next(kind.plain for kind in rules().kinds if kind.name == "id_number")
    logins = {row["unit"]: row["login"] for row in city.rows(officer, is_active=True) if plain & set(row["roles"])}
    case = next(row for row in city.rows(penalty_case) if row["unit"] in logins)
    key, whole, handler = case["business_key"], case["party_code"], logins[case["unit"]]
    assert whole in sign_in(app, handler).get(f"/penalties/{key}").text
    leader, place = sign_in(app, "ju.lingdao"), f"/cases/{key}/personal"
    shown = leader.get(f"/penalties/{key}").text
    assert (whole in shown, f'href="{place}"' in shown) == (False, True)
    token = token_of(leader.get(place).text)
    assert leader.post(place, data={"csrf_token": token, "reason": "看"}).status_code == 422
    assert city.rows(audit_event, kind="personal-read") == []
    answer = leader.post(place, data={"csrf_token": token, "reason": "演示：核对送达 13900000000"})
    assert (answer.status_code, whole in answer.text, answer.headers["Cache-Control"]) == (200, True, "no-store")
    (row,) = city.rows(audit_event, kind="personal-read")
    assert (row["actor"], row["object"], row["detail"]["reason"]) == ("ju.lingdao", key, "演示：核对送达 139****0000")
    assert "penalty_case.party_code" in row["detail"]["fields"]
    assert whole not in str(row["detail"])
    for stranger in ("zr.st.jz", "sp.st", "sj.admin"):
        client = sign_in(app, stranger)
        asked = client.post(place, data={"csrf_token": token_of(client.get("/me").text), "reason": "演示：想看看"})
        assert asked.status_code == client.get("/cases/CF2026-99999/personal").status_code == 404, stranger
    watcher = sign_in(app, "xt.admin")  # sees the case, but needs no whole numbers for it
    refused = watcher.post(place, data={"csrf_token": token_of(watcher.get("/me").text), "reason": "演示：想看看"})
    assert (refused.status_code, whole in refused.text) == (403, False)
    assert len(city.rows(audit_event, kind="personal-read")) == 1


def test_every_column_of_personal_data_has_its_place_in_the_rule() -> None:
    read = {f"{one.table}.{column}" for one in rules().sources for column in one.columns}
    missing = {f"{table.name}.{name}" for table, name in places()} - read
    assert missing == set(), "add a source to fields.toml, or say in persons.py why it is none"
    known = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert EXEMPT.keys() | read <= known
