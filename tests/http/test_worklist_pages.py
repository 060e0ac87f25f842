"""The worklist: what is in its address, how it is narrowed, saved and kept; and the search box of every page."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.conftest import token_of
from tests.processes.rig import CITY, CityRig, china
from tests.processes.steps import CLAIM
from web.app import create_app
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.worklist import sources
from workflows.worklist.sources import Entry, Source

OFFICER, HEAD, STRANGER, LEADER = "ks.jsgc", "ks.jsgc.kz", "cg.sz", "ju.lingdao"
OTHER = {"XK_WSH": "建字第370402202600002号",
    "XK_XKBH": "建字第370402202600002号", "project_no": "BJ-2", "project_name": "滨河公园",
         "XK_XDR_MC": "枣山实业有限公司"}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    """A city with a permit handed over, and three days later another."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('lists') / 'city.db'}")
    rig.submit()
    rig.run()
    rig.clock.advance(timedelta(days=3))
    rig.submit(**OTHER)
    rig.run()
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


def sign_in(app: Flask, login: str, then: str = "") -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": "demo-2026", "next": then, "csrf_token": token_of(client.get("/sign-in").text)}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def rows(page: str) -> list[str]:
    return re.findall(r'<tr data-row="([0-9a-f-]{36})"', page)


@pytest.mark.acceptance("A1")
def test_the_address_says_everything_and_means_the_same_for_a_colleague_within_their_rights(app: Flask) -> None:
    mine = sign_in(app, OFFICER)
    chosen = rows(mine.get("/tasks").text)[-1]
    address = f"/tasks?view=todo&sort=new&q=zssy&sel={chosen}"
    page = mine.get(address).text
    assert rows(page) == [chosen]
    assert 'aria-current="true"' in page.split(f'data-row="{chosen}"')[1][:120]
    assert sign_in(app, HEAD).get(address).text.count(chosen) >= 1
    stranger = sign_in(app, STRANGER).get(address).text
    assert chosen not in stranger.replace(f"sel={chosen}", "")
    assert "所选任务已不在您的范围内" in stranger


@pytest.mark.acceptance("A4")
def test_filters_count_what_each_of_them_leaves(app: Flask) -> None:
    client = sign_in(app, OFFICER)
    page = client.get("/tasks").text
    assert re.search(r'name="step" value="claim_duty">[^<]+ <span class="num">2</span>', page)
    assert re.search(r'name="item" value="[^"]+">[^<]+ <span class="num">2</span>', page)
    assert "共 2 件" in page
    late = client.get("/tasks?lamp=red").text
    assert "共 1 件" in late
    assert re.search(r'name="step" value="claim_duty">[^<]+ <span class="num">1</span>', late)
    nothing = client.get("/tasks?q=%25_%25").text
    assert "没有符合筛选条件的任务" in nothing
    assert "清除筛选" in nothing
    assert rows(client.get("/tasks?q=zssy").text) == rows(client.get("/tasks?q=" + quote("枣山实业")).text)
    assert len(rows(client.get("/tasks?q=zssy").text)) == 1


