"""The matrix of roles and routes is what a running city answers, and no route is open by oversight."""

import re
from pathlib import Path

from flask import Flask

from tests.processes.rig import CityRig
from tests.security.addresses import filled, parts_of
from tests.security.matrix import matrix, name_of, routes, row_of, values_for
from web.auth import OPEN, UNSEEN

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
SAMPLE = 17  # one route in so many is asked here, as every role; `make security` asks all of them


def test_the_matrix_lists_every_route_once_and_nothing_else(app: Flask) -> None:
    listed = re.findall(r"^(\| [A-Z]+ \| `[^`]+` \|)", PAGE, re.MULTILINE)
    assert listed == [name_of(method, rule.rule) for method, rule in routes(app)], "run make security"


def test_the_matrix_says_what_the_city_answers(city: CityRig, app: Flask) -> None:
    lines = PAGE.splitlines()
    assert [row for line in matrix(app, city, SAMPLE) if (row := row_of(line)) not in lines] == [], "run make security"


def test_strangers_get_in_only_where_it_is_declared(app: Flask) -> None:
    client, entered = app.test_client(), set()
    for method, rule in routes(app):
        answer = client.open(filled(rule.rule, values_for(parts_of(rule.rule))), method=method)
        to_door = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        if not to_door and not (answer.status_code in (400, 401) and b"form-expired" in answer.data):
            entered |= set() if answer.status_code == 401 else {rule.endpoint}
    assert {one for one in entered if one not in OPEN and not one.startswith(UNSEEN)} == set()
