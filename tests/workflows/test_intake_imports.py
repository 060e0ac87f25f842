"""A file is previewed, then taken in row by row; a crash in between doubles nothing."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from engine import errors as engine_errors
from engine.process_engine import Command
from tests.processes.rig import SAMPLE, CityRig
from workflows import errors, identifiers
from workflows.desk.intake import ImportView
from workflows.intake.batches import TakeRowIn, take_import_in
from workflows.intake.report import harmless
from workflows.records.approvals import approval, import_batch

USCC = "91370400MA3C0DEM0" + identifiers.credit_code_check_character("91370400MA3C0DEM0")


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    rig = CityRig(database_url)
    yield rig
    rig.close()


def row(number: int, **changes: str) -> dict[str, str]:
    document = f"建字第37040220260{number:04d}号"
    return {**SAMPLE, "XK_XDR_SHXYM": USCC, "project_no": f"BJ-{number}", "XK_WSH": document, "XK_XKBH": document,
            **changes}  # fmt: skip


def sheet(*rows: dict[str, str]) -> bytes:
    book = openpyxl.Workbook()
    codes = list(dict.fromkeys(code for found in rows for code in found))
    book.worksheets[0].append(codes)
    for found in rows:
        book.worksheets[0].append([found.get(code, "") for code in codes])
    for cell in (cell for line in book.worksheets[0].iter_rows() for cell in line):
        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def preview(city: CityRig, *rows: dict[str, str], login: str = "sp.jianshe") -> UUID:
    return city.app.desk.intake.preview(city.actor(login), "办件.xlsx", sheet(*rows))


def take_in(city: CityRig, batch: UUID) -> ImportView:
    return city.app.desk.intake.take_in(city.actor("sp.jianshe"), batch)


def outcomes(view: ImportView) -> list[str]:
    return [found.outcome for found in view.rows]


def codes(view: ImportView) -> list[list[str]]:
    return [[message["code"] for message in found.messages] for found in view.rows]


def test_a_preview_stores_the_rows_and_nothing_else(city: CityRig) -> None:
    batch = preview(city, row(1), row(2, XK_XDR_SHXYM="1"))
    view = city.app.desk.intake.view(city.actor("sp.jianshe"), batch)
    assert (view.status, outcomes(view)) == ("previewed", ["ready", "refused"])
    assert view.rows[1].line == 3
    assert city.rows(approval) == []
    assert city.tasks() == []


def test_the_preview_knows_the_catalogue_and_the_other_rows(city: CityRig) -> None:
    batch = preview(city, row(1), row(2, XK_XKZS="没有的事项"), row(1, XK_NR="又一次"))
    view = city.app.desk.intake.view(city.actor("sp.jianshe"), batch)
    assert outcomes(view) == ["ready", "refused", "refused"]
    assert codes(view) == [[], ["item-unknown"], ["duplicate-row"]]
    assert "第 2 行" in view.rows[2].messages[0]["message"]


def test_taking_in_answers_for_every_row(city: CityRig) -> None:
    take_in(city, preview(city, row(1), row(2)))
    view = take_in(city, preview(city, row(1), row(2, project_name="改名小区"), row(3), row(4, XK_JDRQ="2027-01-01")))
    assert outcomes(view) == ["unchanged", "changed", "accepted", "refused"]
    stored = city.rows(import_batch, id=view.id)[0]
    assert (stored["status"], stored["accepted"], stored["changed"], stored["unchanged"], stored["refused"]) == (
        "committed", 1, 1, 1, 1,
    )  # fmt: skip


def test_taking_in_again_changes_nothing(city: CityRig) -> None:
    batch = preview(city, row(1), row(2))
    first, again = take_in(city, batch), take_in(city, batch)
    assert outcomes(first) == outcomes(again) == ["accepted", "accepted"]
    assert len(city.rows(approval)) == 2


def test_two_clerks_who_take_the_same_import_in_double_nothing(city: CityRig) -> None:
    batch = preview(city, *(row(number) for number in range(1, 9)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: take_in(city, batch), range(2)))
    assert outcomes(take_in(city, batch)) == ["accepted"] * 8
    assert sorted(found["business_key"] for found in city.rows(approval)) == [f"SG2026-{n:05d}" for n in range(1, 9)]


class CrashesAfter:
    """An engine that loses its database after so many rows."""

    def __init__(self, city: CityRig, rows: int) -> None:
        self._engine, self._left = city.app.engine, rows
        self.ask = city.app.engine.ask

    def execute(self, command: Command[Any]) -> Any:
        if isinstance(command, TakeRowIn):
            if self._left == 0:
                raise engine_errors.DatabaseUnavailable
            self._left -= 1
        return self._engine.execute(command)


def test_an_import_goes_on_after_a_crash_without_doubles(city: CityRig) -> None:
    batch = preview(city, *(row(number) for number in range(1, 5)))
    with pytest.raises(engine_errors.DatabaseUnavailable):
        take_import_in(CrashesAfter(city, 2), city.app.rulebook, "sp.jianshe", batch)  # type: ignore[arg-type]
    assert len(city.rows(approval)) == 2
    assert outcomes(take_in(city, batch)) == ["accepted"] * 4
    assert [found["business_key"] for found in city.rows(approval)] == [f"SG2026-{n:05d}" for n in range(1, 5)]


class Refuses:
    """An engine whose case refuses one row."""

    def __init__(self, city: CityRig, line: int) -> None:
        self._engine, self._line = city.app.engine, line
        self.ask = city.app.engine.ask

    def execute(self, command: Command[Any]) -> Any:
        if isinstance(command, TakeRowIn) and command.line == self._line:
            raise engine_errors.ExpressionFailed(reason="no answer")
        return self._engine.execute(command)


def test_one_row_that_fails_does_not_stop_the_others(city: CityRig) -> None:
    batch = preview(city, row(1), row(2), row(3))
    view = take_import_in(Refuses(city, 3), city.app.rulebook, "sp.jianshe", batch)  # type: ignore[arg-type]
    assert outcomes(view) == ["accepted", "refused", "accepted"]
    assert codes(view)[1] == ["expression-failed"]


def test_results_are_completed_by_acceptances_that_came_before(city: CityRig) -> None:
    accept = {
        "project_no": "B7", "accept_date": "2026-02-20", "task_name": "竣工规划核实", "applyer_type": "02",
        "applyer_name": "演示置业有限公司", "applyer_page_code": USCC, "org_name": "枣庄市行政审批服务局",
    }  # fmt: skip
    assert outcomes(take_in(city, preview(city, accept))) == ["noted"]
    view = take_in(city, preview(city, {"project_no": "B7", "result_date": "2026-03-01", "result_type": "40"}))
    assert outcomes(view) == ["accepted"]
    assert city.rows(approval)[0]["item_code"] == "ZR009"


def test_only_approval_clerks_import(city: CityRig) -> None:
    with pytest.raises(errors.NotAllowed):
        preview(city, row(1), login="ks.jsgc")


def test_an_import_that_does_not_exist_is_not_found(city: CityRig) -> None:
    with pytest.raises(errors.CaseNotFound):
        take_in(city, UUID(int=0))


def test_the_result_file_has_every_row_and_no_formula(city: CityRig) -> None:
    batch = preview(city, row(1, project_name="=HYPERLINK(1)"), row(2, XK_NR="", site="\t+1"))
    take_in(city, batch)
    data = city.app.desk.intake.result_file(city.actor("sp.jianshe"), batch)
    cells = list(openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows())
    assert [cell.value for cell in cells[0][:3]] == ["行号", "结果", "说明"]
    assert [(line[0].value, line[1].value) for line in cells[1:]] == [("2", "已接收"), ("3", "拒收")]
    assert "许可内容" in str(cells[2][2].value)
    assert {cell.data_type for line in cells for cell in line}.isdisjoint({"f", "e"})
    assert "'=HYPERLINK(1)" in [cell.value for cell in cells[1]]


@pytest.mark.parametrize("text", ["=1", " +1", "-1", "@a", "\t1"])
def test_what_could_be_a_formula_is_made_text(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize(("text", "same"), [("枣庄-1", "枣庄-1"), ("a\x00b", "ab"), ("", "")])
def test_other_text_stays_as_it_is(text: str, same: str) -> None:
    assert harmless(text) == same
