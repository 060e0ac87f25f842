"""工作通报: each number equals its list, the words name no person, every unit signs for itself."""

from io import BytesIO
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from tests.processes.rig import CityRig, Look, warned
from tests.processes.steps import LEAD, permit
from tests.processes.test_supervision_order import CRITICISE, ONE_UNIT, criticised
from workflows.bulletins.calendar import OpenCalendars
from workflows.bulletins.document import number, percent
from workflows.bulletins.lists import CAUSES, SILENT, Span, lines
from workflows.bulletins.steps import StartBulletin
from workflows.errors import FormInvalid, NotAllowed
from workflows.letters import LetterTemplates
from workflows.performance.board import kpi_rows, kpi_values
from workflows.performance.periods import Period, period_of
from workflows.records.bulletins import bulletin, bulletin_figure
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, receipt
from workflows.records.orders import supervision_order

pytestmark = [pytest.mark.clause("zz2020/3.3", "zz2020/2.8"), pytest.mark.scenarios("oversight_calendar")]
POLICY, LEADER, HEAD = "zc.fagui", "ju.lingdao", "ks.ytgz.kz"
WORDS = {
    "summary": "三月工作总体平稳",
    "praise": "薛城区自然资源局按期办结",
    "criticism": None,
    "next_measures": "逐件销号",
}


