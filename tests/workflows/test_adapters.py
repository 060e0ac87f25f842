"""Ways to a receiver: signed and encrypted requests, the file of routes, and a front-end database that is missing."""

import base64
import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Numeric, Table, Text, create_engine, insert, select

from tests.workflows.layout_samples import good
from workflows.adapters.abnormal import feedback_of
from workflows.adapters.files import Files
from workflows.adapters.front_end import FrontEndDatabase, feedback_table, table_of
from workflows.adapters.rest import Rest
from workflows.adapters.routes import read_routes
from workflows.adapters.signing import Encryption, Signature, hmac_sm3, sm2_sign, sm3
from workflows.delivery import Batch, OutboundRow
from workflows.delivery.protocol import DeliveryFailed
from workflows.settings import SettingsInvalid
from workflows.standards import as_row, layout
from workflows.uow import local_time

pytestmark = pytest.mark.clause("zz2020/2.2")
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
USER = "1234567812345678"
SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")  # of GB/T 32918.5
PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")  # of GB/T 32907
USED = layout("regulation_other", date(2026, 3, 2))
BATCH = Batch("2026030200001", "exchange", "other_act", USED, "370400", NOW)
ROW = OutboundRow("k" * 64, "guid-1", "i", "NR-CITY", False, as_row(USED, good(USED)))


