"""Complaints on screen and by program: taken in three ways, and who complained is nowhere but behind one door."""

import io
import zipfile
from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from tests.http.conftest import stored, token_of
from tests.processes.complaint_steps import ANSWER, CASE, DESK, NAME, PHONE, SQUAD
from tests.processes.rig import CityRig
from workflows.complaints.export import OWN
from workflows.complaints.sheets import layouts_on
from workflows.records.audit import audit_event
from workflows.records.complaints import complaint, complaint_import_row, complaint_informant, complaint_look
from workflows.records.letters import letter
from workflows.uow import local_day_of

pytestmark = pytest.mark.clause("zz2020/2.6")
Client = Callable[[str], FlaskClient]
ADDRESS = "演示里弄九号"
SECRETS = (NAME, PHONE, ADDRESS)
HEADER = ("LDBH", "HRSJ", "XM", "LXDH", "CZDZ", "WTSD", "LDMD", "NRFL", "FYNR", "TSDX", "SFLM", "SFBM")


def answers(**more: object) -> dict[str, object]:
    given = {**CASE, "informant_address": ADDRESS, **more}
    return {name: value for name, value in given.items() if value not in (None, "", False)}


def send(client: FlaskClient, path: str, page: str = "", **data: object):
    form = {"csrf_token": token_of(client.get(page or path).text), **data}
    return client.post(path, data=form, content_type="multipart/form-data" if "file" in data else None)


