"""What people need who sit at the desk all day, or carry it: keys alone, twice the size, thumbs, and no network."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.processes.rig import CityRig

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.1")]
OFFICER, LEADER, MANY = "ks.jsgc", "ju.lingdao", 20
CORE = ("/tasks", "/tasks?view=todo&sort=new", "task", "case", "/inbox", "/cases", "/settings", "/me/delegations")
CARRIED = ("/tasks", "/inbox", "task", "case")
Enter = Callable[..., Page]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOST = """() => {
  const seen = (one) => one.checkVisibility() && !one.closest('.visually-hidden, .choice');
  const parts = ['a', 'button', 'input', 'select', 'textarea', 'summary'].map((name) => `main ${name}`).join();
  return [...document.querySelectorAll(parts)].filter(seen).map((one) => {
    if (!one.getClientRects().length) return '';
    one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = one.getClientRects()[0];
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (top && (one.contains(top) || top.contains(one))) return '';
    return `${one.outerHTML.slice(0, 120)} lies under ${top ? top.outerHTML.slice(0, 80) : 'nothing'}`;
  }).filter(Boolean);
}"""
CUT = """() => [...document.querySelectorAll('main *')].filter((one) => one.offsetParent !== null
  && getComputedStyle(one).overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1
  && !one.closest('.diagram-canvas, .visually-hidden, .book thead, .table-cards thead'))
  .map((one) => one.outerHTML.slice(0, 120))"""
KEPT = """async () => {
  const shelves = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const asked = (await Promise.all(shelves.map((one) => one.keys()))).flat();
  return asked.map((one) => new URL(one.url).pathname);
}"""
SMALL = """() => {
  const inText = (one) => one.tagName === 'A' && one.closest('p, dd, li, .clause-text, .row-sub, .crumbs, .banner');
  return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter((one) => one.checkVisibility() && !one.closest('.visually-hidden, .skip-link, .diagram') && !inText(one))
    .map((one) => [one, (one.closest('label') || one).getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5)
    .map(([one, box]) => `${Math.round(box.height)} ${one.outerHTML.slice(0, 110)}`);
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A city in which twenty permits wait to be signed for."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('all-day') / 'city.db'}")
    for number in range(1, MANY + 1):
        document = f"建字第37040220260{number:04}号"
        rig.submit(XK_WSH=document, XK_XKBH=document, project_no=f"BJ-{number}", project_name=f"演示项目 {number}")
    rig.run()
    served = Site(rig)
    yield served
    served.close()


@pytest.fixture
def enter(browser: Browser, site: Site) -> Iterator[Enter]:
    """Sign somebody in with the keyboard alone, in a window of a given kind; nothing may be complained about."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def sign_in(login: str = OFFICER, **window: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN", **window})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site.url + "/sign-in")
        page.focus("#login")
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type("demo-2026")
        page.keyboard.press("Enter")
        expect(page.locator("form[data-logout]")).to_be_attached()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def open_page(page: Page, site: Site, name: str) -> None:
    """Open an address, or the first task of the list, or its case."""
    page.goto(site.url + (name if name.startswith("/") else "/tasks"))
    if name in ("task", "case"):
        address = page.locator("a.row-title").first.get_attribute("href")
        page.goto(f"{site.url}{address}")
    if name == "case":
        case = page.locator('.crumbs a[href^="/cases/"]').first.get_attribute("href")
        page.goto(f"{site.url}{case}")


def settled(page: Page, text: str) -> None:
    """Wait until the next page says so and listens to keys."""
    expect(page.locator(".banner-good")).to_contain_text(text)
    page.wait_for_load_state()


@pytest.mark.acceptance("A3")
def test_a_clerk_signs_twenty_items_and_takes_it_back_without_a_mouse(enter: Enter, site: Site) -> None:
    page = enter()
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator("tr[data-row]")).to_have_count(MANY)
    page.wait_for_load_state()
    for _ in range(MANY):
        page.keyboard.press("x")
        page.keyboard.press("j")
    expect(page.locator("[data-chosen]")).to_have_text(f"已选 {MANY} 件")
    page.keyboard.press("s")
    settled(page, f"已签收 {MANY} 件")
    assert {task.assignee for task in site.rig.tasks("claim_duty") if "JSGC" in str(task.candidate_groups)} == {OFFICER}
    page.keyboard.press("z")
    settled(page, f"已撤销 {MANY} 件")
    page.keyboard.press("j")
    expect(page.locator("#preview .btn-primary")).to_be_visible()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(r"/tasks/[0-9a-f-]{36}$"))
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(re.compile(r"/inbox$"))
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("SG2026-00001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/cases/SG2026-00001$"))


@pytest.mark.acceptance("A26")
def test_at_twice_the_size_nothing_is_lost_cut_or_scrolled_sideways(enter: Enter, site: Site) -> None:
    page = enter(viewport={"width": 683, "height": 384})  # 1366 x 768 at 200 %
    faults = []
    for name in CORE:
        open_page(page, site, name)
        if wide := page.evaluate(SIDEWAYS):
            faults.append(f"{name} scrolls {wide} sideways")
        faults += [f"{name}: {one}" for one in (*page.evaluate(LOST), *page.evaluate(CUT))]
    assert not faults, "\n".join(faults[:40])


@pytest.mark.acceptance("A26")
def test_a_thumb_hits_everything_on_a_small_phone(enter: Enter, site: Site) -> None:
    page = enter(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    faults = []
    for name in CARRIED:
        open_page(page, site, name)
        if wide := page.evaluate(SIDEWAYS):
            faults.append(f"{name} scrolls {wide} sideways")
        faults += [f"{name}: {one}" for one in page.evaluate(SMALL)]
    assert not faults, "\n".join(faults[:40])


@pytest.mark.acceptance("A26")
def test_without_a_network_a_phone_says_so_and_shows_nothing_of_anybody(enter: Enter, site: Site) -> None:
    page = enter(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page.goto(site.url + "/cases/SG2026-00001")
    page.evaluate("navigator.serviceWorker.register('/sw.js', {scope: '/'}).then(() => null)")  # as on the home screen
    assert page.evaluate("navigator.serviceWorker.ready.then((found) => new URL(found.scope).pathname)") == "/"
    page.goto(site.url + "/tasks")
    page.context.set_offline(True)
    page.goto(site.url + "/cases/SG2026-00001")
    expect(page.locator("h1")).to_have_text("现在没有网络")
    expect(page.locator('a[href="/field/"]')).to_be_visible()
    assert "演示项目" not in page.content()
    colour = page.evaluate("getComputedStyle(document.querySelector('.f-head')).backgroundColor")
    assert colour == "rgb(15, 63, 134)"  # its own styles are there too
    page.context.set_offline(False)
    expect(page.locator("h1.case-title")).to_be_visible()  # opened by itself
    page.locator("form[data-logout] button").dispatch_event("click")
    expect(page.locator("#password")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert sorted(kept) == ["/offline", "/static/css/field.css", "/static/css/tokens.css", "/static/js/offline-page.js"]
    page.context.set_offline(True)
    page.goto(site.url + "/cases/SG2026-00001")
    expect(page.locator("h1")).to_have_text("现在没有网络")
    assert "演示项目" not in page.content()