class Handler(BaseHTTPRequestHandler):
    """Answers what the test has laid out, and remembers what it was asked."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        status, answer = self.server.answers.pop(0)  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = _answer  # noqa: N815 - the names of the library

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Any]:
    """A receiver on this machine."""
    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/batches"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_algorithms_give_the_values_of_the_national_standards() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert Encryption(KEY, "ecb", "hex").of(KEY)[:32] == "681edf34d206965e86b3e94f536e4246"
    r, s = (
        bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"),
        bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"),
    )
    assert gmalg.SM2(uid=USER.encode(), pk=PUBLIC).verify(b"message digest", r, s)
    assert hmac_sm3(b"key", b"abc") != hmac_sm3(b"other", b"abc")


def test_signatures_are_always_of_one_length_and_the_public_key_verifies_them() -> None:
    verifier = gmalg.SM2(uid=USER.encode(), pk=PUBLIC)
    for n in range(6):
        raw = sm2_sign(SECRET, USER.encode(), b"%d" % n, form="raw")
        assert len(raw) == 64
        assert verifier.verify(b"%d" % n, raw[:32], raw[32:])
    r, s = decode_dss_signature(sm2_sign(SECRET, USER.encode(), b"x", form="der"))
    assert verifier.verify(b"x", r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    assert not verifier.verify(b"y", r.to_bytes(32, "big"), s.to_bytes(32, "big"))


@pytest.mark.parametrize("mode", ["gcm", "cbc", "ctr"])
def test_a_cipher_text_is_opened_with_the_key_and_never_the_same_twice(mode: str) -> None:
    sealed = base64.b64decode(Encryption(KEY, mode).of("演示".encode()))
    ways: dict[str, Callable[[], Any]] = {
        "gcm": lambda: (modes.GCM(sealed[:12], sealed[-16:]), sealed[12:-16]),
        "cbc": lambda: (modes.CBC(sealed[:16]), sealed[16:]), "ctr": lambda: (modes.CTR(sealed[:16]), sealed[16:]),
    }  # fmt: skip
    way, text = ways[mode]()
    opener = Cipher(algorithms.SM4(KEY), way).decryptor()
    plain = opener.update(text) + opener.finalize()
    assert plain.startswith("演示".encode())
    assert Encryption(KEY, mode).of(b"x") != Encryption(KEY, mode).of(b"x")


def test_a_batch_is_posted_with_a_signature_and_its_receipts_are_read(hub: Any) -> None:
    signature = Signature("sm2", SECRET, "{app_id}|{timestamp}|{nonce}|{digest}", encoding="hex")
    rest = Rest(hub.url, "app-1", lambda: NOW, signature, feedback_url=hub.url, headers={"signature": "X-Sign"})
    told = {"row_guid": "guid-1", "status": "rejected", "code": "E1", "message": "不符", "field": "area_number"}
    hub.answers = [(200, json.dumps({"reference": "R1", "results": [told]}).encode()), (200, b'{"results": []}')]
    sent = rest.send(BATCH, [ROW])
    assert (sent.reference, sent.feedback[0].verdict, sent.feedback[0].field) == ("R1", "rejected", "area_number")
    _, _, headers, body = hub.asked[0]
    assert headers["Idempotency-Key"] == "exchange-2026030200001"
    text = "|".join((headers["X-App-Id"], headers["X-Timestamp"], headers["X-Nonce"], sm3(body).hex())).encode()
    raw = bytes.fromhex(headers["X-Sign"])
    assert gmalg.SM2(uid=USER.encode(), pk=PUBLIC).verify(text, raw[:32], raw[32:])
    (record,) = json.loads(body)["records"]
    assert (record["idempotency_key"], record["cd_batch"], record["cd_operation"]) == ("k" * 64, "2026030200001", "i")
    assert rest.fetch_feedback(NOW) == []
    assert "since=2026-03-02T02" in hub.asked[1][1]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, b""), (403, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"results": [{"status": "maybe"}]}')],
)
def test_an_answer_that_is_none_lets_the_batch_be_tried_again(hub: Any, status: int, answer: bytes) -> None:
    hub.answers = [(status, answer)]
    with pytest.raises(DeliveryFailed):
        Rest(hub.url, "a", lambda: NOW, encryption=Encryption(KEY)).send(BATCH, [ROW])
    assert json.loads(hub.asked[0][3]).keys() == {"batch", "data"}


def in_china(instant: datetime) -> datetime:
    return local_time(instant).replace(tzinfo=None)


OWNED = {"datetime": DateTime, "date": Date, "integer": Integer, "decimal": Numeric}


def test_a_front_end_database_may_give_its_columns_types(database_url: str) -> None:
    pool = create_engine(database_url)
    types = {field.column: OWNED.get(field.type, Text)() for field in USED.fields} | {"cd_time": DateTime()}
    owned = Table(USED.table, MetaData(), *(Column(one.name, types.get(one.name, Text())) for one in table_of(USED).c))
    owned.create(pool)
    front = FrontEndDatabase(database_url)
    again = dataclasses.replace(ROW, row_guid="guid-2")
    assert [front.send(BATCH, rows).reference for rows in ([ROW], [ROW, again])] == [USED.table] * 2
    with pool.connect() as connection:
        rows = connection.execute(select(owned).order_by(owned.c.row_guid)).mappings().all()
    assert [row["row_guid"] for row in rows] == ["guid-1", "guid-2"]
    assert (rows[0]["start_date"], rows[0]["cd_time"]) == (date(2026, 3, 2), in_china(NOW))
    hour = timedelta(hours=1)
    said = {"row_guid": "fault-1", "table_row_guid": "guid-1", "table_cd_batch": BATCH.number, "err_type": "E01"}
    faults = feedback_table()
    faults.create(pool)
    with pool.begin() as connection:
        connection.execute(insert(faults), {**said, "cd_time": in_china(NOW + hour)})
    assert [len(front.fetch_feedback(since)) for since in (None, NOW + hour, NOW + 2 * hour)] == [1, 1, 0]
    front.close()
    pool.dispose()


def test_nobody_there_lets_the_batch_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed):
        Rest("http://127.0.0.1:9/", "a", lambda: NOW).send(BATCH, [ROW])
    with pytest.raises(DeliveryFailed, match="up_supervise_other"):  # the owner has not made the tables
        FrontEndDatabase(f"sqlite:///{tmp_path / 'front.db'}").send(BATCH, [ROW])
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryFailed):
        Files(tmp_path / "file").send(BATCH, [ROW])


def test_a_receiver_that_also_reports_what_it_took_is_understood() -> None:
    row = {"table_row_guid": "g", "table_cd_batch": "b", "err_type": "通过", "cd_time": "2026-03-02 10:00:00"}
    found = feedback_of(row)
    assert (found.verdict, found.reported_at, len(found.receipt_key)) == ("accepted", NOW, 64)
    for wrong in ({**row, "cd_time": "昨天"}, {**row, "table_row_guid": ""}, {}):
        with pytest.raises(DeliveryFailed):
            feedback_of(wrong)


GOOD = """
[exchange]
adapter = "front_end_database"
url = "sqlite:///front.db"
create = true
presume_hours = 24
[credit]
adapter = "files"
folder = "out"
format = "csv"
[outlet]
adapter = "rest"
url = "https://hub.example/batches"
app_id = "a"
sign = { algorithm = "sm2", key = "%s" }
encrypt = { mode = "gcm", key = "%s" }
""" % (SECRET.hex(), KEY.hex())  # noqa: UP031 - braces of the format itself


def routes(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "routes.toml"
    path.write_text(text, encoding="utf-8")
    return read_routes(str(path), source="370400", now=lambda: NOW)


def test_the_file_of_routes_names_the_way_of_each_channel(tmp_path: Path) -> None:
    found = routes(tmp_path, GOOD)
    assert {channel: route.adapter.name for channel, route in found.items()} == {
        "exchange": "front_end_database", "credit": "files/csv", "outlet": "rest",
    }  # fmt: skip
    assert (found["exchange"].presume_hours, found["credit"].presume_hours, found["credit"].source) == (24, 0, "370400")
    assert read_routes("", source="", now=lambda: NOW) == {}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("[a]\nadapter = 'pigeon'", "adapter must be one of"),
        ("[a]\nadapter = 'files'", "folder is missing"),
        ("[a]\nadapter = 'files'\nfolder = 'x'\nformat = 'doc'", "format must be one of"),
        ("[a]\nadapter = 'files'\nfolder = 'x'\ncolour = 'red'", "unknown colour"),
        ("[a]\nadapter = 'front_end_database'\nurl = 'mysql://x'", "url must begin with"),
        ("[a]\nadapter = 'rest'\nurl = 'http://hub.example/'", "must be https"),
        ("[a]\nadapter = 'rest'\nurl = 'https://x/'\nsign = { key = '00' }", "key must have 32 bytes"),
        ("[a]\nadapter = 'rest'\nurl = 'https://x/'\nsign = { key = 'zz' }", "hexadecimal"),
        ("[a]\nadapter = 'rest'\nurl = 'https://x/'\nencrypt = { mode = 'rot13', key = '00' }", "mode must be one of"),
        ("[a]\nadapter = 'files'\nfolder = 'x'\npresume_hours = -1", "presume_hours must be"),
        ("[a\n", "XIANJIE_ROUTES"),
    ],
)
def test_a_mistake_in_the_file_of_routes_is_named_without_its_keys(tmp_path: Path, wrong: str, words: str) -> None:
    with pytest.raises(SettingsInvalid, match=words):
        routes(tmp_path, wrong)
