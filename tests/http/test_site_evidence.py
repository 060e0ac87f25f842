"""Photos of checks and patrols: added by the unit that goes there, seen by whom the permit concerns, kept by hash."""

import hashlib
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.building import CHECKER, checks, claimed, request
from tests.processes.rig import CityRig
from workflows.records.audit import audit_event
from workflows.records.construction import patrol
from workflows.records.inspections import evidence_file

pytestmark = pytest.mark.clause("zz2020/1.1/patrol")
Client = Callable[[str], FlaskClient]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
DIGEST = hashlib.sha256(PNG).hexdigest()
SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}


@pytest.fixture
def place(city: CityRig) -> str:
    """A check that was asked for."""
    claimed(city)
    city.complete("acknowledge_copy", "cg.sz", **SIGN)
    city.run()
    request(city, "sign_board")
    return f"/site-evidence/checks/{checks(city, 'sign_board')[0]['id']}"


def upload(client: FlaskClient, path: str, content: bytes) -> str:
    data = {"csrf_token": token_of(client.get(path).text), "files": [(BytesIO(content), "x.png")]}
    return client.post(path, data=data, content_type="multipart/form-data", follow_redirects=True).text


def test_a_photo_is_kept_once_by_its_hash_and_only_ever_downloaded(
    city: CityRig, place: str, client_of: Client
) -> None:
    officer = client_of(CHECKER)
    task = city.tasks("check_line")[0]
    assert f'href="{place}"' in officer.get(f"/tasks/{task.id}").text
    for _ in "ab":
        assert DIGEST[:12] in upload(officer, place, PNG)
    assert "只接受照片" in upload(officer, place, b"<script>")
    (row,) = city.rows(evidence_file)
    assert (row["sha256"], row["owner"], row["uploaded_by"]) == (DIGEST, "construction_check", CHECKER)
    answer = officer.get(f"{place}/{DIGEST}")
    assert (answer.data, answer.headers["Content-Disposition"].split(";")[0]) == (PNG, "attachment")
    assert officer.get(f"{place}/{'0' * 64}").status_code == 404
    kept, read = (city.rows(audit_event, kind=kind) for kind in ("file-kept", "file-read"))
    assert [row["detail"]["rows"][0]["after"]["sha256"] for row in kept] == [DIGEST]
    assert [(row["actor"], row["object"], row["ip"]) for row in read] == [(CHECKER, DIGEST, "127.0.0.1")]


def test_others_see_it_only_when_the_permit_concerns_them_and_add_nothing(
    city: CityRig, place: str, client_of: Client, caller: Client
) -> None:
    upload(client_of(CHECKER), place, PNG)
    squad = client_of("cg.sz")
    assert DIGEST[:12] in squad.get(place).text
    assert 'type="file"' not in squad.get(place).text
    assert caller("cg.sz").post(f"/api/v1{place}", data=PNG).status_code == 403
    for stranger in ("zr.xc", "cg.xc"):
        assert client_of(stranger).get(place).status_code == 404
        assert client_of(stranger).get(f"{place}/{DIGEST}").status_code == 404
        assert caller(stranger).post(f"/api/v1{place}", data=PNG).status_code == 404


def test_the_squad_adds_to_its_patrol_by_program(city: CityRig, place: str, caller: Client) -> None:
    address = f"/api/v1/site-evidence/patrols/{city.rows(patrol)[0]['id']}"
    squad = caller("cg.sz")
    assert [squad.post(address, data=PNG).status_code for _ in "ab"] == [201, 200]
    assert [one["sha256"] for one in squad.get(address).json["files"]] == [DIGEST]
    assert squad.get(f"{address}/{DIGEST}").data == PNG
    assert squad.post(address, data=b"").status_code == 422
    assert caller(CHECKER).post(address, data=PNG).status_code in (403, 404)
