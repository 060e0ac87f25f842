"""The webhook and the screens of alerts: who may do what, and what every refusal says."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.alerts import DEVICE, FIELD, PATH, PNG, POLICY, TRUE, WATCH, device, key_for, row, signed
from tests.processes.rig import CityRig
from web.app import create_app
from workflows.alerts.keys import IssuedKey
from workflows.alerts.signatures import headers_for
from workflows.alerts.simulator import reports
from workflows.records.alerts import alert, alert_evidence, alert_parameter, monitoring_device

pytestmark = pytest.mark.clause("zz2020/2.7", "xzcf/41")
Client = Callable[[str], FlaskClient]
SENT = {"device": "CAM-01", "source_key": "S-1", "class": "quarrying", "confidence": 0.87}


def send(city: CityRig, key: IssuedKey, body: bytes | None = None, **changes: Any) -> Any:
    """Send a report to the real address; answers the response."""
    when = {"happened_at": city.clock.now().isoformat()}
    raw = orjson.dumps({**SENT, **when, **changes}) if body is None else body
    headers = headers_for(signed(city, key, raw), key.secret)
    return create_app(city.app).test_client().post(PATH, data=raw, headers=headers, content_type="application/json")


@pytest.fixture
def key(city: CityRig) -> IssuedKey:
    return key_for(city, device(city))


def test_a_signed_report_is_kept_once_and_every_refusal_is_a_problem_document(city: CityRig, key: IssuedKey) -> None:
    first = send(city, key)
    assert (first.status_code, first.json["number"], first.json["advice"]) == (201, "YJ2026-00001", "look")
    assert first.headers["Location"] == "/api/v1/alerts/YJ2026-00001"
    again = send(city, key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.json["alert_id"] == first.json["alert_id"]
    client = create_app(city.app).test_client()
    raw = orjson.dumps({**SENT, "source_key": "S-2", "happened_at": city.clock.now().isoformat()})
    once = headers_for(signed(city, key, raw), key.secret)
    assert client.post(PATH, data=raw, headers=once, content_type="application/json").status_code == 201
    refusals = {
        "report-replayed": client.post(PATH, data=raw, headers=once, content_type="application/json"),
        "signature-refused": client.post(PATH, json=SENT),
        "alert-key-reused": send(city, key, note="别的内容"),
        "device-unknown": send(city, key, device="CAM-77"),
        "form-invalid": send(city, key, **{"source_key": "S-3", "class": "ufo"}),
        "invalid": send(city, key, confidence=7),
        "http-400": send(city, key, body=b"{"),
    }
    statuses = {code: answer.status_code for code, answer in refusals.items()}
    assert statuses == {
        "report-replayed": 409, "signature-refused": 401, "alert-key-reused": 409, "device-unknown": 403,
        "form-invalid": 422, "invalid": 422, "http-400": 400,
    }  # fmt: skip
    for code, answer in refusals.items():
        assert (answer.content_type, answer.json["code"]) == ("application/problem+json", code)
        assert answer.json["detail"]
    assert refusals["signature-refused"].headers["WWW-Authenticate"].startswith("Xianjie-HMAC-SHA256")
    assert len(city.rows(alert)) == 2


def test_the_simulator_signs_as_a_vendor_does(city: CityRig, key: IssuedKey) -> None:
    cameras = [dict(one) for one in city.rows(monitoring_device)]
    made = list(reports(cameras, ["quarrying", "dumping"], 2, city.clock.now(), "s"))
    assert made == list(reports(cameras, ["quarrying", "dumping"], 2, city.clock.now(), "s"))
    assert [send(city, key, body=orjson.dumps(one)).status_code for one in made] == [201, 201]
    kept = city.rows(alert_evidence)
    assert ({one["media_type"] for one in kept}, len(kept)) == ({"image/png"}, 2)


def test_programs_decide_and_read_and_evidence_is_refused_before_its_review(
    city: CityRig, key: IssuedKey, caller: Client
) -> None:
    numbers = [send(city, key, source_key=f"S-{n}").json["number"] for n in range(3)]
    watch, field = caller(WATCH), caller(FIELD)
    path = "/api/v1/alerts"
    page = watch.get(f"{path}?limit=2").json
    assert (page["total"], [one["number"] for one in page["alerts"]]) == (3, [numbers[2], numbers[1]])
    rest = watch.get(f"{path}?limit=2&after={page['next']}").json
    assert ([one["number"] for one in rest["alerts"]], rest["next"]) == ([numbers[0]], "")
    assert caller("zr.xc").get(f"{path}/{numbers[0]}").status_code == 404
    assert field.post(f"{path}/{numbers[0]}:dismiss", json={"kind": "false"}).status_code == 403
    assert watch.post(f"{path}/{numbers[0]}:dismiss", json={"kind": "rain"}).status_code == 422
    done = watch.post(f"{path}/{numbers[0]}:dismiss", json={"kind": "duplicate"}).json
    assert (done["state"], done["dismissal"]) == ("dismissed", "duplicate")
    assert watch.post(f"{path}/{numbers[0]}:confirm", json={}).json["code"] == "alert-decided"
    assert watch.post(f"{path}/{numbers[0]}:undo").json["state"] == "new"
    city.clock.advance(timedelta(minutes=11))
    assert watch.post(f"{path}/{numbers[0]}:dismiss", json={"kind": "false"}).status_code == 200
    city.clock.advance(timedelta(minutes=10))
    assert watch.post(f"{path}/{numbers[0]}:undo").json["code"] == "undo-too-late"
    assert watch.post(f"{path}/{numbers[1]}:confirm", json={"note": "看东侧"}).json["state"] == "on_site"
    sha = hashlib.sha256(PNG).hexdigest()
    sent = watch.put(f"{path}/{numbers[2]}/files/{sha}", data=PNG, content_type="image/png")
    assert (sent.status_code, sent.json["sha256"]) == (201, sha)
    assert watch.put(f"{path}/{numbers[2]}/files/{'0' * 64}", data=PNG).json["code"] == "evidence-refused"
    assert watch.get(f"{path}/{numbers[2]}/files/{sha}").data == PNG
    assert watch.get(f"{path}/{numbers[2]}/evidence/{sha}").json["code"] == "evidence-not-reviewed"
    numbers_of = watch.get("/api/v1/alert-statistics?days=7").json
    assert (numbers_of["alerts"], numbers_of["decided"], numbers_of["true"]) == (3, 1, 0)
    assert watch.get("/api/v1/alert-listings").json == []


def test_programs_keep_the_register_and_a_secret_is_answered_once(city: CityRig, caller: Client) -> None:
    head = caller("ks.zf.kz")
    answers = {**DEVICE, "code": "CAM-05", "object_id": None}
    path = "/api/v1/monitoring-devices"
    once = {"Idempotency-Key": "k1"}
    made = head.post(path, json={"answers": answers}, headers=once)
    assert made.status_code == 201
    assert head.post(path, json={"answers": answers}, headers=once).json == made.json
    mine = f"{path}/{made.json['id']}"
    assert head.post(path, json={"answers": answers}, headers={"Idempotency-Key": "k2"}).status_code == 422
    assert caller(FIELD).get(mine).json["legal"] == "red"
    assert caller("zr.xc").get(mine).status_code == 404
    review = {
        "kind": "legal", "number": "L1", "issuer": "演示", "valid_from": "2026-01-01", "valid_until": "2026-03-20",
    }  # fmt: skip
    assert head.post(f"{mine}/reviews", json={"answers": review}).status_code == 201
    wrong = {**review, "number": "L2", "valid_until": "2025-01-01"}
    assert head.post(f"{mine}/reviews", json={"answers": wrong}).status_code == 422
    shown = {"published_on": "2026-02-01", "published_at": "演示公告", "sign_on": "2026-02-01"}
    assert head.put(f"{mine}/publication", json={"answers": shown}).json["is_public"] is True
    assert head.get(mine).json["legal"] == "yellow"
    issued = head.post(f"{mine}/keys", json={})
    assert issued.status_code == 201
    assert issued.json["secret"] not in head.get(mine).text
    assert head.put(f"{mine}/state", json={"state": "suspended"}).json["state"] == "suspended"
    assert head.delete(f"{mine}/keys/{issued.json['key_id']}").status_code == 204
    assert head.delete(f"{mine}/keys/none").status_code == 404


def post(client: FlaskClient, path: str, source: str, **form: Any) -> Any:
    data = {"csrf_token": token_of(client.get(source).text), **form}
    return client.post(path, data=data, content_type="multipart/form-data")


def test_the_screens_dismiss_take_back_send_and_keep_photographs(
    city: CityRig, key: IssuedKey, client_of: Client
) -> None:
    numbers = [send(city, key, source_key=f"S-{n}").json["number"] for n in range(4)]
    watch, field = client_of(WATCH), client_of(FIELD)
    post(watch, "/alerts/dismiss", "/alerts", one=f"{numbers[0]}|lawful")
    assert row(city, numbers[0])["dismissal"] == "lawful"
    assert f"撤销忽略 {numbers[0]}" in watch.get("/alerts").text
    post(watch, f"/alerts/{numbers[0]}/undo", "/alerts")
    assert row(city, numbers[0])["state"] == "new"
    post(watch, "/alerts/dismiss", "/alerts", all="false", number=numbers[:2])
    assert [row(city, one)["state"] for one in numbers] == ["dismissed", "dismissed", "new", "new"]
    late = post(watch, "/alerts/dismiss", "/alerts", one=f"{numbers[0]}|false")
    assert "已由" in watch.get(late.headers["Location"]).text
    post(watch, f"/alerts/{numbers[2]}/confirm", f"/alerts/{numbers[2]}", field_unit="NR-SZ", decision_note="看东侧")
    task = city.tasks("check_site")[0]
    assert field.get(f"/tasks/{task.id}").headers["Location"] == f"/alerts/{numbers[2]}"
    page = field.get(f"/alerts/{numbers[2]}").text
    assert "看东侧" in page
    assert "剩 2 小时" in page
    path = f"/alerts/{numbers[2]}/site"
    bad = post(field, path, f"/alerts/{numbers[2]}", **{**TRUE, "party_name": ""})
    assert (bad.status_code, 'href="#party_name"' in bad.text) == (422, True)
    wrong = post(field, path, f"/alerts/{numbers[2]}", **TRUE, photos=(io.BytesIO(b"text"), "a.txt"))
    assert (wrong.status_code, 'href="#photos"' in wrong.text) == (422, True)
    assert row(city, numbers[2])["verdict"] is None
    done = post(field, path, f"/alerts/{numbers[2]}", **TRUE, photos=(io.BytesIO(PNG), "a.png"))
    assert done.status_code == 302
    assert (row(city, numbers[2])["verdict"], city.rows(alert_evidence)[0]["kind"]) == ("true", "site")
    assert client_of("zr.xc").get(f"/alerts/{numbers[2]}").status_code == 404
    for screen in ("list?truth=true", "statistics", "listings", "devices", "tuning", "deletions"):
        assert watch.get(f"/alerts/{screen}").status_code == 200, screen
    assert numbers[2] in watch.get("/alerts/list?truth=true&days=7&hour=10&class=quarrying").text
    assert numbers[3] not in watch.get("/alerts/list?truth=decided").text
    assert watch.get(f"/alerts/devices/{city.rows(monitoring_device)[0]['id']}").status_code == 200


def test_numbers_behind_the_advice_are_changed_with_a_reason_within_bounds(city: CityRig, client_of: Client) -> None:
    path = "/alerts/tuning/least_sample"
    policy = client_of(POLICY)
    wide = post(policy, path, path, value="2", reason="太少")
    assert (wide.status_code, "应在 3 与 100 之间" in wide.text) == (422, True)
    assert post(policy, path, path, value="8", reason="演示：样本再多一些").status_code == 302
    assert [one["value"] for one in city.rows(alert_parameter)] == [8]
    assert "演示：样本再多一些" in policy.get("/alerts/tuning").text
    assert post(client_of(WATCH), path, "/alerts/tuning", value="9", reason="不行").status_code == 403
    assert post(policy, "/alerts/tuning/none", path, value="9", reason="不行").status_code == 404
