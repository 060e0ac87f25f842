"""Made-up decisions in the official layout; no person or enterprise in them exists."""

import io
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from openpyxl import Workbook

from workflows.demo_city import DemoCity
from workflows.identifiers import PLACEHOLDER_USCC, credit_code_check_character
from workflows.intake.layouts import DUAL_LICENCE, LOCAL
from workflows.items import Item
from workflows.uow import local_day_of

_OLDER = ("XK_FR_SFZH", "XK_XDR_TYPE", "XK_FDDB", "XK_XDR_SFZH")
_OURS = ("project_no", "project_name", "area", "site", "task_name", "result_type")
COLUMNS: Mapping[str, str] = {
    **{code: name for code, name in DUAL_LICENCE.items() if code not in _OLDER},
    **{code: LOCAL[code] for code in _OURS},
}
_PLACES = ("光明路", "解放路", "文化路", "建设路", "泰山路", "运河大道", "祁连山路", "青檀路")
_PROJECTS = ("住宅小区", "商业综合体", "标准厂房", "道路工程", "供热管线", "学校扩建", "养老中心", "物流仓库",
             "文旅项目", "农产品市场")  # fmt: skip
_DAYS_AGO = (0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13)


def demo_rows(
    place: DemoCity, items: Sequence[Item], now: datetime, count: int = 320, seed: int = 2026
) -> Iterator[dict[str, str]]:
    """Yield *count* good rows of the two weeks before *now*, oldest first, then five faulty ones.

    The same arguments give the same rows. About one in thirty is refused, and one in thirty leaves a
    recommended column empty, so that a clerk has to look at it.
    """
    chance = random.Random(seed)  # noqa: S311 - demo data, not a secret
    days = sorted((chance.choice(_DAYS_AGO) for _ in range(count)), reverse=True)
    for number, ago in enumerate(days, 1):
        building = next((item for item in items if item.code == place.building_item), items[0])
        item = building if chance.random() < 0.3 else items[number % len(items)]
        yield _row(chance, place, number, item, local_day_of(now - timedelta(days=ago)))
    yield from _faulty(_row(chance, place, count + 1, items[0], local_day_of(now)))


def _row(chance: random.Random, place: DemoCity, number: int, item: Item, decided: date) -> dict[str, str]:
    area = chance.choice(place.districts)
    organ = place.organs[area] if chance.random() < 0.4 else place.city_organ
    organ_code = _code("11", area, 0)
    project = f"演示{chance.choice(_PLACES)}{chance.choice(_PROJECTS)}{number:03d}"
    document = f"演示字第{area}{decided.year}{number:05d}号"
    refused, incomplete = chance.random() < 1 / 30, chance.random() < 1 / 30
    return {
        **_party(chance, number, area),
        "XK_XKWS": f"{item.name}决定书", "XK_WSH": document, "XK_XKLB": "普通", "XK_XKZS": item.name,
        "XK_XKBH": document, "XK_NR": project, "XK_JDRQ": f"{decided:%Y-%m-%d}", "XK_YXQZ": f"{decided:%Y-%m-%d}",
        "XK_YXQZI": f"{decided.year + 3}-{decided:%m}-01", "XK_XKJG": organ, "XK_XKJGDM": organ_code, "XK_ZT": "1",
        "XK_LYDW": "" if incomplete else organ, "XK_LYDWDM": organ_code, "BZ": "演示数据",
        "project_no": f"YS{decided:%Y%m%d}{number:05d}", "project_name": project, "area": area,
        "site": f"演示{chance.choice(_PLACES)} {chance.randint(1, 300)} 号", "task_name": item.name,
        "result_type": "不予" if refused else "准予",
    }  # fmt: skip


def _party(chance: random.Random, number: int, area: str) -> dict[str, str]:
    kind = chance.random()
    if kind < 0.06:
        return {"XK_XDR_MC": f"演示{number:03d}便民店", "XK_XDR_LB": "个体工商户", "XK_XDR_SHXYM": PLACEHOLDER_USCC,
                "XK_XDR_GSZC": f"{area}6{number:08d}", "XK_FRDB": "演示经营者"}  # fmt: skip
    name, prefix = (f"演示{number:03d}村股份经济合作社", "N2") if kind < 0.12 else (
        f"演示{chance.choice('甲乙丙丁戊己庚辛')}{number:03d}有限公司", "91")  # fmt: skip
    return {"XK_XDR_MC": name, "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": _code(prefix, area, number),
            "XK_FRDB": "演示负责人"}  # fmt: skip


def _code(prefix: str, area: str, number: int) -> str:
    """Return a credit code with a right check character and DEMO in it, as far as the alphabet allows."""
    body = f"{prefix}{area}DEM{number:06d}"
    return body + credit_code_check_character(body)


def _faulty(good: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield rows that are refused, each for another reason."""
    faults: Sequence[Mapping[str, str]] = (
        {"XK_XDR_SHXYM": ""},
        {"XK_XDR_SHXYM": good["XK_XDR_SHXYM"][:-1] + "#"},
        {"XK_JDRQ": "二月三十"},
        {"XK_XKZS": "不在清单的事项", "task_name": "不在清单的事项"},
        {"XK_XKLB": "其他", "result_type": "待定"},
    )
    for number, fault in enumerate(faults, 1):
        party = {"XK_XDR_MC": f"演示坏行{number}有限公司", "XK_XDR_LB": "法人及非法人组织"}
        yield {**good, **party, "project_no": f"YS-BAD-{number}", "XK_WSH": f"演示坏行{number}号", **fault}


def demo_workbook(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return rows as an xlsx file with Chinese column names, as the official platform exports them."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("行政许可")
    sheet.append(list(COLUMNS.values()))
    for row in rows:
        sheet.append([row.get(code, "") for code in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
