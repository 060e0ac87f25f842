"""Asks every route as every role and tells what it may: the role x route matrix of docs/security.md."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.routing import Rule

from engine.process_engine import ProcessEngine
from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.security.addresses import ENDS_SESSION, NOBODYS, Address, filled, parts_of
from workflows.desk.asking import Do
from workflows.policy import ROLES
from workflows.records.offices import officer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
# one account of each role; the program's account is made for the purpose
PERSONS = {
    "approval_clerk": "sp.st", "section_officer": "ks.ch", "section_head": "ks.ch.kz", "district_officer": "zr.st",
    "squad_officer": "cg.st", "squad_head": "cg.st.dz", "policy_officer": "zc.fagui", "leader": "ju.lingdao",
    "discipline_watcher": "jw.zu", "administrator": "xt.admin", "security_administrator": "aq.admin",
    "audit_administrator": "sj.admin", "integration_account": "cx.program",
}  # fmt: skip
STRANGER = "stranger"
COLUMNS = (*PERSONS, STRANGER)
_NOT_OURS = ("static", "field.asset")
_KINDS = {"uuid": NOBODYS, "int": "1", "text": "x", "string": "x", "path": "x"}
YES, OWN, NO = "yes", "own", "·"


@dataclass(frozen=True, slots=True)
class Line:
    """One route and what each column may."""

    method: str
    rule: str
    endpoint: str
    cells: tuple[str, ...]


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return every method of every route, without files of the program itself."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _NOT_OURS
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda one: (one[1].rule.startswith("/api/"), one[1].rule, one[0]))


def matrix(app: Flask, city: CityRig, every: int = 1) -> Iterator[Line]:
    """Yield a line for each route, or for some of them; the city's data must be of no further use."""
    hire_program(city.app.engine)
    clients = {role: sign_in(app, login) for role, login in PERSONS.items()} | {STRANGER: app.test_client()}
    tokens = {role: token_of(client.get("/sign-in").text) for role, client in clients.items()}
    for method, rule in routes(app)[::every]:
        cells = tuple(_cell(clients[one], tokens[one], method, rule) for one in COLUMNS)
        yield Line(method, rule.rule, rule.endpoint, cells)


def _cell(client: FlaskClient, token: str, method: str, rule: Rule) -> str:
    if rule.endpoint in ENDS_SESSION:
        return YES
    values = values_for(parts_of(rule.rule))
    sent = {} if method == "GET" else {"headers": {"X-CSRFToken": token, "Idempotency-Key": "k", "If-Match": '"1"'}}
    answer = client.open(filled(rule.rule, values), method=method, **sent)
    to_door = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
    if answer.status_code in (401, 403) or to_door:
        return NO
    return OWN if values or answer.status_code == 404 else YES


def values_for(parts: list[tuple[str, str]]) -> dict[str, str]:
    """Return values that name nothing."""
    return {name: _KINDS.get(kind, "x") for kind, name in parts}


def hire_program(engine: ProcessEngine) -> None:
    """Give a program an account, for the city has none."""
    row = {
        "login": "cx.program", "name": "演示·对接程序", "unit": "AP-ST", "roles": ["integration_account"],
        "is_active": True, "is_demo": True, "failed_logins": 0, "locale": "zh_Hans_CN", "password_hash": _same(engine),
    }  # fmt: skip
    engine.execute(Do(lambda uow: uow.connection.execute(insert(officer), row)))


def _same(engine: ProcessEngine) -> str:
    from sqlalchemy import select

    from workflows.desk.asking import Ask

    wanted = select(officer.c.password_hash).where(officer.c.login == "sp.st")
    return str(engine.ask(Ask(lambda uow: uow.connection.scalar(wanted))))


def table(lines: list[Line]) -> str:
    """Return the matrix in Markdown."""
    heads = [*(_short(role) for role in PERSONS), STRANGER]
    rows = [f"| | route | {' | '.join(heads)} |", f"|---|---|{'---|' * len(heads)}"]
    return "\n".join([*rows, *(row_of(line) for line in lines)])


def name_of(method: str, rule: str) -> str:
    """Return the first two cells of a row."""
    return f"| {method} | `{_plain(rule)}` |"


def row_of(line: Line) -> str:
    """Return a row of the matrix."""
    return f"{name_of(line.method, line.rule)} {' | '.join(line.cells)} |"


def may(role: str, one: Address) -> bool:
    """Tell what the matrix as it is written says of a role and a route."""
    cells = _written()[name_of(one.method, one.rule)]
    return cells[COLUMNS.index(role)] != NO


@cache
def _written() -> Mapping[str, tuple[str, ...]]:
    rows = (line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines())
    return {f"| {row[0]} | {row[1]} |": tuple(row[2:]) for row in rows if len(row) == len(COLUMNS) + 2}


def _short(role: str) -> str:
    assert role in ROLES, role
    return role.replace("_", " ")


def _plain(rule: str) -> str:
    return re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule).replace("|", "/")
