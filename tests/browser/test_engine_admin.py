"""An administrator in a real browser: the modeler keeps every attribute, shows its mark, and leads to the check."""

from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import press

pytestmark = needs_chromium
SHIPPED = sorted((Path(__file__).resolve().parents[2] / "bpmn").glob("*/*.bpmn"))
DEFAULTS = {("cancelActivity", "true")}  # BPMN means the same without it
Fact = tuple[str, str, str, str]


def facts(xml: bytes) -> set[Fact]:
    """Return every attribute and text below the definitions by the element that has it; layout numbers left out."""
    found: set[Fact] = set()
    for element in etree.fromstring(xml).iter("{*}*"):
        place = owner(element)
        kind = etree.QName(element).localname
        if kind in ("Bounds", "waypoint", "BPMNLabel", "definitions"):
            continue
        found |= {(place, kind, str(name), str(value)) for name, value in element.attrib.items()
                  if (str(name), str(value)) not in DEFAULTS}  # fmt: skip
        text = " ".join((element.text or "").split())
        if text:
            found.add((place, kind, "text", text))
    return found


def owner(element: etree._Element) -> str:
    """Return the nearest id at or above an element."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return ""


@pytest.fixture
def page(browser: Browser, site: Site) -> Page:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    shown = context.new_page()
    shown.goto(site.url + "/sign-in")
    shown.fill("#login", "xt.admin")
    shown.fill("#password", "demo-2026")
    press(shown, "main button.btn-primary")
    yield shown
    context.close()


@pytest.mark.acceptance("A24")
def test_the_modeler_opens_and_saves_every_diagram_without_loss(page: Page, site: Site) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda sent: None if sent.url.startswith((site.url, "data:", "blob:")) else complaints.append(sent.url),
    )
    page.goto(site.url + "/engine/modeler?key=supervision_order&version=1")
    root = page.locator("[data-modeler]")
    expect(root).to_have_attribute("data-opened", "1")
    expect(page.locator("#model-name")).to_have_value("supervision_order.bpmn")
    lost = {}
    for count, path in enumerate(SHIPPED, 2):
        page.set_input_files("[data-modeler-file]", str(path))
        expect(root).to_have_attribute("data-opened", str(count))
        saved = page.locator("[data-modeler-form] [name=xml]").input_value().encode()
        missing = facts(path.read_bytes()) - facts(saved)
        if missing:
            lost[path.stem] = sorted(missing)[:5]
    assert lost == {}
    mark = page.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    inside = page.evaluate(
        "([x, y]) => !!document.elementFromPoint(x, y).closest('.bjs-powered-by')",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert inside
    page.click("[data-modeler-form] button.btn-primary")
    expect(page.locator("h1")).to_contain_text("部署检查")
    expect(page.locator(".banner").first).to_contain_text("可以部署")
    assert complaints == []
