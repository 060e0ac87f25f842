"""No route is open by oversight."""

from flask import Flask

from tests.security.addresses import filled, parts_of
from tests.security.matrix import routes, values_for
from web.auth import OPEN, UNSEEN


def test_strangers_get_in_only_where_it_is_declared(app: Flask) -> None:
    client, entered = app.test_client(), set()
    for method, rule in routes(app):
        answer = client.open(filled(rule.rule, values_for(parts_of(rule.rule))), method=method)
        to_door = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        if not to_door and not (answer.status_code in (400, 401) and b"form-expired" in answer.data):
            entered |= set() if answer.status_code == 401 else {rule.endpoint}
    assert {one for one in entered if one not in OPEN and not one.startswith(UNSEEN)} == set()
