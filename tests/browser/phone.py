"""A phone in an inspector's hand: a browser of its own with the field pages open, and what one does with them."""

import base64
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from tests.browser.steps import PICTURES
from tests.processes.inspections import OFFICER, assigned
from tests.processes.rig import CHINA, CityRig
from workflows.desk.asking import Do
from workflows.records.inspections import inspection

if TYPE_CHECKING:
    from tests.browser.conftest import Site

AXE = Path(__file__).parent / "vendor/axe-core/4.14.1/axe.min.js"
RULES = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
SHEET = [
    {"code": f"L{place}", "text": text, "basis": "《城乡规划法》第四十三条；实地测量并与许可附图比对"}
    for place, text in enumerate(
        ("是否按许可红线退让", "层数、高度是否与许可一致", "现场是否公示许可牌，内容是否完整清晰")
    )
]
LINE = "#line-{code} label:has(input[value={verdict}])"
_COLOURS = itertools.count(1)
_PICTURE = """n => { const canvas = document.createElement('canvas'); canvas.width = 2400; canvas.height = 1600;
const pen = canvas.getContext('2d'); pen.fillStyle = `hsl(${n * 37}, 40%, 50%)`; pen.fillRect(0, 0, 2400, 1600);
pen.fillStyle = '#ffffff'; pen.font = '300px sans-serif'; pen.fillText(String(n), 300, 900);
return canvas.toDataURL('image/jpeg').split(',')[1]; }"""
TARGETS = """() => Array.from(document.querySelectorAll('a, button, input, summary, textarea, canvas'))
.filter((one) => one.offsetParent !== null)
.map((one) => { const box = one.getBoundingClientRect(); return [one.outerHTML.slice(0, 90), box.width, box.height]; })
.filter(([, width, height]) => height < 44 || width < 44).map(([html]) => html)"""


def city_now(url: str) -> CityRig:
    """Return a city whose clock stands at the phone's: times of a record must not lie ahead of the server's."""
    return CityRig(url, datetime.now(UTC).astimezone(CHINA).replace(tzinfo=None).isoformat())


def inspection_with_sheet(rig: CityRig, **changes: Any) -> UUID:
    """Start an inspection of OFFICER and the section's head whose sheet has three lines."""
    found = assigned(rig, **changes).inspection_id
    change = update(inspection).where(inspection.c.id == found).values(sheet=SHEET)
    rig.app.engine.execute(Do(lambda uow: uow.connection.execute(change)))
    return found


class Phone:
    """One phone; what the browser complains about is collected."""

    def __init__(self, browser: Browser, site: "Site", width: int = 390, **more: Any) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 844}, locale="zh-CN", is_mobile=True, has_touch=True, **more
        )
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self._hear(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.on("request", lambda sent: self._hear(sent.url) if not sent.url.startswith(self._own) else None)
        self.page = page
        return page

    @property
    def _own(self) -> tuple[str, ...]:
        return (self.site.url, "data:", f"blob:{self.site.url}")

    def _hear(self, text: str) -> None:
        if "Failed to load resource" not in text:  # being offline, refused or cut off is what is tested
            self.complaints.append(text)

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []

    def sign_in(self, login: str = OFFICER, target: str = "/field/") -> "Phone":
        self.page.goto(f"{self.site.url}/sign-in?next={target}")
        self.page.fill("#login", login)
        self.page.fill("#password", "demo-2026")
        self.page.click("main button.btn-primary")
        return self

    def ready(self) -> "Phone":
        """Wait until the pages would open without a network and the tasks are here."""
        expect(self.page.locator("#offline")).to_have_text("已可离线使用")
        expect(self.page.locator(".f-task").first).to_be_visible()
        return self

    def offline(self, is_offline: bool = True) -> None:
        self.context.set_offline(is_offline)

    def open(self) -> Page:
        self.page.goto(f"{self.site.url}/field/")
        return self.page

    def begin(self, place: int = 0) -> None:
        self.page.locator(".f-task").nth(place).click()
        self.page.click("#start")
        expect(self.page.locator("#submit")).to_be_visible()

    def answer(self, verdict: str = "yes") -> None:
        for line in SHEET:
            self.page.click(LINE.format(code=line["code"], verdict=verdict))

    def reply(self, question: str, *, is_yes: bool) -> None:
        """Press what asks back, and wait until it has asked: the page looks into its store first."""
        with self.page.expect_event("dialog"):
            self.page.once("dialog", lambda dialog: dialog.accept() if is_yes else dialog.dismiss())
            self.page.click(question)

    def photo(self) -> bytes:
        """Return a picture as a camera makes it, no two alike."""
        return base64.b64decode(self.page.evaluate(_PICTURE, next(_COLOURS)))

    def photos(self, count: int) -> None:
        files: list[Any] = [{"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": self.photo()} for _ in range(count)]
        shown = self.page.locator(".f-thumb").count()
        self.page.set_input_files("#album", files)
        expect(self.page.locator(".f-thumb")).to_have_count(shown + count)

    def conclude(self, result: str = "no_problem", summary: str = "现场与许可一致") -> None:
        self.page.click(f"label:has(input[name=result][value={result}])")
        self.page.fill("#summary", summary)

    def sign(self, name: str = "演示·当事人") -> None:
        self.page.click("label:has(input[value=signed])")
        self.page.fill("#signature-signer", name)
        pad = self.page.locator("#signature-pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 40, box["y"] + 60)
        self.page.mouse.down()
        for step in range(12):
            self.page.mouse.move(box["x"] + 40 + step * 15, box["y"] + 50 + step % 4 * 18)
        self.page.mouse.up()

    def submit(self) -> None:
        self.page.click("#submit")
        self.page.click("#confirm")
        expect(self.page.locator(".f-row").first).to_be_visible()

    def fill_all(self, summary: str = "现场与许可一致", place: int = 0) -> None:
        self.begin(place)
        self.answer()
        self.conclude(summary=summary)
        self.sign()

    def expect_state(self, state: str) -> None:
        expect(self.page.locator(f".f-row.is-{state}")).to_be_visible(timeout=40_000)

    def accessible(self) -> None:
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(RULES)["violations"]
        broken = [f"{item['id']}: {item['nodes'][0]['html'][:160]}" for item in found]
        assert not broken, broken
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        small = self.page.evaluate(TARGETS)
        assert not small, small

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("window.scrollTo(0, 0)")
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


def phones(browser: Browser, site: "Site") -> Iterator[Any]:
    """Give phones away and look at the end whether one of them complained."""
    given: list[Phone] = []

    def take(width: int = 390, **more: Any) -> Phone:
        given.append(Phone(browser, site, width, **more))
        return given[-1]

    yield take
    for phone in given:
        phone.close()
