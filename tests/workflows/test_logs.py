"""A log line is one line of JSON, whatever was sent to us, and holds neither secrets nor personal numbers."""

import logging

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from engine import log_marks
from engine.store.database import Database
from workflows.logs import JsonLines

PERSON = "张" + "某"  # not as one word: the traceback shows the line of the program
FORGED = 'x\r\n{"level":"error","event":"forged"}\x1b[2J\u2028\u2029\x85\x9b\x00'


def line(message: str, exc: BaseException | None = None, **extra: object) -> str:
    record = logging.LogRecord("web", logging.INFO, "f", 1, message, (), None)
    record.__dict__.update(extra)
    if exc is not None:
        record.exc_info = (type(exc), exc, exc.__traceback__)
    return JsonLines().format(record)


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_is_sent_begins_a_line_or_steers_a_terminal(event: str, fact: str) -> None:
    for written in (line(event, path=fact), line(event + FORGED, path=fact + FORGED, exc=ValueError(FORGED))):
        assert len(written.splitlines()) == 1
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in written)
        assert set(orjson.loads(written)) >= {"at", "level", "logger", "event", "path"}
        assert orjson.loads(written)["level"] == "info"


def test_half_a_letter_does_not_lose_the_line() -> None:
    assert orjson.loads(line("\ud800", path="\udfff"))["path"] == "?"


@pytest.mark.parametrize(
    "said",
    [
        "postgresql+psycopg://city:hunter2secret@db/x", "Authorization: Bearer hunter2secret", "Bearer hunter2secret",
        "password=hunter2secret", '{"password": "hunter2secret"}', "{'token': 'hunter2secret'}",
        "secret=hunter2secret&x=1",
        "Cookie: hunter2secret", "api_key: hunter2secret", "PASSWORD: hunter2secret",
    ],
)  # fmt: skip
def test_secrets_are_blotted_out_wherever_they_stand(said: str) -> None:
    assert "hunter2secret" not in line(said)
    assert "hunter2secret" not in line("x", reason=said)
    assert "hunter2secret" not in line("x", exc=ValueError(said))


@pytest.mark.parametrize("name", ["password", "session_token", "client_secret", "Set-Cookie", "signature"])
def test_a_fact_named_like_a_secret_is_blotted_out(name: str) -> None:
    assert orjson.loads(line("x", **{name: "anything"}))[name] == "…"


def test_personal_numbers_are_masked_and_others_stay() -> None:
    written = orjson.loads(line("身份证 370402199001011234，电话 13800001234，案号 GX-2026-00001，37040219900101"))
    assert written["event"] == "身份证 370402********1234，电话 138****1234，案号 GX-2026-00001，37040219900101"


def test_long_texts_are_cut_and_numbers_stay_numbers() -> None:
    written = orjson.loads(line("x" * 90_000, reason="y" * 90_000, seconds=1.5, exc=ValueError("z" * 90_000)))
    assert len(written["event"]) == len(written["reason"]) == 4000
    assert len(written["error"]) <= 4000
    assert written["seconds"] == 1.5


def test_a_line_names_the_request_and_the_case_in_hand() -> None:
    log_marks.begin("r-00000001", "GX-1")
    assert {"request": "r-00000001", "case": "GX-1"}.items() <= orjson.loads(line("x")).items()
    log_marks.begin()
    assert not {"request", "case"} & set(orjson.loads(line("x")))


def test_errors_of_the_database_do_not_repeat_what_persons_wrote(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.writing() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:said)"), {"said": PERSON})
    except SQLAlchemyError as exc:
        written = line("job failed", exc=exc)
        assert "nowhere" in written
        assert PERSON not in written
    else:
        pytest.fail("there is no such table")
    database.close()
    assert "张" not in line(f"duplicate key\nDETAIL:  Key (name)=({PERSON}) already exists.\nCONTEXT: x")