@pytest.mark.acceptance("A4")
def test_a_view_is_kept_shared_by_the_head_and_the_first_thing_its_role_sees(app: Flask) -> None:
    officer, head = sign_in(app, OFFICER), sign_in(app, HEAD)
    token = token_of(officer.get("/tasks").text)
    refused = officer.post("/tasks/views", data={"csrf_token": token, "title": "共享", "shared": "1"})
    assert refused.status_code == 403
    assert officer.post("/tasks/views", data={"csrf_token": token, "title": " "}).status_code == 422
    form = {"csrf_token": token_of(head.get("/tasks").text), "title": "超期的", "lamp": "red", "view": "todo",
            "shared": "1", "role": "section_officer"}  # fmt: skip
    assert head.post("/tasks/views", data=form).status_code == 302
    begins = officer.get("/tasks")
    assert begins.status_code == 302
    assert "lamp=red" in begins.location
    assert "本单位共享" in officer.get(begins.location).text
    assert sign_in(app, STRANGER).get("/tasks").status_code == 200
    mine = {"csrf_token": token, "title": "新来的", "sort": "new", "is_default": "1"}
    assert officer.post("/tasks/views", data=mine).status_code == 302
    assert "sort=new" in officer.get("/tasks").location
    page = officer.get(officer.get("/tasks").location).text
    own, shared = re.findall(r"/tasks/views/([0-9a-f-]{36})/remove", page), begins.location.partition("saved=")[2]
    assert len(own) == 1
    assert officer.post(f"/tasks/views/{shared}/remove", data={"csrf_token": token}).status_code == 404
    assert officer.post(f"/tasks/views/{own[0]}/remove", data={"csrf_token": token}).status_code == 302
    assert head.post(f"/tasks/views/{shared}/remove", data=form).status_code == 302
    assert officer.get("/tasks").status_code == 200


@pytest.mark.acceptance("A5")
def test_nothing_resets_the_filter(app: Flask) -> None:
    client = sign_in(app, OFFICER)
    address = "/tasks?view=todo&sort=subject&q=yszy"
    page = client.get(address).text
    task = rows(page)[0]
    client.get(f"/tasks/{task}")
    token = token_of(page)
    for act in ("claim", "release"):
        done = client.post("/tasks/batch", data={"csrf_token": token, "act": act, "task": task})
        assert done.location == address
    asked = app.test_client().get(address)
    assert asked.status_code == 302
    again = sign_in(app, OFFICER, address)
    assert rows(again.get(address).text) == [task]


@pytest.mark.acceptance("A6")
def test_one_box_finds_numbers_parties_initials_and_items_of_what_one_may_see(app: Flask, city: CityRig) -> None:
    officer, stranger = sign_in(app, OFFICER), sign_in(app, "zr.xc")
    for number in ("SG2026-00001", "sg2026-00001", "建字第370402202600001号"):
        assert officer.get(f"/cases?q={quote(number)}").location == "/cases/SG2026-00001", number
        assert stranger.get(f"/cases?q={quote(number)}").status_code == 200, number
    letter = officer.get("/inbox?box=all").text
    number = re.search(r'<td class="nowrap book-number">([^<]+号)</td>', letter)
    assert number is not None
    assert officer.get(f"/cases?q={quote(number[1])}").status_code == 302
    for text in ("yszy", "演示置业", "BJ-1"):
        assert "SG2026-00001" in officer.get(f"/cases?q={quote(text)}").text, text
        assert "SG2026-00001" not in stranger.get(f"/cases?q={quote(text)}").text, text
    items = stranger.get("/cases?q=jsgcghxk").text
    assert "监管事项" in items
    assert "/catalogue/items/" in items
    assert officer.get("/c/SG2026-00001").location == "/cases/SG2026-00001"
    assert "data-search" in officer.get("/limits").text


@pytest.mark.acceptance("A7")
def test_lamps_have_a_shape_and_a_word_beside_their_colour(app: Flask) -> None:
    page = sign_in(app, OFFICER).get("/tasks").text
    chips = re.findall(r'<a class="chip"[^>]*><span class="lamp lamp-(\w+)">(<svg.*?</svg>)</span>(\w+)', page, re.S)
    assert [word for _, _, word in chips] == ["超期", "临期", "正常", "中止"]
    assert len({drawn for _, drawn, _ in chips}) == 4
    assert '<span class="visually-hidden">超期</span>' in page


@pytest.mark.acceptance("A8")
def test_the_rule_behind_a_time_is_told_with_calendar_pauses_and_the_absolute_end(app: Flask, city: CityRig) -> None:
    page = sign_in(app, OFFICER).get("/tasks").text
    told = re.findall(r'<span class="due [^"]*" title="([^"]+)" tabindex="0">', page)
    clock = min(city.rows(running_limit, unit="NR-CITY-JSGC"), key=lambda row: row["due_at"])
    assert len(told) == 2
    assert "2 个工作日（外地实践）；自推送 2026-03-02 10:00 起算" in told[0]
    assert f"{clock['due_at'].astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M} 到期" in told[0]
    assert f"日历 {clock['calendar_version']}" in told[0]


