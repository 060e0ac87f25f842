"""Pages full of the longest lines a day brings: each stays light, and page by page nothing is missed."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.http.test_worklist_pages import rows, sign_in
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM
from web.app import create_app

OFFICER, CLERK = "ks.jsgc", "sp.jianshe"
HEAVIEST = 60_000  # bytes of one page
MANY = 55  # more than two pages of any list
NAMES = {
    "XK_XDR_MC": "演示新能源科技开发（山东）集团股份有限公司高新技术产业园分公司",
    "project_name": "演示高新技术产业开发区智能制造产业园二期（第三标段）配套道路及综合管网工程",
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    """A city with many permits handed over: one half is signed for, the other too late."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('full') / 'city.db'}")
    for number in range(MANY):
        document = f"建字第3704022026{number:05}号"
        rig.submit(project_no=f"BJ-L{number}", XK_WSH=document, XK_XKBH=document, **NAMES)
    for _ in range(MANY // 2):
        rig.complete("claim_duty", OFFICER, **CLAIM)
    rig.clock.advance(timedelta(days=30))
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


def pages_of(client: FlaskClient, address: str) -> list[str]:
    """Return a list page by page, each of them light."""
    found: list[str] = []
    while address:
        page = client.get(address).text
        assert len(page.encode()) < HEAVIEST, f"{address}: {len(page.encode())}"
        found.append(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    return found


def letters_of(page: str) -> list[str]:
    return re.findall(r'href="/letters/([0-9a-f-]{36})\.pdf"', page)


@pytest.mark.parametrize("order", ["due", "risk"])
def test_a_long_worklist_comes_in_light_pages_that_miss_nothing(city: CityRig, app: Flask, order: str) -> None:
    pages = pages_of(sign_in(app, OFFICER), f"/tasks?view=todo&sort={order}")
    mine = {str(task.id) for task in city.tasks() if city.actor(OFFICER).groups & set(task.candidate_groups)}
    assert all(rows(page) for page in pages)
    assert len(rows(pages[0])) == 25
    assert sorted(row for page in pages for row in rows(page)) == sorted(mine)


@pytest.mark.parametrize(("login", "address"), [
    (CLERK, "/outbox"), (CLERK, "/outbox?box=unsigned"), (CLERK, "/outbox?box=signed"), (OFFICER, "/inbox?box=all"),
    (OFFICER, "/inbox?box=signed"),
])  # fmt: skip
def test_a_book_of_letters_comes_in_light_pages_that_miss_nothing(app: Flask, login: str, address: str) -> None:
    pages = pages_of(sign_in(app, login), address)
    seen = [letter for page in pages for letter in letters_of(page)]
    counted = re.search(r'aria-current="page">[^<]+ <span class="tab-count[^"]*">(\d+)<', pages[0])
    assert counted is not None
    assert len(letters_of(pages[0])) == 25
    assert len(seen) == len(set(seen)) == int(counted[1]) >= MANY // 2


def test_the_inbox_begins_with_what_waits_and_leads_to_all_of_it(app: Flask) -> None:
    client = sign_in(app, OFFICER)
    first, *others = pages_of(client, "/inbox")
    waiting = MANY - MANY // 2
    assert len(rows(first)) == 10
    assert len(letters_of(first)) == 25
    assert [page for page in others if rows(page)] == []
    link = re.search(rf'href="([^"]+)">全部待签收 {waiting} 件<', first)
    assert link is not None
    assert sum(len(rows(page)) for page in pages_of(client, link[1].replace("&amp;", "&"))) == waiting


def test_a_search_that_finds_much_is_light_and_says_that_there_is_more(app: Flask) -> None:
    client = sign_in(app, OFFICER)
    (page,) = pages_of(client, "/cases?q=演示")
    assert len(re.findall(r'<td class="nowrap"><a href="/cases/SG', page)) == 50
    assert "只列出最近的 50 件" in page
    assert "只列出" not in client.get("/cases?q=BJ-L7").text
