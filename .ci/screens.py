"""Take pictures of the main screens of a demo city, as an office computer and as a phone show them: docs/screens.

.venv/bin/python .ci/screens.py                 # every screen
.venv/bin/python .ci/screens.py worklist task   # some of them
.venv/bin/python .ci/screens.py --out var/look --whole worklist    # whole pages, to look for what is wrong
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from waitress import create_server

from engine.testing import FakeClock
from web.app import create_app
from workflows import bootstrap, cli
from workflows.bootstrap import Application
from workflows.migrate import migrate
from workflows.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "screens"
SIZES = {"1366": (1366, 768), "390": (390, 844)}
COLOURS = 128
NOW = datetime(2026, 3, 12, 7, 30, tzinfo=UTC)  # a Thursday afternoon in China
CLERK, OFFICER, HEAD, DISTRICT, SQUAD = "sp.jianshe", "ks.jsgc", "ks.jsgc.kz", "zr.xc.jz", "cg.xc"
POLICY, LEADER, SECOND, ADMIN, ENFORCER = "zc.fagui", "ju.lingdao", "ju.lingdao2", "xt.admin", "ks.zf"
HEAD_TEXT = """# Screens

Every main screen of the demo city, as an office computer (1366×768) and as a phone (390×844) show it.
`.ci/screens.py` takes the pictures; whoever changes a screen takes them again and looks at them.

| screen | office computer | phone |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture: who looks, from where, and which links lead there; *at* is scrolled to."""

    name: str
    title: str
    login: str
    path: str
    links: tuple[str, ...] = ()
    at: str = ""


TASK = ('tr[data-row]:has-text("认领或退回") a.row-title',)
ROW = 'main table a[href^="'
FEEDBACK = 'tr[data-row]:has-text("反馈") a.row-title'
CASE = ('main a[href^="/cases/SG"]',)
SCREENS = (
    Screen("sign-in", "登录", "", "/sign-in"),
    Screen("worklist", "工作台", OFFICER, "/tasks"),
    Screen("worklist-chosen", "工作台：选中一件", OFFICER, "/tasks", ("a[data-preview]",)),
    Screen("batch", "批量办理", OFFICER, "/tasks?step=claim_duty", ("!choose",)),
    Screen("task", "任务表单", OFFICER, "/tasks", TASK),
    Screen("task-check", "提交前核对", DISTRICT, "/tasks", TASK),
    Screen("task-return", "退回", OFFICER, "/tasks", (FEEDBACK, 'main a[href$="/return"]')),
    Screen("why", "派发依据", OFFICER, "/tasks", (*TASK, 'main a[href$="/why"]')),
    Screen("signings", "会签", LEADER, "/signings"),
    Screen("signing", "发起会签", OFFICER, "/tasks", (*TASK, 'main a[href$="/signing"]')),
    Screen("readings", "抄送与已阅", SECOND, "/readings"),
    Screen("absence", "外出与代理", OFFICER, "/me/delegations"),
    Screen("case", "案件档案", OFFICER, "/tasks", (*TASK, *CASE)),
    Screen("case-timeline", "案件档案：时限与函件", OFFICER, "/tasks", (*TASK, *CASE), "text=往来函件与回执"),
    Screen("search", "查找案件", OFFICER, "/cases?q=演示"),
    Screen("inbox", "收件箱（回执）", OFFICER, "/inbox"),
    Screen("outbox", "发文簿", CLERK, "/outbox"),
    Screen("intake", "办件接入", CLERK, "/intake"),
    Screen("cockpit", "督办看板", LEADER, "/cockpit"),
    Screen("heat", "逾期热力图", LEADER, "/cockpit/heat"),
    Screen("forecast", "办结预测", LEADER, "/forecast"),
    Screen("catalogue", "监管事项清单", OFFICER, "/catalogue"),
    Screen("catalogue-item", "一个事项", OFFICER, "/catalogue", (f'{ROW}/catalogue/items/"]',)),
    Screen("limits", "时限与日历", POLICY, "/limits"),
    Screen("limit-edit", "修改时限", POLICY, "/limits", ('main a[href^="/limits/edit/limit/"]',)),
    Screen("random", "双随机抽查", POLICY, "/random-checks"),
    Screen("inspections", "行政检查", OFFICER, "/inspections"),
    Screen("penalties", "行政处罚", OFFICER, "/penalties"),
    Screen("penalty", "处罚案卷", OFFICER, "/penalties", (f'{ROW}/penalties/"]',)),
    Screen("construction", "批后跟踪", DISTRICT, "/construction"),
    Screen("complaints", "投诉举报", POLICY, "/complaints"),
    Screen("alerts", "非现场监管", ENFORCER, "/alerts"),
    Screen("credit", "信用信息", POLICY, "/credit"),
    Screen("exchange", "互联网+监管", POLICY, "/exchange"),
    Screen("reconciliation", "对账", POLICY, "/reconciliation"),
    Screen("performance", "履职监督", POLICY, "/performance"),
    Screen("oversight", "监督文书", POLICY, "/oversight"),
    Screen("bulletin", "工作通报", POLICY, "/bulletins", (f'{ROW}/bulletins/"]',)),
    Screen("staff", "专职人员", POLICY, "/staff"),
    Screen("definitions", "流程定义", ADMIN, "/engine/definitions"),
    Screen("definition", "流程的一个版本", ADMIN, "/engine/definitions", (f'{ROW}/engine/definitions/"]',)),
    Screen("instances", "流程实例", ADMIN, "/engine/instances"),
    Screen("instance", "一个实例", ADMIN, "/engine/instances", (f'{ROW}/engine/instances/"]',)),
    Screen("incidents", "流程异常", ADMIN, "/engine/incidents"),
    Screen("jobs", "作业", ADMIN, "/engine/jobs"),
    Screen("migrations", "迁移版本", ADMIN, "/engine/migrations"),
    Screen("requests", "待第二人确认", POLICY, "/engine/requests"),
    Screen("settings", "设置", OFFICER, "/settings"),
    Screen("help", "帮助", OFFICER, "/help/worklist"),
    Screen("not-found", "无权查看", SQUAD, "/cases/SG2026-00001"),
    Screen("offline", "没有网络", OFFICER, "/offline"),
    Screen("field", "手机现场检查", ENFORCER, "/field/"),
)  # fmt: skip


def city(folder: Path) -> Application:
    """Return a demo city as ``make demo`` makes it, at a day that is always the same."""
    settings = Settings(database=f"sqlite:///{folder / 'city.db'}", secret="s" * 40, is_demo=True)
    if not (folder / "city.db").exists():
        migrate(settings.database)
        app = bootstrap.build(settings, clock=FakeClock(NOW))
        with app.engine.database.expendable():
            cli._fill(app, folder)
        app.close()
    app = bootstrap.build(settings, clock=FakeClock(NOW))
    app.rulebook.attach(app.engine)
    return app


@contextmanager
def served(app: Application) -> Iterator[str]:
    """Serve a city on a free port."""
    server = create_server(create_app(app), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(5)


class Camera:
    """One size of window, with a session of each person."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int]) -> None:
        self._browser, self._url, self._size = browser, url, size
        self._sessions: dict[str, BrowserContext] = {}

    def page_of(self, login: str) -> Page:
        """Return a new window of a person who has signed in."""
        if login not in self._sessions:
            width, height = self._size
            is_phone = width < 600
            self._sessions[login] = context = self._browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
                is_mobile=is_phone, has_touch=is_phone, service_workers="block",
            )  # fmt: skip
            if login:
                page = context.new_page()
                page.goto(f"{self._url}/sign-in")
                page.fill("#login", login)
                page.fill("#password", "demo-2026")
                page.click("main button.btn-primary")
                page.close()
        page = self._sessions[login].new_page()
        page.set_default_timeout(15_000)
        return page

    def take(self, screen: Screen, *, whole: bool) -> bytes:
        """Return the picture of a screen."""
        page = self.page_of(screen.login)
        page.goto(self._url + screen.path)
        for link in screen.links:
            self._follow(page, link)
        page.wait_for_load_state("networkidle")
        if screen.at:
            page.locator(screen.at).first.scroll_into_view_if_needed()
        picture = page.screenshot(full_page=whole)
        page.close()
        return picture

    def _follow(self, page: Page, link: str) -> None:
        if link == "!choose":
            if self._size[0] < 600:
                raise AssertionError("many at once are chosen at a computer")
            for box in page.locator('tr[data-row] input[type="checkbox"]').all()[:3]:
                box.check()
            page.locator('button[formaction$="/choose"]').first.click()
        else:
            address = page.locator(link).first.get_attribute("href")
            assert address is not None, link
            page.goto(self._url + re.sub(r"^https?://[^/]+", "", address))

    def close(self) -> None:
        """End all sessions."""
        for context in self._sessions.values():
            context.close()