RULES = Rulebook(CITY)


@pytest.mark.acceptance("A8")
@settings(max_examples=60, deadline=None)
@given(
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 11, 30)),  # noqa: DTZ001 - made local below
    later=st.integers(min_value=0, max_value=60 * 24 * 40),
    name=st.sampled_from(("claim", "plan", "feedback")),
)
def test_the_days_left_agree_with_the_engine_to_the_minute_over_make_up_days(
    at: datetime, later: int, name: str
) -> None:
    calendar, anchor = RULES.calendar, china(at.isoformat())
    found = RULES.reckon(name, anchor)
    now = anchor + timedelta(minutes=later)
    shown = RULES.lamp(name, anchor, found.due_at, found.warn_at, now)
    assert (shown.kind == "red") == (now >= found.due_at)
    if found.limit.unit == "working_day" and now < found.due_at:
        today, last = (
            now.astimezone(calendar.zone).date(),
            (found.due_at - timedelta(minutes=1)).astimezone(calendar.zone).date(),
        )
        counted = sum(_works(today + timedelta(days=n)) for n in range(1, (last - today).days + 1))
        assert shown.days_left == counted
        assert _works(last)


def _works(day: date) -> bool:
    """Tell independently of the product whether offices work: by the calendar data alone."""
    special = RULES.calendar.special
    return special[day] if day in special else day.isoweekday() <= 5


@pytest.mark.acceptance("A2")
def test_what_somebody_else_finished_is_grey_with_who_and_when(app: Flask, city: CityRig) -> None:
    mine, head, stranger = sign_in(app, OFFICER), sign_in(app, HEAD), sign_in(app, STRANGER)
    before = rows(mine.get("/tasks").text)
    city.complete("claim_duty", HEAD, **CLAIM)
    told = mine.get("/tasks/gone?" + "&".join(f"id={one}" for one in before)).json
    assert len(told) == 1
    ((gone, text),) = told.items()
    assert re.fullmatch(r"\S+ \d\d:\d\d 已办", text)
    assert stranger.get(f"/tasks/gone?id={gone}").json == {}
    assert stranger.get("/tasks/gone?id=nonsense").json == {}
    page = mine.get(f"/tasks?sel={gone}").text
    assert 'class="is-gone"' in page
    assert "已办" in page
    assert gone not in rows(page)
    assert gone in rows(head.get("/tasks?view=done").text)


def test_a_source_adds_to_its_tab_what_is_no_task(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("paper", "SG2026-00001", "SG2026-00001", "请阅", "演示", "阅件", "抄送")
    source = Source("paper", "cc", lambda _uow, actor: int(actor.login == OFFICER), lambda *_given: (entry,))
    monkeypatch.setattr(sources, "SOURCES", [*sources.SOURCES, source])
    monkeypatch.setitem(
        __import__("web.pages.worklist", fromlist=["OPENS"]).OPENS, "paper", ("cases.show", "business_key")
    )
    page = sign_in(app, OFFICER).get("/tasks?view=cc").text
    assert 'href="/cases/SG2026-00001">请阅' in page
    assert re.search(r'抄送我的 <span class="tab-count num">1</span>', page)


def test_a_leader_sees_what_is_late_and_no_page_ends_with_a_place_of_its_own(app: Flask, city: CityRig) -> None:
    page = sign_in(app, LEADER).get("/tasks?view=supervised")
    assert page.status_code == 200
    assert len(rows(page.text)) == len({task.id for task in city.tasks() if task.id in map(_uuid, rows(page.text))})
    assert sign_in(app, OFFICER).get("/tasks?after=made-up").status_code == 422


def _uuid(text: str) -> object:
    from uuid import UUID

    return UUID(text)