@pytest.fixture
def late(city: CityRig) -> CityRig:
    """A permit left lying in March: late, ordered, answered, criticised; another one late without a word."""
    permit(city, **ONE_UNIT)
    permit(city, XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号", project_no="BJ-2")
    city.run()
    city.lead("ks.jsgc", **{**LEAD, "found_at": city.clock.now().isoformat()})
    city.at("2026-03-07T00:00:00")
    city.complete("reply_to_order", HEAD, delay_cause="staff", reply_measures="已安排专人", promised_on="2026-03-20")
    city.at("2026-03-12T00:00:00")
    city.at("2026-03-19T00:00:00")
    city.complete("decide_criticism", POLICY, **CRITICISE)
    city.run()
    criticised(city)
    return city


def ask(city: CityRig, question: Any) -> Any:
    return city.app.engine.ask(Look(question))


def start(city: CityRig, period: str = "2026-03") -> str:
    return city.app.engine.execute(StartBulletin(city.actor(POLICY), period, city.app.rulebook))


def period(city: CityRig, name: str = "2026-03") -> Period:
    return period_of(city.app.rulebook, name)


def figure(city: CityRig, section: str, code: str, unit: str | None = None) -> dict[str, Any]:
    found = city.rows(bulletin_figure, section=section, code=code)
    return dict(next(row for row in found if row["unit"] == unit))


def issued(city: CityRig) -> None:
    start(city)
    city.complete("edit_bulletin", POLICY, **WORDS, next_step="submit")
    city.complete("approve_bulletin", LEADER, decision="approve", approval_note=None)


def test_every_number_is_the_length_of_its_list_and_comes_back_from_the_word_file(late: CityRig) -> None:
    here = period(late)
    values = {one.code: one for one in ask(late, lambda uow: kpi_values(uow, here))}
    totals = {code: ask(late, lambda uow, c=code: kpi_rows(uow, c, here, which="denominator")).total for code in values}
    start(late)
    for row in late.rows(bulletin_figure, section="kpi", unit=None):
        same = values.pop(row["code"])
        assert (row["numerator"], row["denominator"], row["rate"]) == (same.numerator, same.denominator, same.rate)
        assert row["denominator"] == totals[row["code"]], row["code"]
    assert values == {}
    span = Span(here.begins_at, here.ends_at, late.clock.now())
    for row in late.rows(bulletin_figure):
        if row["section"] != "kpi":
            found = ask(late, lambda uow, r=row: lines(uow, r["section"], r["code"], span, r["unit"]))
            assert row["numerator"] == len(found), (row["section"], row["code"], row["unit"])
            assert sum(one["count"] for one in row["reasons"]) == len(found)
    count_by_hand(late, here)
    late.complete("edit_bulletin", POLICY, **WORDS, next_step="submit")
    late.complete("approve_bulletin", LEADER, decision="approve", approval_note=None)
    read_back(late)


def count_by_hand(late: CityRig, here: Period) -> None:
    """Count what is late again, without the list's own function."""
    now = late.clock.now()
    clocks = late.rows(running_limit)
    missed = [
        row for row in clocks
        if here.begins_at <= row["due_at"] < here.ends_at
        and (row["is_late"] or (row["ended_at"] is None and row["due_at"] <= now))
    ]  # fmt: skip
    assert figure(late, "late", "late")["numerator"] == len(missed) > 0
    still = [row for row in missed if row["ended_at"] is None]
    assert figure(late, "late", "open")["numerator"] == len(still)
    mine = figure(late, "late", "late", "NR-CITY-YTGZ")
    assert {"reason": CAUSES["staff"], "count": 1} in mine["reasons"]
    assert SILENT in {one["reason"] for one in figure(late, "late", "late")["reasons"]}
    assert figure(late, "letters", "criticism", "NR-CITY-YTGZ")["numerator"] == 1


def test_a_later_period_compares_with_the_one_before(late: CityRig) -> None:
    start(late)
    march = figure(late, "letters", "criticism")["numerator"]
    late.at("2026-04-01T09:00:00")
    start(late, "2026-04")
    april = [row for row in late.rows(bulletin_figure, section="letters", code="criticism") if row["unit"] is None]
    assert sorted((row["numerator"], row["previous"]) for row in april) == [(0.0, march), (march, 0.0)]


def read_back(late: CityRig) -> None:
    """Open the Word file: the same numbers, and real charts."""
    row = late.rows(letter, kind="work_bulletin")[0]
    document = Document(BytesIO(LetterTemplates(late.app.rulebook.city.folder).docx("work_bulletin", row["data"])))
    tables = [[[cell.text for cell in line.cells] for line in table.rows] for table in document.tables]
    kpis, overdue, letters = tables[0], tables[1], tables[2]
    stored = [one for one in late.rows(bulletin_figure, section="kpi") if one["unit"] is None and one["denominator"]]
    assert [line[:3] for line in kpis[1:]] == [
        [one["name"], number(one["numerator"]), number(one["denominator"])]
        for one in sorted(stored, key=lambda one: one["place"])
    ]
    claim = next(line for line in kpis if line[0] == "认领率")
    assert claim[3] == percent(figure(late, "kpi", "claim_rate")["rate"])
    total = figure(late, "late", "late")
    assert overdue[-1][:3] == ["合计", number(total["numerator"]), number(figure(late, "late", "open")["numerator"])]
    assert sum(int(line[1]) for line in overdue[1:-1]) == total["numerator"]
    assert ["通报批评", "1", "0"] in letters
    parts = {str(part.partname): part for part in document.part.package.iter_parts()}
    charts = sorted(name for name in parts if name.startswith("/word/charts/"))
    assert len(charts) == 2
    assert all("<v>" in parts[name].blob.decode() for name in charts)
    assert len([name for name in parts if name.startswith("/word/embeddings/")]) == 2
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "三月工作总体平稳" in text
    assert "[[" not in text
    assert "演示·" not in text + str(tables)


def test_words_name_no_person_numbers_are_taken_anew_and_a_leader_sends_it_back(city: CityRig) -> None:
    start(city)
    with pytest.raises(FormInvalid) as refused:
        city.complete("edit_bulletin", POLICY, **{**WORDS, "criticism": "演示·陈科长办理不力"}, next_step="submit")
    assert [one["field"] for one in refused.value.facts["errors"]] == ["criticism"]
    assert city.rows(bulletin)[0]["state"] == "editing"
    before = city.rows(bulletin)[0]["taken_at"]
    city.later(hours=1)
    city.complete("edit_bulletin", POLICY, **WORDS, next_step="refresh")
    row = city.rows(bulletin)[0]
    assert row["taken_at"] > before
    assert row["words"]["praise"] == WORDS["praise"]
    figures = city.rows(bulletin_figure)
    assert len({(one["section"], one["code"], one["unit"]) for one in figures}) == len(figures)
    city.complete("edit_bulletin", POLICY, **WORDS, next_step="submit")
    city.complete("approve_bulletin", LEADER, decision="return", approval_note="补充下一步要求")
    assert (city.rows(bulletin)[0]["state"], city.rows(letter, kind="work_bulletin")) == ("editing", [])
    assert city.tasks("edit_bulletin")


@pytest.mark.deadline("work_bulletin/receiving_warned")
def test_each_unit_signs_for_itself_with_a_numbered_receipt(city: CityRig) -> None:
    issued(city)
    row = city.rows(bulletin)[0]
    assert (row["state"], row["letter_number"]) == ("issued", "枣审管通报〔2026〕01期")
    assert "NR-XC" in row["receivers"]
    assert "NR-CITY-FG" not in row["receivers"]
    assert len(city.tasks("receive_bulletin")) == len(row["receivers"])
    city.complete("receive_bulletin", "zr.xc.jz", receipt_note="已部署")
    signed = city.rows(receipt, about=str(row["id"]))
    assert [(one["unit"], one["remark"]) for one in signed] == [("NR-XC", "已部署")]
    clocks = city.rows(running_limit, element_id="receive_bulletin")
    assert len({clock["key"] for clock in clocks}) == len(row["receivers"])
    warned(city, "receive_bulletin", "2026-03-05T00:00:00")
    late = {one["unit"] for one in city.rows(supervision_order, cause_element="receive_bulletin")}
    assert late == set(row["receivers"]) - {"NR-XC"}


def test_only_the_policy_section_begins_and_not_for_a_period_to_come(city: CityRig) -> None:
    with pytest.raises(NotAllowed):
        city.app.engine.execute(StartBulletin(city.actor(HEAD), "2026-03", city.app.rulebook))
    for wrong in ("2026-05", "march"):
        with pytest.raises(FormInvalid):
            start(city, wrong)


@pytest.mark.deadline("oversight_calendar/next_period")
def test_the_calendar_drafts_a_bulletin_on_the_first_working_day_after_the_month(city: CityRig) -> None:
    assert city.app.engine.execute(OpenCalendars(city.app.rulebook, "tester")) == 2
    assert city.app.engine.execute(OpenCalendars(city.app.rulebook, "tester")) == 0
    city.run()
    assert city.rows(bulletin) == []
    city.at("2026-03-31T23:59:59")
    assert city.tasks("edit_bulletin") == []
    city.at("2026-04-01T00:00:00")
    city.run()
    assert [(row["period"], row["requested_by"]) for row in city.rows(bulletin)] == [("2026-03", "system")]
    start(city, "2026-04")
    city.at("2026-05-06T00:00:00")
    city.run()
    assert [row["period"] for row in city.rows(bulletin)] == ["2026-03", "2026-04"]


def test_a_bulletin_can_be_asked_for_by_quarter_and_year(city: CityRig) -> None:
    for name in ("2026Q1", "2026"):
        start(city, name)
    rows = ask(city, lambda uow: uow.connection.execute(select(bulletin.c.period, bulletin.c.words)).all())
    assert {row.period for row in rows} == {"2026Q1", "2026"}
    assert any(row.words["summary"].startswith("2026年第1季度") for row in rows)