def sheet(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> tuple[io.BytesIO, str]:
    book = Workbook()
    for row in (header, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return io.BytesIO(out.getvalue()), "演示工单.xlsx"


def hotline(number: str, **more: str) -> tuple[str, ...]:
    row = {
        "LDBH": number, "HRSJ": "2026-03-02 09:00:00", "XM": NAME, "LXDH": PHONE, "CZDZ": ADDRESS,
        "WTSD": "枣庄市市中区", "LDMD": "举报", "NRFL": "私挖滥采", "FYNR": f"{NAME}反映有人挖山，{PHONE}",
        "TSDX": "演示石料厂",        "SFLM": "否", "SFBM": "是", **more,
    }  # fmt: skip
    return tuple(row[name] for name in HEADER)


def secret_in(content: bytes) -> list[str]:
    """Return the secrets that a file says, looking into Office files."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            content = b"".join(file.read(name) for name in file.namelist())
    return [secret for secret in SECRETS if secret.encode() in content]


@pytest.fixture
def handled(city: CityRig, client_of: Client, caller: Client) -> str:
    """A complaint by the form, one by the API and two by a file; the first is answered, the API's is reopened."""
    desk = client_of(DESK)
    done = send(desk, "/complaints/new", **answers(source_no="F-1", place_kind="planned"))
    assert done.status_code == 302, done.text
    program = caller(DESK)
    body = {"answers": answers(source_no="A-1", party_name="演示甲", site="甲路", place_kind="planned")}
    sent = program.post("/api/v1/complaints", json=body, headers={"Idempotency-Key": "one"})
    assert sent.status_code == 201, sent.text
    up = send(
        desk, "/complaints/imports", channel="12345", file=sheet(hotline("H-1"), hotline("H-2", TSDX="演示采石场"))
    )
    assert up.status_code == 302
    shown = desk.get(up.headers["Location"])
    assert not secret_in(shown.data)
    assert send(desk, up.headers["Location"]).status_code == 302
    city.run()
    texts = {"handling_note": f"已电话联系{NAME}（{PHONE}）", "reply_text": f"{NAME}您好，已责令拆除"}
    for _ in range(2):
        city.complete("accept_complaint", SQUAD, decision="accept")
    for _ in range(2):
        city.complete("handle_complaint", SQUAD, **{**ANSWER, **texts})
    city.complete("call_back", DESK, called_on="2026-03-02", call_result="unsatisfied", call_note=f"{NAME}说没拆")
    city.complete("call_back", DESK, called_on="2026-03-02", call_result="satisfied")
    city.run()
    return done.headers["Location"]


def test_who_complained_is_in_no_table_page_answer_letter_export_or_log(
    city: CityRig, handled: str, client_of: Client, caller: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with city.app.engine.database.reading() as connection:
        for table in complaint.metadata.sorted_tables:
            rows = [str(tuple(row)) for row in connection.execute(table.select())]
            found = [row for row in rows for secret in SECRETS if secret in row]
            assert (found == []) is (table is not complaint_informant), table.name
    rows = city.rows(complaint)
    assert len(rows) == 4
    ids = [row["id"] for row in rows]
    paths = [
        "/complaints", "/complaints?q=" + NAME, "/complaints/desk", "/complaints/statistics", "/complaints/imports",
        "/complaints/export.xlsx", "/letters/inbox", "/letters/outbox", "/inbox", "/outbox", "/tasks",
        "/tasks?view=done", "/cases?q=演示", "/me/badge", "/cockpit",
        *(f"/complaints/{one}" for one in ids), *(f"/cases/{row['number']}" for row in rows),
        *(f"/cases/{row['number']}/tokens.json" for row in rows),
    ]  # fmt: skip
    api = [
        "/api/v1/complaints", "/api/v1/tasks", "/api/v1/complaint-figures?since=2026-01-01&until=2026-12-31",
        *(f"/api/v1/complaints/{one}" for one in ids), *(f"/api/v1/cases/{row['number']}" for row in rows),
    ]  # fmt: skip
    seen = 0
    for login in (DESK, "ju.lingdao", SQUAD, "xt.admin"):
        client, program = client_of(login), caller(login)
        for path in paths:
            answer = client.get(path)
            assert not secret_in(answer.data.replace(f'value="{NAME}"'.encode(), b"")), path
            seen += answer.status_code == 200
        for path in api:
            answer = program.get(path)
            assert not secret_in(answer.data), path
            seen += answer.status_code == 200
    assert seen > 70
    leader = client_of("ju.lingdao")
    letters = city.rows(letter)
    assert {"complaint_reply", "complaint_acceptance", "complaint_dispatch"} <= {one["kind"] for one in letters}
    for one in letters:
        file = leader.get(f"/letters/{one['id']}.docx")
        assert file.status_code == 200
        assert not secret_in(file.data), one["kind"]
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_one_door_asks_role_unit_recusal_and_reason_and_keeps_every_look(
    city: CityRig, client_of: Client, caller: Client
) -> None:
    program = caller(DESK)
    made = {}
    for name, more in (("open", {}), ("secret", {"is_confidential": True, "site": "别处", "party_name": "演示乙"})):
        body = {"answers": answers(source_no=name, place_kind="planned", **more)}
        made[name] = program.post("/api/v1/complaints", json=body, headers={"Idempotency-Key": name}).json[
            "complaint_id"
        ]
    city.run()
    door = "/api/v1/complaints/{}:look"

    def look(login: str, which: str, reason: str = "回访") -> int:
        return caller(login).post(door.format(made[which]), json={"reason": reason}).status_code

    assert look(DESK, "open", " ") == 422
    assert city.rows(complaint_look) == []
    answer = program.post(door.format(made["secret"]), json={"reason": f"回访{NAME}"})
    assert answer.json == {"name": NAME, "phone": PHONE, "address": ADDRESS}
    assert [(row["kind"], row["reason"]) for row in city.rows(complaint_look)] == [("read", "回访投诉人")]
    assert (look(SQUAD, "open"), look(SQUAD, "secret")) == (200, 403)
    assert [look(login, "open") for login in ("ju.lingdao", "jw.zu", "cg.xc", "xt.admin")] == [403, 403, 404, 404]
    kinds = [row["kind"] for row in city.rows(complaint_look)]
    assert kinds == ["read", "read", "denied", "denied", "denied"]
    records = sorted(city.rows(audit_event, kind="informant-looked-at"), key=lambda row: row["id"])
    looked = [row["detail"]["rows"][0]["after"] for row in records]
    assert [(one["kind"], one["reason"]) for one in looked][:2] == [("read", "回访投诉人"), ("read", "回访")]
    assert [one["kind"] for one in looked] == kinds
    assert NAME not in str(city.rows(audit_event))
    page = client_of(SQUAD)
    shown = send(page, f"/complaints/{made['open']}/informant", f"/complaints/{made['open']}", reason="联系核实")
    assert NAME in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    recusing = {"login": SQUAD, "reason": "亲属"}
    assert program.post(f"/api/v1/complaints/{made['open']}:recuse", json=recusing).status_code == 204
    assert look(SQUAD, "open") == 404
    assert page.get(f"/complaints/{made['open']}").status_code == 404
    assert made["open"] not in page.get("/complaints").text
    log = client_of(DESK).get(f"/complaints/{made['open']}").text
    assert "查看记录 4" in log
    assert NAME not in log


def test_the_api_registers_once_pages_by_cursor_and_says_which_field_is_wrong(city: CityRig, caller: Client) -> None:
    program = caller(DESK)
    bad = program.post("/api/v1/complaints", json={"answers": {}}, headers={"Idempotency-Key": "bad"})
    assert bad.status_code == 422
    assert {"channel", "matter", "content"} <= {one["field"] for one in bad.json["errors"]}
    assert program.post("/api/v1/complaints", json={"answers": answers()}).status_code == 400
    for number in (1, 2, 3):
        body = {"answers": answers(source_no=f"N-{number}", party_name=f"演示{number}", site=f"演示 {number}")}
        headers = {"Idempotency-Key": f"key-{number}"}
        first = program.post("/api/v1/complaints", json=body, headers=headers)
        again = program.post("/api/v1/complaints", json=body, headers=headers)
        assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
        assert first.json["number"] == again.json["number"]
    assert program.post("/api/v1/complaints", json={"answers": answers()}, headers=headers).status_code == 422
    page = program.get("/api/v1/complaints?limit=2").json
    rest = program.get("/api/v1/complaints", query_string={"limit": 2, "after": page["next"]}).json
    assert [len(page["rows"]), len(rest["rows"]), rest["next"]] == [2, 1, ""]
    assert program.get("/api/v1/complaints?after=forged").status_code == 422
    assert caller("cg.xc").get("/api/v1/complaints").json["rows"] == []
    assert caller("jw.zu").post(
        "/api/v1/complaints", json={"answers": answers(source_no="X")}, headers={"Idempotency-Key": "x"}
    ).status_code == 403  # fmt: skip


def test_a_file_is_previewed_row_by_row_and_registered_once(city: CityRig, client_of: Client) -> None:
    desk = client_of(DESK)
    path = "/complaints/imports"
    assert send(desk, path, channel="12345").status_code == 422
    wrong = send(desk, path, channel="12345", file=sheet(("a",), header=("甲",)))
    assert wrong.status_code == 422
    assert "表头无法识别" in wrong.text
    rows = (
        hotline("R-1"),
        hotline("R-1"),
        hotline("R-3", FYNR=""),
        hotline("R-4", WTSD="外地", NRFL="不明", TSDX="演示丙"),
    )
    before = stored(city)
    up = send(desk, path, channel="12345", file=sheet(*rows))
    changed = {name for name, state in stored(city).items() if state != before[name]}
    assert changed <= {
        "complaint_import",
        "complaint_import_row",
        "complaint_informant",
        "login_session",
        "audit_event",
    }
    outcomes = {row["line"]: row["outcome"] for row in city.rows(complaint_import_row)}
    assert outcomes == {2: "ready", 3: "refused", 4: "refused", 5: "ready"}
    shown = desk.get(up.headers["Location"]).text
    assert "与第 2 行的来源编号相同" in shown
    assert "看不出属地，导入后由人工分派" in shown
    for _ in range(2):
        assert send(desk, up.headers["Location"]).status_code in (302, 400)
    city.run()
    assert sorted(row["source_no"] for row in city.rows(complaint)) == ["R-1", "R-4"]
    assert {row["complaint_id"] for row in city.rows(complaint_informant)} == {
        row["id"] for row in city.rows(complaint)
    }
    assert {row["is_confidential"] for row in city.rows(complaint)} == {True}
    second = send(desk, path, channel="12345", file=sheet(hotline("R-1")))
    assert "已登记过" in desk.get(second.headers["Location"]).text
    assert client_of(SQUAD).get(path).status_code == 403


def test_the_national_layout_is_read_and_written_in_its_own_columns(city: CityRig, client_of: Client) -> None:
    desk = client_of(DESK)
    columns = layouts_on(local_day_of(city.clock.now()))[0].columns
    header = tuple(columns)
    tip = {
        "tipObject": "演示矿业",
        "tipType": "私挖滥采",
        "tipTerritory": "370403",
        "tipDetail": "夜间采石",
        "source_no": "P-1",
    }
    row = tuple(tip.get(code, "") for code in header)
    up = send(desk, "/complaints/imports", channel="hulianwang_jianguan", file=sheet(row, header=header))
    assert send(desk, up.headers["Location"]).status_code == 302
    found = city.rows(complaint)[0]
    assert (found["kind"], found["matter"], found["area"], found["unit"]) == ("tip", "quarrying", "370403", "NR-XC")
    file = desk.get("/complaints/export.xlsx")
    head, line = load_workbook(io.BytesIO(file.data)).active.iter_rows(values_only=True)
    assert (*head[: len(OWN)], head[-1]) == (*OWN, "举报详情")
    assert {"演示矿业", "私挖滥采", "薛城区", "夜间采石", "P-1"} <= set(line)


def test_numbers_lead_to_their_lists_and_small_ones_say_no_percentage(city: CityRig, client_of: Client) -> None:
    desk = client_of(DESK)
    send(desk, "/complaints/new", **answers(source_no="N-1", place_kind="planned"))
    city.complete("accept_complaint", SQUAD, decision="accept")
    city.complete("handle_complaint", SQUAD, **ANSWER)
    period = "since=2026-03-01&until=2026-03-31"
    shown = desk.get(f"/complaints/statistics?{period}&group=channel").text
    assert "样本不足" in shown
    number = city.rows(complaint)[0]["number"]
    assert number in desk.get(f"/complaints?{period}&rate=on_time&part=1").text
    assert number not in desk.get(f"/complaints?{period}&rate=reopened&part=1").text
    assert number not in desk.get("/complaints?since=2026-03-03").text
    assert desk.get("/complaints/statistics?since=2026-03-31&until=2026-03-01").status_code == 422
    assert "样本不足" not in client_of("cg.xc").get(f"/complaints/statistics?{period}").text


def test_the_desk_says_why_a_person_is_asked_and_strangers_stay_out(city: CityRig, client_of: Client) -> None:
    desk = client_of(DESK)
    done = send(desk, "/complaints/new", **answers(source_no="D-1", matter="other"))
    shown = desk.get("/complaints/desk").text
    assert "人工分派" in shown
    assert "反映的事情不在规则表内，职能不明" in shown
    assert client_of(SQUAD).get("/complaints/desk").status_code == 403
    assert client_of("zr.xc").get(done.headers["Location"]).status_code == 404
    assert UUID(done.headers["Location"].rpartition("/")[2])
    again = send(desk, "/complaints/new", **answers(source_no="D-1", matter="other"))
    assert again.headers["Location"] == done.headers["Location"]
    wrong = send(desk, "/complaints/new", **{**answers(), "content": ""})
    assert wrong.status_code == 422
    assert 'href="#content"' in wrong.text
