"""Subscriptions by the API: the secret is shown once, and inner addresses are refused."""

from tests.http.conftest import Client

WHERE = "/api/v1/engine/webhooks"


def test_a_subscription_is_made_changed_and_switched_off_by_the_api(caller: Client) -> None:
    admin = caller("xt.admin")
    given = {"name": "档案系统", "url": "https://93.184.216.34/hook", "kinds": ["case.completed"]}
    made = admin.put(WHERE, json=given)
    assert made.status_code == 201, made.text
    assert len(made.json["secret"]) >= 40
    [listed] = admin.get(WHERE).json
    assert (listed["name"], listed["is_active"], "secret" in listed) == ("档案系统", True, False)
    path = f"{WHERE}/{made.json['id']}"
    assert admin.put(path, json={"is_active": False}).json["secret"] is None
    assert admin.put(path, json={"renews_secret": True}).json["secret"] != made.json["secret"]
    assert admin.get(WHERE).json[0]["is_active"] is False
    assert admin.get("/api/v1/engine/webhook-deliveries?status=parked").json == []
    assert admin.get("/api/v1/engine/webhook-deliveries?status=eaten").status_code == 422
    for url in ("http://127.0.0.1:8000/", "https://169.254.169.254/latest", "https://[::1]/", "https://0x7f.1/"):
        answer = admin.put(WHERE, json={**given, "name": "x", "url": url})
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "url"), url
    unknown = "00000000-0000-7000-8000-000000000000"
    assert admin.put(f"{WHERE}/{unknown}", json={"is_active": True}).status_code == 404
    settled = admin.put(f"/api/v1/engine/webhook-deliveries/{unknown}/settlement", json={"is_dropped": True})
    assert settled.status_code == 409
    assert caller("zc.fagui").get(WHERE).status_code == 403
