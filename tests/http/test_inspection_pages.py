"""Inspections on screen and by program: whoever is concerned, exactly once, and files that stay files."""

import re
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from docx import Document
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.http.inspection_posts import ANSWERS, Client
from tests.processes.inspections import (
    HEAD,
    OFFICER,
    OTHER_HEAD,
    PHOTO,
    PHOTO_HASH,
    REFUSED,
    REQUEST,
    assigned,
    found,
    put_photo,
    record,
    row,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows.records.inspections import evidence_file, inspection, inspection_record

pytestmark = pytest.mark.clause("zz2020/2.5")


def sheet(city: CityRig, inspection_id: UUID, verdict: str = "yes") -> dict[str, str]:
    return {f"line_{line['code']}": verdict for line in row(city, inspection_id)["sheet"]}


def post(client: FlaskClient, path: str, page: str = "", **answers: Any):
    token = token_of(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **answers}, content_type="multipart/form-data")


def filled(city: CityRig, inspection_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "client_id": str(uuid4()), "started_at": "2026-03-02T09:30", "ended_at": "2026-03-02T10:00",
        "result": "no_problem", "summary": "现场整洁", "signature": "signed", "signer": "演示·当事人",
        **sheet(city, inspection_id), **changes,
    }  # fmt: skip


def test_an_inspection_is_begun_from_the_form_once(city: CityRig, client_of: Client) -> None:
    client = client_of(HEAD)
    page = client.get("/inspections/new").text
    answers = {"csrf_token": token_of(page), "key": "k-1", **ANSWERS}
    first = client.post("/inspections/new", data=answers)
    again = client.post("/inspections/new", data=answers)
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert len(city.rows(inspection)) == 1
    shown = client.get(first.location).text
    assert "JC2026-00001" in shown
    assert "安排检查人员" in shown


@pytest.mark.parametrize("field", ["kind", "item_code", "party_name", "site", "area", "unit", "reason"])
def test_a_request_without_a_part_is_refused_at_its_field(city: CityRig, client_of: Client, field: str) -> None:
    answer = post(client_of(HEAD), "/inspections/new", **{**ANSWERS, field: ""})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert city.rows(inspection) == []


@pytest.mark.clause("zz2020/2.3")
def test_a_random_inspection_is_not_begun_by_hand(city: CityRig, client_of: Client) -> None:
    answer = post(client_of(HEAD), "/inspections/new", **{**ANSWERS, "kind": "random"})
    assert answer.status_code == 422
    assert city.rows(inspection) == []


def test_an_inspection_of_a_permit_is_filled_from_its_case(busy: CityRig, client_of: Client) -> None:
    key = busy.tasks()[0].business_key
    page = client_of("zr.sz").get(f"/inspections/new?case={key}").text
    assert 'value="演示置业有限公司"' in page
    assert 'value="光明路 1 号"' in page
    stranger = client_of("zr.xc").get(f"/inspections/new?case={key}")
    assert stranger.status_code == 404


def test_the_list_shows_each_what_concerns_them(city: CityRig, client_of: Client) -> None:
    mine, other = assigned(city), started(city, "zr.xc", unit="NR-XC", area="370403")
    for login, scope, seen, unseen in (
        (OFFICER, "mine", mine, other), (OFFICER, "all", mine, other), ("zr.xc", "all", other, mine),
    ):  # fmt: skip
        text = client_of(login).get(f"/inspections?scope={scope}").text
        assert seen.number in text, login
        assert unseen.number not in text, login
    everything = client_of("zc.fagui").get("/inspections?scope=all").text
    assert mine.number in everything
    assert other.number in everything
    assert client_of("zr.xc").get(f"/inspections/{mine.inspection_id}").status_code == 404


def test_filters_are_in_the_address_and_pages_follow_by_key(city: CityRig, client_of: Client) -> None:
    numbers = [started(city).number for _ in range(3)]
    client = client_of(HEAD)
    assert numbers[0] in client.get("/inspections?state=opened&kind=onsite&q=演示置业").text
    assert numbers[0] not in client.get("/inspections?state=closed").text
    assert "没有符合条件的检查" in client.get("/inspections?kind=joint").text
    assert client.get("/inspections?after=forged").status_code == 422


