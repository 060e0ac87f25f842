"""A demo city with work in it: made-up decisions in the official layout, and officers who have begun to act.

Everything is marked as demo; no person or enterprise in it exists.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.desk.worklist import WorklistFilter
from workflows.directory import find_actor
from workflows.identifiers import credit_code_check_character
from workflows.intake.layouts import DUAL_LICENCE, LOCAL
from workflows.items import Item, items_on
from workflows.policy import Actor
from workflows.uow import local_day_of

COLUMNS = {
    **{code: name for code, name in DUAL_LICENCE.items() if code != "XK_FR_SFZH"},
    **{code: LOCAL[code] for code in ("project_no", "project_name", "area", "site", "task_name", "result_type")},
}
AREAS = ("370402", "370403", "370404", "370405", "370406", "370481")
_ORGAN_BODY = "1137040000440DEM0"
_ORGAN_CODE = _ORGAN_BODY + credit_code_check_character(_ORGAN_BODY)
_PLACES = ("光明路", "解放路", "文化路", "建设路", "泰山路", "运河大道", "祁连山路", "青檀路")
_PROJECTS = (
    "住宅小区",
    "商业综合体",
    "标准厂房",
    "道路工程",
    "供热管线",
    "学校扩建",
    "养老中心",
    "物流仓库",
    "文旅项目",
    "农产品市场",
)


def demo_rows(items: list[Item], now: datetime, count: int = 320, seed: int = 2026) -> Iterator[dict[str, str]]:
    """Yield rows of the official layout; the last few are faulty on purpose."""
    chance = random.Random(seed)  # noqa: S311 - demo data, not a secret
    for number in range(1, count + 1):
        area = chance.choice(AREAS)
        item = items[3] if chance.random() < 0.35 else chance.choice(items)
        decided = now - timedelta(days=chance.choice((0, 0, 1, 1, 2, 3, 4)), hours=chance.randint(1, 5))
        refused = chance.random() < 0.04
        body = f"91{area}MA{chance.randint(10_000_000, 99_999_999)}"[:17].ljust(17, "0")
        project = f"演示{chance.choice(_PLACES)}{chance.choice(_PROJECTS)}{number:03d}"
        document = f"演示字第{area}{decided.year}{number:05d}号"
        yield {
            "XK_XDR_MC": f"演示{chance.choice('甲乙丙丁戊己庚辛')}{number:03d}有限公司", "XK_XDR_LB": "法人及非法人组织",
            "XK_XDR_SHXYM": body + credit_code_check_character(body), "XK_FRDB": "演示负责人",
            "XK_XKWS": f"{item.name}决定书", "XK_WSH": document, "XK_XKLB": "普通", "XK_XKZS": item.name,
            "XK_XKBH": document, "XK_NR": project, "XK_JDRQ": f"{decided:%Y-%m-%d}", "XK_YXQZ": f"{decided:%Y-%m-%d}",
            "XK_YXQZI": f"{decided.year + 3}-{decided:%m}-01", "XK_XKJG": "枣庄市行政审批服务局", "XK_ZT": "1",
            "XK_LYDW": "枣庄市行政审批服务局", "XK_XKJGDM": _ORGAN_CODE, "XK_LYDWDM": _ORGAN_CODE, "project_no": f"YS{decided:%Y%m%d}{number:05d}",
            "project_name": project, "area": area, "site": f"演示{chance.choice(_PLACES)} {chance.randint(1, 300)} 号",
            "task_name": item.name, "result_type": "不予" if refused else "准予",
        }  # fmt: skip
    yield {"XK_XDR_MC": "演示缺码有限公司", "XK_XDR_LB": "法人及非法人组织", "XK_WSH": "演示坏行一号",
           "XK_XKZS": items[3].name, "XK_JDRQ": f"{now:%Y-%m-%d}", "project_no": "YS-BAD-1"}  # fmt: skip
    yield {"XK_XDR_MC": "演示错码有限公司", "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": "91370400MA3C0DEM0X",
           "XK_WSH": "演示坏行二号", "XK_XKZS": items[3].name, "XK_JDRQ": "二月三十", "project_no": "YS-BAD-2"}  # fmt: skip


def write_demo_workbook(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    """Write rows as an xlsx file with Chinese column names."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("行政许可")
    sheet.append(list(COLUMNS.values()))
    for row in rows:
        sheet.append([row.get(code, "") for code in COLUMNS])
    book.save(path)


def fill(app: Application, folder: Path) -> int:
    """Import the demo file and let demo officers act on a share of the cases; answers how many were taken in."""
    now = app.clock.now()
    items = list(app.engine.ask(Ask(lambda uow: items_on(uow, local_day_of(uow.now)))))
    path = folder / "demo-approvals.xlsx"
    write_demo_workbook(path, demo_rows(items, now))
    clerk = _person(app, "sp.jianshe")
    batch_id = app.desk.intake.preview(clerk, path.name, path.read_bytes())
    taken = app.desk.intake.take_in(clerk, batch_id).counts.get("accepted", 0)
    app.jobs.run_due()
    _act(app)
    return taken


def _person(app: Application, login: str) -> Actor:
    found = app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
    if found is None:
        raise LookupError(login)
    return found


def _act(app: Application) -> None:
    """Let officers of some units claim, plan, acknowledge and register a lead, so that every screen has content."""
    chance = random.Random(7)  # noqa: S311 - demo data
    for login in ("ks.jsgc", "zr.xc", "zr.tez"):
        _work_through(app, _person(app, login), chance, 12)
    for login in ("cg.xc", "cg.st"):
        _work_through(app, _person(app, login), chance, 8, view="cc")
    _transfer(app)


def _work_through(app: Application, actor: Actor, chance: random.Random, count: int, view: str = "todo") -> None:
    done = 0
    for row in app.desk.worklist.page(actor, WorklistFilter(view, limit=count)).rows:
        if row.task_id is None or chance.random() < 0.3:
            continue
        answers: dict[str, Any] = {"decision": "claim"}
        if row.element_id == "acknowledge_copy":
            answers = {"decision": "acknowledged"}
        elif row.element_id == "claim_duty" and done % 6 == 5:
            answers = {"decision": "return", "return_code": "outside_remit", "note": "演示：不属于本单位职责，请裁定。"}
        elif row.element_id != "claim_duty":
            continue
        app.desk.tasks.complete(actor, row.task_id, answers)
        done += 1
    app.jobs.run_due()


def _transfer(app: Application) -> None:
    finder, head = _person(app, "zr.xc"), _person(app, "zr.xc.jz")
    now = app.clock.now()
    lead = {
        "source": "检查发现", "found_at": (now - timedelta(hours=2)).isoformat(), "matter": "illegal_building",
        "place_kind": "planned", "area": "370403", "party_name": "演示违建有限公司", "project_name": "演示违建项目",
        "site": "演示路 9 号", "facts": "演示：现场加建二层，未取得规划许可。", "evidence": "现场照片三张\n勘测记录一份",
    }  # fmt: skip
    case = app.desk.transfers.register(finder, lead).business_key
    answers = {"decision": "transfer", "matter": "illegal_building", "place_kind": "planned",
               "check_note": "演示：情况属实，属城管职权。"}  # fmt: skip
    _complete(app, finder, case, answers)
    _complete(app, head, case, {"decision": "approve", "receiver_unit": "CG-XC"})
    app.jobs.run_due()


def _complete(app: Application, actor: Actor, case: str, answers: Mapping[str, Any]) -> None:
    for row in app.desk.worklist.of_case(actor, case)[:1]:
        if row.task_id is not None:
            app.desk.tasks.complete(actor, row.task_id, answers)
