"""The phone's pages and its interface: nothing personal in what is cached, nothing mixed, nothing twice."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from tests.processes.inspections import HEAD, OFFICER, PHOTO, PHOTO_HASH, assigned, record
from tests.processes.rig import CityRig
from web.app import create_app
from web.field_assets import read_assets
from workflows.records.field import inspection_supplement
from workflows.records.inspections import inspection_record

Client = Callable[[str], FlaskClient]
pytestmark = [pytest.mark.clause("zz2020/2.5")]
TASKS = "/api/v1/field/tasks"


def send(client: FlaskClient, city: CityRig, kind: str = "record", key: str = "", **changes: object):
    """Send a complete record of the only task, or of the given one."""
    task = changes.pop("task", None) or client.get(TASKS).json["tasks"][0]
    content = record(city, UUID(task["inspection_id"]), **changes)
    path = f"{TASKS}/{task['task_id']}/{kind}"
    return client.post(path, json={"record": content}, headers={"Idempotency-Key": key or str(uuid4())})


def test_the_page_holds_nothing_of_anybody(city: CityRig, client_of: Client) -> None:
    assigned(city)
    one, other = client_of(OFFICER).get("/field/"), client_of("zr.sz").get("/field/")
    assert one.text == other.text
    assert "演示" not in one.text
    assert "csrf" not in one.text
    assert "工作台" in one.text
    assert 'href="/tasks"' in one.text


def test_the_page_asks_strangers_to_sign_in_and_its_parts_are_open(city: CityRig) -> None:
    client = create_app(city.app).test_client()
    assert client.get("/field/").headers["Location"] == "/sign-in?next=/field/"
    assert client.get("/field").headers["Location"].endswith("/field/")
    assert client.get("/field/sw.js").status_code == 200
    assert client.get("/field/manifest.webmanifest").json["start_url"] == "/field/"


def test_every_part_lies_under_the_hash_of_all_and_no_other(city: CityRig) -> None:
    app = create_app(city.app)
    client, version = app.test_client(), app.extensions["xianjie-field"].version
    for script in ("sw.js", "sw-plain.js"):
        assert set(re.findall(r"/field/a/(\w+)/", client.get(f"/field/{script}").text)) == {version}
    setup = client.get(f"/field/a/{version}/setup.js")
    names = re.findall(r'"([\w./-]+\.(?:js|css|png))"', setup.text)
    assert "js/field/app.js" in names
    for name in names:
        found = client.get(f"/field/a/{version}/{name}")
        assert (found.status_code, found.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable"), name
        assert client.get(f"/field/a/{'0' * 16}/{name}").status_code == 404
    imported = {
        name
        for source in app.extensions["xianjie-field"].files.values()
        for name in re.findall(r'from "\./(\w+\.js)"', source.content.decode("utf-8", "ignore"))
    }
    assert {f"js/field/{name}" for name in imported} <= set(names)


def test_any_change_makes_another_version(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("web")
    for name in (
        "static/js/field/app.js",
        "static/css/tokens.css",
        "static/css/field.css",
        "templates/field/shell.html",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one", encoding="utf-8")
    versions = [read_assets(folder).version]
    for name in ("static/js/field/app.js", "static/css/field.css", "templates/field/shell.html"):
        (folder / name).write_text("two", encoding="utf-8")
        versions.append(read_assets(folder).version)
    (folder / "static/js/field/more.js").write_text("two", encoding="utf-8")
    versions.append(read_assets(folder).version)
    assert len(set(versions)) == len(versions)


def test_unchanged_tasks_are_not_sent_again(city: CityRig, client_of: Client) -> None:
    assigned(city)
    client = client_of(OFFICER)
    first = client.get(TASKS)
    assert first.json["person"]["login"] == OFFICER
    assert first.json["choices"]["results"][0]["value"] == "no_problem"
    again = client.get(TASKS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["X-CSRFToken"]
    assigned(city)
    assert client.get(TASKS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_strangers_get_no_tasks(city: CityRig, caller: Client) -> None:
    assigned(city)
    assert create_app(city.app).test_client().get(TASKS).status_code == 401
    assert caller("zr.sz").get(TASKS).json["tasks"] == []
    assert "X-CSRFToken" not in caller(OFFICER).get(TASKS).headers


def test_a_page_must_show_its_token(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    client = client_of(OFFICER)
    path = f"/api/v1/inspections/{done.inspection_id}/evidence/{PHOTO_HASH}"
    refused = client.put(path, data=PHOTO, content_type="image/jpeg")
    assert (refused.status_code, refused.json["code"]) == (400, "form-expired")
    token = {"X-CSRFToken": client.get(TASKS).headers["X-CSRFToken"]}
    kept = client.put(path, data=PHOTO, content_type="image/jpeg", headers=token)
    assert kept.status_code == 201


def test_a_record_is_kept_once_however_often_it_is_sent(city: CityRig, caller: Client) -> None:
    assigned(city)
    client, key = caller(OFFICER), str(uuid4())
    task = client.get(TASKS).json["tasks"][0]
    first, again = (send(client, city, key=key, task=task) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(city.rows(inspection_record)) == 1
    assert client.get(TASKS).json["tasks"] == []


def test_the_key_is_the_id_of_the_draft(city: CityRig, caller: Client) -> None:
    assigned(city)
    client = caller(OFFICER)
    task = client.get(TASKS).json["tasks"][0]
    refused = send(client, city, key="not a uuid", task=task)
    assert (refused.status_code, refused.json["code"]) == (400, "idempotency-key-missing")
    assert city.rows(inspection_record) == []


def test_the_second_record_is_told_of_the_first_and_can_be_added(city: CityRig, caller: Client) -> None:
    assigned(city)
    late = caller(OFFICER)
    task = late.get(TASKS).json["tasks"][0]
    assert send(caller(HEAD), city, task=task, summary="先到").status_code == 201
    refused = send(late, city, task=task, summary="后到")
    assert (refused.status_code, refused.json["code"]) == (409, "record-conflict")
    assert "提交本次检查的记录" in refused.json["detail"]
    kept = late.get(f"{TASKS}/{task['task_id']}/record").json
    assert (kept["summary"], kept["submitted_by_name"]) == ("先到", city.actor(HEAD).name)
    assert send(late, city, "supplement", task=task, summary="后到").status_code == 201
    assert [one["content"]["summary"] for one in city.rows(inspection_supplement)] == ["后到"]


def test_a_refused_record_names_the_fields(city: CityRig, caller: Client) -> None:
    assigned(city)
    refused = send(caller(OFFICER), city, signature=None)
    assert (refused.status_code, refused.json["code"]) == (422, "form-invalid")
    assert [one["field"] for one in refused.json["errors"]] == ["signature"]


def test_the_inspection_shows_what_was_added_to_those_it_concerns(
    city: CityRig, caller: Client, client_of: Client
) -> None:
    done = assigned(city)
    task = caller(OFFICER).get(TASKS).json["tasks"][0]
    send(caller(HEAD), city, task=task)
    send(caller(OFFICER), city, "supplement", task=task, summary="后到的补充")
    page = client_of(HEAD).get(f"/inspections/{done.inspection_id}")
    assert "补充说明 1" in page.text
    assert "后到的补充" in page.text
    assert client_of("zr.sz").get(f"/inspections/{done.inspection_id}").status_code == 404