def test_a_record_with_photos_is_submitted_without_javascript(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    client, path = client_of(OFFICER), f"/inspections/{done.inspection_id}/record"
    photos = [(BytesIO(PHOTO), "正面.jpg"), (BytesIO(PHOTO + b"2"), "侧面.jpg")]
    answer = post(client, path, **filled(city, done.inspection_id), photos=photos)
    assert answer.status_code == 302
    kept = city.rows(inspection_record)[0]
    assert [one["kind"] for one in kept["evidence"]] == ["photo", "photo"]
    assert kept["started_at"].isoformat() == "2026-03-02T01:30:00+00:00"
    shown = client.get(f"/inspections/{done.inspection_id}").text
    assert f"evidence/{PHOTO_HASH}" in shown
    assert "现场整洁" in shown


def test_a_refused_record_keeps_its_files_and_what_was_typed(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    client, path = client_of(OFFICER), f"/inspections/{done.inspection_id}/record"
    wrong = filled(city, done.inspection_id, summary="", signature="refused", signer="", refusal_reason="不愿签字")
    answer = post(client, path, **wrong, photos=[(BytesIO(PHOTO), "正面.jpg")])
    assert answer.status_code == 422
    for part in ('href="#summary"', 'href="#witnesses"', PHOTO_HASH[:8], "不愿签字", 'value="2026-03-02T09:30"'):
        assert part in answer.text, part
    client_id = re.search(r'name="client_id" value="([^"]+)"', answer.text)
    assert client_id is not None
    assert client_id[1] == wrong["client_id"]
    again = {**wrong, "summary": "现场整洁", "witnesses": "演示·社区干部"}
    assert post(client, path, **again).status_code == 302
    kept = city.rows(inspection_record)[0]
    assert [one["sha256"] for one in kept["evidence"]] == [PHOTO_HASH]
    assert kept["signature"]["witnesses"] == ["演示·社区干部"]


def test_a_file_that_is_no_picture_is_named_and_nothing_is_submitted(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    path = f"/inspections/{done.inspection_id}/record"
    program = [(BytesIO(b"MZ\x90"), "照片.jpg")]
    answer = post(client_of(OFFICER), path, **filled(city, done.inspection_id), photos=program)
    assert answer.status_code == 422
    assert "照片.jpg" in answer.text
    assert city.rows(inspection_record) == city.rows(evidence_file) == []


def test_the_second_inspector_learns_that_the_first_was_quicker(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    path = f"/inspections/{done.inspection_id}/record"
    slow = client_of(HEAD)
    token = token_of(slow.get(path).text)
    submit(city, record(city, done.inspection_id), OFFICER)
    answer = slow.post(
        path, data={"csrf_token": token, **filled(city, done.inspection_id, summary="我写的情况")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 409
    assert f"{city.actor(OFFICER).name}已于 2026-03-02 10:00 提交" in answer.text
    assert "我写的情况" in answer.text


def test_the_task_of_a_record_leads_to_its_own_page(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    answer = client_of(OFFICER).get(f"/tasks/{city.tasks('record_findings')[0].id}")
    assert answer.location.endswith(f"/inspections/{done.inspection_id}")


def test_recusal_is_taken_down_on_the_page(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    path = f"/inspections/{done.inspection_id}/recusal"
    answers = {"officer": OFFICER, "asked_by": "演示·当事人", "recusal_reason": "系亲属"}
    assert post(client_of(HEAD), path, **answers).status_code == 302
    assert "待决定" in client_of(HEAD).get(f"/inspections/{done.inspection_id}").text
    twice = post(client_of(HEAD), path, **answers)
    assert twice.status_code == 422
    assert "正在审查" in twice.text


@pytest.mark.clause("gbf2024-54/documents")
def test_the_record_is_printed_as_word_and_pdf(city: CityRig, client_of: Client) -> None:
    done = assigned(city)
    client = client_of(OFFICER)
    assert client.get(f"/inspections/{done.inspection_id}/record.pdf").status_code == 404
    put_photo(city, done.inspection_id)
    evidence = [{"sha256": PHOTO_HASH, "name": "正面照片", "kind": "photo", "taken_at": None}]
    submit(city, record(city, done.inspection_id, signature=REFUSED, evidence=evidence))
    pdf = client.get(f"/inspections/{done.inspection_id}/record.pdf")
    assert pdf.data.startswith(b"%PDF-")
    assert "attachment" in pdf.headers["Content-Disposition"]
    word = client.get(f"/inspections/{done.inspection_id}/record.docx")
    document = Document(BytesIO(word.data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "当事人拒绝签字：不愿签字。见证人：演示·社区干部" in text
    assert f"1. 正面照片（照片，SHA-256 {PHOTO_HASH[:16]}…）" in text
    known, answered = document.tables
    assert known.rows[0].cells[1].text == REQUEST["party_name"]
    assert [row.cells[0].text for row in answered.rows] == ["结论", *["符合"] * 6]
    assert "{" not in text
    assert client.get(f"/inspections/{done.inspection_id}/record.html").status_code == 404
    assert client_of("zr.xc").get(f"/inspections/{done.inspection_id}/record.pdf").status_code == 404


def test_the_letters_to_the_party_are_files(city: CityRig, client_of: Client) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, decision="confirm", handling="rectify", requirements="拆除加建部分")
    page = client_of(OFFICER).get(f"/inspections/{done.inspection_id}").text
    files = re.findall(r'href="(/letters/[^"]+\.pdf)"', page)
    assert len(files) == 2
    assert all(client_of(OFFICER).get(path).data.startswith(b"%PDF-") for path in files)
