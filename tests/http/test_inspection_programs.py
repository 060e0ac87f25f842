"""Files and programs around inspections: exactly once, and files that stay files."""

import hashlib
from uuid import uuid4

import pytest

from tests.http.inspection_posts import ANSWERS, Client
from tests.processes.inspections import (
    HEAD,
    OFFICER,
    OTHER_HEAD,
    PHOTO,
    PHOTO_HASH,
    REQUEST,
    assigned,
    put_photo,
    record,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows.records.inspections import inspection

pytestmark = pytest.mark.clause("zz2020/2.5")


def test_a_file_is_a_download_that_no_browser_runs(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    put_photo(city, done.inspection_id)
    answer = client_of(OFFICER).get(f"/inspections/{done.inspection_id}/evidence/{PHOTO_HASH}")
    assert answer.data == PHOTO
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client_of("zr.xc").get(f"/inspections/{done.inspection_id}/evidence/{PHOTO_HASH}").status_code == 404
    assert client_of(OFFICER).get(f"/inspections/{done.inspection_id}/evidence/{'0' * 64}").status_code == 404


def test_a_program_starts_an_inspection_once(city: CityRig, caller: Client) -> None:
    client, body = caller(HEAD), {"answers": ANSWERS}
    assert client.post("/api/v1/inspections", json=body).status_code == 400
    first = client.post("/api/v1/inspections", json=body, headers={"Idempotency-Key": "a"})
    again = client.post("/api/v1/inspections", json=body, headers={"Idempotency-Key": "a"})
    assert (first.status_code, first.json) == (201, again.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    read = client.get(first.headers["Location"]).json
    assert read["inspection"]["number"] == first.json["number"] == "JC2026-00001"
    assert len(city.rows(inspection)) == 1


def test_a_program_may_not_start_one_for_another_unit(city: CityRig, caller: Client) -> None:
    body = {"answers": {**ANSWERS, "unit": "NR-XC"}}
    answer = caller(HEAD).post("/api/v1/inspections", json=body, headers={"Idempotency-Key": "a"})
    assert answer.status_code == 422
    assert city.rows(inspection) == []


def test_a_program_pages_through_the_list(city: CityRig, caller: Client) -> None:
    numbers = [started(city).number for _ in range(5)]
    client, seen, after = caller(HEAD), [], ""
    for _ in range(3):
        page = client.get(f"/api/v1/inspections?limit=2&after={after}".replace("+", "%2B")).json
        seen += [line["inspection"]["number"] for line in page["rows"]]
        after = page["next"]
    assert seen == numbers[::-1]
    assert after == ""
    assert page["rows"][0]["clock"]["title"] == "安排检查人员"
    assert client.get("/api/v1/inspections?after=x").status_code == 422
    assert client.get("/api/v1/inspections?state=unknown").status_code == 422


def test_a_program_sends_files_by_hash_and_the_record_once(city: CityRig, caller: Client) -> None:
    done = assigned(city)
    client, place = caller(OFFICER), f"/api/v1/inspections/{done.inspection_id}"
    evidence = [{"sha256": PHOTO_HASH, "name": "正面照片", "kind": "photo", "taken_at": None}]
    body = {"client_id": str(uuid4()), "record": record(city, done.inspection_id, evidence=evidence)}
    missing = client.post(f"{place}/record", json=body)
    assert (missing.status_code, missing.json["code"]) == (409, "evidence-missing")
    assert PHOTO_HASH in missing.json["errors"][0]["message"]
    sent = [
        client.put(f"{place}/evidence/{PHOTO_HASH}", data=PHOTO, content_type="image/jpeg").status_code
        for _ in range(2)
    ]
    assert sent == [201, 200]
    first, again = (client.post(f"{place}/record", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    other = caller(HEAD).post(f"{place}/record", json={**body, "client_id": str(uuid4())})
    assert (other.status_code, other.json["code"]) == (409, "record-conflict")
    assert city.actor(OFFICER).name in other.json["detail"]
    assert client.get(f"{place}/evidence/{PHOTO_HASH}").data == PHOTO
    assert caller("zr.xc").get(f"{place}/evidence/{PHOTO_HASH}").status_code == 404
    assert caller("zr.xc").post(f"{place}/record", json=body).status_code == 404
    wrong = client.put(f"{place}/evidence/{'0' * 64}", data=PHOTO, content_type="image/jpeg")
    assert (wrong.status_code, wrong.json["code"]) == (422, "evidence-refused")


@pytest.mark.clause("zz2020/2.2")
def test_a_program_reads_the_official_fields(city: CityRig, caller: Client) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, decision="confirm")
    fields = caller(OFFICER).get(f"/api/v1/inspections/{done.inspection_id}/official").json["fields"]
    assert len(fields) == 29
    assert fields["check_action_code"] == done.number
    assert fields["check_personnel_code"] == "演示执法证0005;演示执法证0006"
    assert (fields["check_form"], fields["check_date"], fields["check_result"]) == ("01", "2026-03-02", "未发现问题")
    assert fields["administrative_cp"] == REQUEST["party_name"]


def test_the_hash_of_the_photo_is_what_it_says() -> None:
    assert hashlib.sha256(PHOTO).hexdigest() == PHOTO_HASH
