"""Nobody sees another unit's things: not by address, search, count, export, diagram, attachment or error text."""

import html
import io
import itertools
import zipfile
from collections.abc import Iterator
from functools import cached_property, partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.store.tables import metadata
from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.security.addresses import Addresses, every_change, read_rules, write_rules
from tests.security.matrix import PERSONS, hire_program, may
from tests.security.meter import Meter
from tests.security.owners import NUMBER, PAPER, Owners
from tests.security.persons import EXEMPT, mark, places
from tests.security.walking import Hands, asked, compared
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


OWN = frozenset({"notice_setting", "notification", "saved_view", "second_factor"})  # what everybody has of their own
# left by who may read a case, or is asked to sign
READS = frozenset({
    "case_comment", "complaint_look", "history_event", "reading_receipt", "signing_entry", "signing_round",
})  # fmt: skip
# the tables that a role which sees the whole city may write at all
POWERS = {
    "policy_officer": OWN | READS | {
        "admin_request", "catalogue_change", "case_words", "completion", "draft", "draw_proof", "draw_seal", "incident",
        "job", "monitoring_device", "officer_certificate", "outbound_record", "process_instance", "random_target",
        "random_task", "reconciliation_difference", "reconciliation_entry", "reconciliation_list",
        "reconciliation_list_row", "running_limit", "serial", "user_task", "user_task_candidate", "webhook_key",
    },
    "leader": OWN | READS,
    "administrator": OWN | {
        "account_request", "admin_request", "case_comment", "command_receipt", "early_message", "history_event", "job",
        "monitoring_device", "webhook_key",
    },
    "security_administrator": OWN | {"account_request", "api_token", "officer"},
    "audit_administrator": OWN | {"audit_chain", "audit_leaf", "audit_root", "history_event"},  # sealed to be checked
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


@pytest.mark.parametrize("role", POWERS)
def test_who_sees_the_whole_city_changes_only_what_is_theirs_to_change(app: Flask, city: CityRig, role: str) -> None:
    hands, told, written, routes = Hands(app, city, PERSONS[role]), [], {}, set()
    with city.app.engine.database.reading() as connection:
        everything = list(every_change(app, Owners(connection)))
    for one in everything:
        routes.add(one.endpoint)
        is_open, tries = may(role, one), hands.tries(one)
        for sent in tries if is_open else itertools.islice(tries, 1):
            answer, spent = hands.send(one.method, sent, one.there)
            written |= dict.fromkeys(spent.written, f"{one.method} {one.there} {answer.status_code}")
            if not is_open:
                is_refused = 400 <= answer.status_code < 500 and not spent.written
                told += [] if is_refused else [f"{one.endpoint} {one.there} {answer.status_code}"]
                told += compared(one, partial(hands.send, one.method, sent)) if one.values else []
    assert told == []
    assert {table: written[table] for table in written.keys() - POWERS[role]} == {}
    assert written.keys() >= OWN
    assert len(routes) > 150
