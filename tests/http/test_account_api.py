"""Accounts by programs: the same two persons as in the browser, and no answer lets anybody in."""

from flask import Flask

from tests.http.api_caller import Caller
from tests.processes.rig import CityRig
from workflows.records.audit import audit_event
from workflows.records.offices import account_request, officer

WANTED = {"name": "演示·新科员", "unit": "NR-ST", "title": "科员", "roles": ["district_officer"]}
NEW = {"kind": "create", "login": "zr.st.new", "wanted": WANTED, "reason": "演示：新到岗"}


def callers(city: CityRig, app: Flask) -> dict[str, Caller]:
    return {login: Caller(city, app.test_client(), login) for login in ("xt.admin", "aq.admin", "sj.admin", "zr.st")}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_one_asks_another_confirms_and_the_password_is_shown_once(city: CityRig, app: Flask) -> None:
    who = callers(city, app)
    asked = who["xt.admin"].post("/account-requests", keyed("a"), json=NEW)
    again = who["xt.admin"].post("/account-requests", keyed("a"), json=NEW)
    assert (asked.status_code, again.json["id"], asked.json["state"]) == (201, asked.json["id"], "open")
    assert len(city.rows(account_request)) == 1
    other = who["xt.admin"].post("/account-requests", keyed("a"), json={**NEW, "login": "zr.st.other"})
    assert other.status_code in (409, 422)
    place = f"/account-requests/{asked.json['id']}"
    assert who["xt.admin"].post(f"{place}:decide", json={"act": "confirm"}).status_code == 403
    assert who["sj.admin"].post(f"{place}:decide", json={"act": "confirm"}).status_code == 403
    assert who["aq.admin"].post(f"{place}:decide", json={"act": "refuse"}).status_code == 422  # without a reason
    done = who["aq.admin"].post(f"{place}:decide", json={"act": "confirm"})
    assert (done.status_code, done.json["state"], len(done.json["password"]) > 12) == (200, "confirmed", True)
    assert who["aq.admin"].post(f"{place}:decide", json={"act": "confirm"}).status_code == 409
    read = who["sj.admin"].get(place)
    assert (read.json["decided_by"], done.json["password"] in read.text) == ("aq.admin", False)
    made = who["sj.admin"].get("/accounts/zr.st.new").json
    assert (made["roles"], made["must_change"], made["unit_name"] != "") == (["district_officer"], True, True)
    assert not {"password_hash", "phone", "secret"} & made.keys()


def test_roles_change_and_an_account_is_locked_and_opened_by_request(city: CityRig, app: Flask) -> None:
    who = callers(city, app)
    for kind, wanted in (("change", {**WANTED, "roles": ["section_head"]}), ("close", None), ("open", None)):
        body = {"kind": kind, "login": "zr.tz", "wanted": wanted, "reason": "演示：岗位调整"}
        asked = who["xt.admin"].post("/account-requests", keyed(kind), json=body).json
        assert who["aq.admin"].post(f"/account-requests/{asked['id']}:decide", json={"act": "confirm"}).json == {
            "state": "confirmed", "password": "",
        }  # fmt: skip
        (row,) = city.rows(officer, login="zr.tz")
        assert (row["roles"], row["is_active"]) == (["section_head"], kind != "close")
    listed = who["sj.admin"].get("/account-requests?state=confirmed").json
    assert [one["kind"] for one in listed] == ["open", "close", "change"]


def test_sessions_are_revoked_with_a_reason_that_is_kept(city: CityRig, app: Flask) -> None:
    who = callers(city, app)
    secret = city.app.identity.sign_in("zr.st", "demo-2026", "", "").secret
    for _ in range(5):
        app.test_client()
    answer = who["aq.admin"].post("/accounts/zr.st:end-sessions", json={"reason": "演示：手机丢失"})
    assert (answer.status_code, answer.json) == (200, {"ended": 1})
    assert city.app.identity.actor_of(secret) is None
    (row,) = city.rows(audit_event, kind="sessions-revoked")
    assert (row["actor"], row["object"], row["detail"]) == (
        "aq.admin", "zr.st", {"reason": "演示：手机丢失", "sessions": 1},
    )  # fmt: skip
    assert who["xt.admin"].post("/accounts/zr.st:end-sessions", json={"reason": "演示：手机丢失"}).status_code == 403
    assert who["aq.admin"].post("/accounts/nobody:end-sessions", json={"reason": "演示：手机丢失"}).status_code == 404


def test_lists_go_page_by_page_and_only_administrators_read_them(city: CityRig, app: Flask) -> None:
    who, after, seen = callers(city, app), "", []
    while True:
        page = who["sj.admin"].get("/accounts", query_string={"after": after}).json
        seen += [row["login"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert seen == sorted(row["login"] for row in city.rows(officer))
    assert [row["login"] for row in who["xt.admin"].get("/accounts?q=sj.admin").json["rows"]] == ["sj.admin"]
    for path in ("/accounts", "/accounts/zr.st", "/account-requests"):
        assert who["zr.st"].get(path).status_code == 403
    assert who["sj.admin"].get("/accounts/nobody").status_code == 404


def test_what_cannot_be_asked_for_is_named_by_field(city: CityRig, app: Flask) -> None:
    asker = callers(city, app)["xt.admin"]
    for body, field in (
        ({**NEW, "wanted": None}, "wanted"), ({**NEW, "kind": "close"}, "wanted"), ({**NEW, "kind": "x"}, "kind"),
        ({**NEW, "wanted": {**WANTED, "unit": "NOWHERE"}}, "unit"), ({**NEW, "reason": "看"}, "reason"),
        ({**NEW, "login": "有空 格"}, "login"), ({**NEW, "wanted": {**WANTED, "roles": ["x"]}}, "0"),
        ({**NEW, "wanted": {**WANTED, "roles": ["security_administrator", "leader"]}}, "roles"),
    ):  # fmt: skip
        answer = asker.post("/account-requests", keyed("k"), json=body)
        assert answer.status_code == 422, body
        assert field in [one["field"] for one in answer.json["errors"]], answer.json
    assert asker.post("/account-requests", json=NEW).status_code == 400  # no key
    assert city.rows(account_request) == []
