"""The catalogue as a file: what goes out comes back unchanged, every row says what becomes of it, nothing doubles."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook, load_workbook

from tests.processes.rig import CityRig, Look
from workflows import errors
from workflows.catalog import TITLES
from workflows.catalogue.imports import (
    CatalogueImport,
    PreviewCatalogue,
    ProposeRow,
    commit_catalogue,
    read_import,
)
from workflows.catalogue.proposals import Proposal, ProposeChange, Rules
from workflows.catalogue.sheets import catalogue_workbook
from workflows.intake.report import as_written, harmless
from workflows.records.catalogue import catalogue_change

pytestmark = pytest.mark.clause("zz2020/2.2")
TODAY, LATER = date(2026, 3, 2), date(2026, 3, 9)
Cells = list[list[Any]]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[CityRig]:
    rig = CityRig(f"sqlite:///{tmp_path / 'city.db'}")
    yield rig
    rig.close()


def rules(city: CityRig) -> Rules:
    return Rules(city.app.rulebook, city.app.clauses, TITLES)


def exported(city: CityRig, layout: str = "annex", on: date = TODAY) -> bytes:
    return city.app.engine.ask(Look(lambda uow: catalogue_workbook(uow, rules(city).words(uow), on, layout)))


def preview(city: CityRig, data: bytes, login: str = "zc.fagui", name: str = "清单.xlsx") -> CatalogueImport:
    command = PreviewCatalogue(city.actor(login), name, data, LATER, "换版文件", rules(city))
    return shown(city, city.app.engine.execute(command))


def shown(city: CityRig, batch_id: UUID) -> CatalogueImport:
    return city.app.engine.ask(Look(lambda uow: read_import(uow, batch_id)))


def commit(city: CityRig, found: CatalogueImport, login: str = "zc.fagui") -> CatalogueImport:
    commit_catalogue(city.app.engine, rules(city), city.actor(login), found.batch["id"])
    return shown(city, found.batch["id"])


def edited(data: bytes, *changes: tuple[int, str, str, Any]) -> bytes:
    """Change cells: number of the sheet, code of the item or check item in the row, column, value."""
    book = load_workbook(io.BytesIO(data))
    for number, code, column, value in changes:
        sheet = book.worksheets[number]
        header = [cell.value for cell in sheet[1]]
        row = next(row for row in sheet.iter_rows(min_row=2) if code in [cell.value for cell in row])
        row[header.index(column)].value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(*rows: list[str], title: str = "清单") -> bytes:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def said(found: CatalogueImport, code: str) -> str:
    return "；".join(
        message["message"] for row in found.rows if row["item_code"] == code for message in row["messages"]
    )


@pytest.mark.parametrize("layout", ["annex", "national"])
def test_what_goes_out_comes_back_without_a_change(city: CityRig, layout: str) -> None:
    found = preview(city, exported(city, layout))
    assert {row["item_code"] for row in found.rows} == {f"ZR{n:03d}" for n in range(1, 36)}
    assert set(found.counts) <= {"unchanged", "joined"}
    assert found.counts["unchanged"] == 35
    assert [row["differences"] for row in found.rows if row["differences"]] == []
    commit(city, found)
    assert city.rows(catalogue_change) == []


def test_each_change_becomes_a_proposal_that_shows_old_and_new(city: CityRig) -> None:
    data = edited(
        exported(city),
        (0, "ZR001", "监管措施", "查验有效期"),
        (0, "ZR002", "责任单位", "市局测绘科"),
        (1, "ZR003-01", "检查内容", "只看边界"),
    )
    found = preview(city, data)
    assert found.counts["ready"] == 3
    first = {row["item_code"]: row["differences"] for row in found.rows if row["outcome"] == "ready"}
    assert first["ZR001"] == [{"label": "监管措施", "old": "查验有效期和使用情况, 随机抽查", "new": "查验有效期"}]
    assert first["ZR002"] == [{"label": "监管主体", "old": "市局用地规划科", "new": "市局测绘科"}]
    assert first["ZR003"][0]["label"] == "检查项 ZR003-01 检查内容"
    assert city.rows(catalogue_change) == []
    done = commit(city, found)
    assert done.counts["proposed"] == 3
    assert {row["item_code"] for row in city.rows(catalogue_change)} == {"ZR001", "ZR002", "ZR003"}
    assert all(row["business_key"] for row in done.rows if row["outcome"] == "proposed")


def test_the_same_file_again_proposes_nothing_more(city: CityRig) -> None:
    data = edited(exported(city), (0, "ZR001", "监管措施", "查验有效期"))
    found = preview(city, data)
    commit(city, found)
    commit(city, found)
    again = preview(city, data)
    assert again.counts.get("ready", 0) == 0
    assert "相同的调整已经提出：QD2026-00001" in said(again, "ZR001")
    commit(city, again)
    assert len(city.rows(catalogue_change)) == 1


def test_a_commit_that_broke_off_goes_on_where_it_stopped(city: CityRig) -> None:
    found = preview(city, edited(exported(city), (0, "ZR001", "检查比例频次", "每年两次"),
                                 (0, "ZR002", "检查比例频次", "每年两次")))  # fmt: skip
    place = next(row["place"] for row in found.rows if row["outcome"] == "ready")
    city.app.engine.execute(ProposeRow(found.batch["id"], place, city.actor("zc.fagui"), rules(city)))
    assert shown(city, found.batch["id"]).batch["status"] == "previewed"
    done = commit(city, found)
    assert (done.batch["status"], done.counts["proposed"]) == ("committed", 2)
    assert len(city.rows(catalogue_change)) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((0, "ZR001", "监管措施", ""), "缺少监管措施"),
        ((0, "ZR001", "责任单位", "不存在科"), "没有单位“不存在科”"),
        ((0, "ZR001", "责任单位", ""), "缺少责任单位"),
        ((0, "ZR001", "事项类型", "随便"), "事项类型“随便”无效"),
        ((0, "ZR001", "监管方式", "双随机、拍脑袋"), "监管方式“拍脑袋”无效"),
        ((0, "ZR001", "重点监管", "也许"), "请填写“是”或“否”"),
        ((0, "ZR001", "重点监管", "是"), "重点事项没有列入重点监管方式"),
        ((0, "ZR001", "专门时限", "两天"), "请写成 时限名称=天数"),
        ((0, "ZR001", "专门时限", "nothing=3"), "专门时限的名称不存在"),
        ((0, "ZR001", "承办流程", "没有的流程"), "承办流程“没有的流程”无效"),
        ((0, "ZR001", "对应条款", "no/such"), "对应条款不存在"),
        ((0, "ZR001", "抄送对象", "没有的局"), "没有单位“没有的局”"),
        ((0, "ZR001", "子项名称", "竣工规划核实"), "与其他事项同名"),
        ((0, "ZR001", "审批机关", ""), "没有审批机关"),
        ((1, "ZR001-01", "检查内容", ""), "缺少检查内容"),
    ],
)
def test_a_row_with_a_fault_is_refused_and_says_why(
    city: CityRig, change: tuple[int, str, str, Any], words: str
) -> None:
    found = preview(city, edited(exported(city), change))
    assert words in said(found, "ZR001")
    assert {row["item_code"] for row in found.rows if row["outcome"] == "refused"} == {"ZR001"}
    assert found.counts.get("ready", 0) == 0
    commit(city, found)
    assert city.rows(catalogue_change) == []


def test_a_file_written_from_an_older_version_is_refused(city: CityRig) -> None:
    old = exported(city)
    actor = city.actor("ks.ytgz")
    wanted = Proposal("amend", "ZR001", {"aliases": ["用地预审"]}, date(2026, 3, 3), "补充名称")
    city.app.engine.execute(ProposeChange(actor, wanted, rules(city)))
    city.complete("review_change", "zc.fagui", review="pass")
    city.at("2026-03-03T00:00:00")
    found = preview(city, edited(old, (0, "ZR001", "监管措施", "查验有效期")))
    assert "清单已更新到第 2 版，请重新导出后再改" in said(found, "ZR001")


def test_a_new_item_comes_in_by_file(city: CityRig) -> None:
    book = load_workbook(io.BytesIO(exported(city)))
    header = [cell.value for cell in book.worksheets[0][1]]
    row = [cell.value for cell in book.worksheets[0][2]]
    new = {"事项编码": "ZR036", "版本": None, "子项名称": "临时展示设施方案备案", "对应许可事项": None}
    check = ["ZR036", "", "", "ZR036-01", "设施检查", "是否按方案", "现场检查", "每年一次"]
    annex = [new.get(name, value) for name, value in zip(header, row, strict=True)]
    book.worksheets[0].append(annex)
    book.worksheets[1].append(check)
    out = io.BytesIO()
    book.save(out)
    found = preview(city, out.getvalue())
    assert [r["item_code"] for r in found.rows if r["outcome"] == "ready"] == ["ZR036"]
    commit(city, found)
    assert city.rows(catalogue_change)[0]["kind"] == "create"


def test_rows_without_a_code_and_the_same_item_twice_are_refused(city: CityRig) -> None:
    header = ["事项编码", "子项名称", "监管措施"]
    found = preview(city, table(header, ["", "甲", "查"], ["ZR001", "建设项目用地预审与选址意见书", "查"],
                                ["ZR001", "建设项目用地预审与选址意见书", "再查"]))  # fmt: skip
    assert [row["outcome"] for row in found.rows].count("refused") == 3
    assert "缺少事项编码" in said(found, "")
    assert "与第 3 行是同一事项" in said(found, "ZR001")


def test_a_section_may_only_propose_for_its_own_items(city: CityRig) -> None:
    data = edited(exported(city), (0, "ZR001", "监管措施", "查"), (0, "ZR002", "监管措施", "查"))
    found = preview(city, data, "ks.ytgz")
    assert {row["item_code"]: row["outcome"] for row in found.rows if row["outcome"] in ("ready", "refused")} == {
        "ZR001": "ready", "ZR002": "refused",
    }  # fmt: skip
    assert "不是本单位监管或审批的事项" in said(found, "ZR002")


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.xlsx", b""), ("a.xlsx", b"nonsense"), ("a.csv", "甲,乙\n1,2\n".encode()), ("a.xlsx", table(["列一", "列二"]))],
)
def test_a_file_that_is_no_catalogue_is_refused_as_a_whole(city: CityRig, name: str, data: bytes) -> None:
    with pytest.raises(errors.ImportInvalid):
        preview(city, data, name=name)


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-1", "@cmd", "  =HYPERLINK(1)", "\t=1", "正常", "'引号"])
def test_a_formula_goes_out_as_text_and_comes_back_as_it_was(text: str) -> None:
    out = harmless(text)
    assert not out.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))
    assert as_written(out) == text


def test_no_cell_of_the_export_is_a_formula(city: CityRig) -> None:
    contents = {"handling": '=HYPERLINK("http://a")', "supervising_units": ["NR-CITY-YTGZ"]}
    wanted = Proposal("amend", "ZR001", contents, date(2026, 3, 3), "演示")
    city.app.engine.execute(ProposeChange(city.actor("ks.ytgz"), wanted, rules(city)))
    city.complete("review_change", "zc.fagui", review="pass")
    city.complete("approve_change", "ju.lingdao", approval="approve")
    city.at("2026-03-03T00:00:00")
    data = exported(city, on=date(2026, 3, 3))
    book = load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert any(cell.value == '\'=HYPERLINK("http://a")' for cell in cells)
    assert preview(city, data).counts["unchanged"] == 35