def small(picture: bytes) -> bytes:
    """Return a picture with few colours: a third of the bytes, and nobody sees the difference."""
    kept = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        kept, "PNG", optimize=True
    )
    return kept.getvalue()


def index() -> str:
    """Return the page that shows all pictures."""
    lines = [f"| {one.title} | {_shown(one, '1366')} | {_shown(one, '390')} |" for one in SCREENS]
    return HEAD_TEXT + "\n".join(lines) + "\n"


def _shown(screen: Screen, label: str) -> str:
    """Return the picture of a screen in one size, nothing when it was never taken."""
    name = f"{screen.name}-{label}.png"
    return f"![{screen.title}]({name})" if (TARGET / name).exists() else ""


def shots(url: str, browser: Browser, wanted: list[Screen], *, whole: bool) -> Iterator[tuple[str, bytes]]:
    """Yield each picture by its file's name; a screen that cannot be reached yields nothing, but says so."""
    for label, size in SIZES.items():
        camera = Camera(browser, url, size)
        for screen in wanted:
            try:
                yield f"{screen.name}-{label}.png", small(camera.take(screen, whole=whole))
            except (AssertionError, Error) as exc:  # the others are taken all the same
                print(f"{screen.name} {label}: {str(exc).splitlines()[0]}", flush=True)
        camera.close()


def take(out: Path, folder: Path, wanted: list[Screen], *, whole: bool) -> int:
    """Write the pictures of a city's screens; answers how many are missing."""
    for path in (out, folder):
        path.mkdir(parents=True, exist_ok=True)
    app, taken = city(folder), 0
    with sync_playwright() as playwright, served(app) as url:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--lang=zh-CN"])
        for name, picture in shots(url, browser, wanted, whole=whole):
            (out / name).write_bytes(picture)
            taken += 1
        browser.close()
    app.close()
    return len(wanted) * len(SIZES) - taken


def main() -> int:
    """Take the pictures; answers how many are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--city", type=Path, help="a folder that keeps the city for the next time")
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what is seen first")
    given = parser.parse_args()
    wanted = [one for one in SCREENS if not given.names or one.name in given.names]
    with tempfile.TemporaryDirectory() as scratch:
        missing = take(given.out, given.city or Path(scratch), wanted, whole=given.whole)
    if given.out == TARGET:
        (TARGET / "README.md").write_text(index(), encoding="utf-8")
    return missing


if __name__ == "__main__":
    sys.exit(main())
