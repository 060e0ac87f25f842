"""Every page of every role, in Chromium and as it is sent: whole, light, accessible, and on nobody else's host."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from tests.browser.conftest import needs_chromium
from tests.browser.crawl import Crawl, Found, crawl, faults_of_markup, sign_in, words_of
from tests.browser.looking import Viewer
from tests.browser.reading import Sheet, faults_of_forms, faults_of_words
from tests.processes.rig import CityRig
from web.app import create_app
from web.translation import CHINESE
from workflows import demo
from workflows.desk.asking import Ask
from workflows.records.offices import officer

pytestmark = [pytest.mark.browser, needs_chromium]

HEAVIEST = 60_000  # bytes of one page
ENGLISH = "14.normal.normal.on.en"
FOR_MACHINES = (
    "engine_",
    "accounts.",
    "audit.",
    "cockpit.incidents",
    "help_pages.",
    "home.sign_in",
)  # name files and accounts
WRITTEN_BY_MACHINES = ("field.index",)  # a script writes this page
FEW = 24  # decisions that the demo takes in


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("every-page")
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", start="2026-03-12T15:00:00")
    demo.fill(rig.app, folder, count=FEW)
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


@pytest.fixture(scope="module")
def found(city: CityRig, app: Flask) -> Crawl:
    return crawl(app, city.app)


@pytest.fixture(scope="module")
def sheets(found: Crawl) -> list[tuple[Found, Sheet]]:
    return [(page, Sheet(page.text)) for page in found.everything]


def one_of_each_route(found: Crawl) -> list[Found]:
    """Return the pages to look at, one of each route, by the person who sees them."""
    routes: dict[str, Found] = {}
    for kind, page in found.pages.items():
        routes.setdefault(kind.split(" ", 1)[0], page)
    return sorted(routes.values(), key=lambda page: page.login)


@pytest.mark.acceptance("A24")
def test_every_link_leads_to_a_page_or_a_file(found: Crawl) -> None:
    known = "cases.show"  # the number of a case may be read by more people than its file
    assert [one for one in found.broken if not one.startswith(known)] == []
    assert len(found.pages) > 150


@pytest.mark.acceptance("A26")
def test_every_page_has_a_language_a_title_one_heading_and_a_main_part(found: Crawl) -> None:
    whole = [page for page in found.pages.values() if page.kind not in ("field.index", "home.sign_in")]
    assert [fault for page in whole for fault in faults_of_markup(page)] == []


@pytest.mark.acceptance("A23")
def test_every_form_has_a_button_labels_and_a_known_address(app: Flask, sheets: list[tuple[Found, Sheet]]) -> None:
    routes = app.url_map.bind("localhost")
    assert [fault for page, sheet in sheets for fault in faults_of_forms(page, sheet, routes)] == []


def test_pages_for_officials_say_everything_in_words(city: CityRig, sheets: list[tuple[Found, Sheet]]) -> None:
    logins = city.app.engine.ask(Ask(lambda uow: list(uow.connection.scalars(select(officer.c.login)))))
    faults = [
        fault for page, sheet in sheets if not page.kind.startswith(WRITTEN_BY_MACHINES)
        for fault in faults_of_words(page, sheet, logins, for_machines=page.kind.startswith(FOR_MACHINES))
    ]  # fmt: skip
    assert faults == []


def test_no_page_is_heavier_than_an_old_computer_bears(found: Crawl) -> None:
    pictured = ("as_of.case", "engine_definitions.", "engine_instances.")  # carry a whole diagram, for administrators
    light = [page for page in found.pages.values() if not page.kind.startswith(pictured)]
    assert [f"{page}: {page.size} bytes" for page in light if page.size > HEAVIEST] == []


@pytest.mark.acceptance("A24")
@pytest.mark.acceptance("A26")
def test_every_route_is_clean_in_chromium(browser: Browser, app: Flask, found: Crawl) -> None:
    viewer = Viewer(browser, app)
    faults = [fault for page in one_of_each_route(found) for fault in viewer.look(page, with_axe=True)]
    viewer.close()
    assert faults + viewer.complaints == []


def test_english_pages_have_english_menus_and_buttons(app: Flask, found: Crawl) -> None:
    clients = {login: sign_in(app, login, xianjie_display=ENGLISH) for login in {p.login for p in found.pages.values()}}
    chinese = []
    for page in one_of_each_route(found)[::3]:
        if page.kind.startswith(("public.", "field.", "construction.sign_board")):
            continue  # for the public, and the offline page: Chinese by design
        text = words_of(clients[page.login].get(page.url).text)
        parts = re.findall(r'class="(?:side-link|btn btn-primary)"[^>]*>([^<]*)<', text)
        chinese += [f"{page}: {part}" for part in parts if CHINESE.search(part)]
    assert len(chinese) < FEW, "\n".join(chinese)  # steps of a process keep their names, also on a button
