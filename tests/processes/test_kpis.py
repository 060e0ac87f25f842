"""Indicators: recomputed by SQL of its own, lists as long as the numbers, few statements, nobody ranked."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, event, text

from engine.store.tables import UtcDateTime
from tests.processes.papers import draw
from tests.processes.rig import CityRig, Look, china
from tests.processes.steps import CLAIM, DISTRICT, feedback, permit, plan, returned, sent_transfer
from tests.processes.test_cycle_duty import act
from workflows.errors import FormInvalid
from workflows.performance.board import Filter, KpiValue, all_rows, counted, kpi_rows, kpi_values, score_of
from workflows.performance.catalogue import Kpi, kpi_called, kpis_on
from workflows.performance.periods import period_of
from workflows.performance.scores import score_for

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.8")
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (Path(__file__).parent / "kpi_numbers.sql").read_text(encoding="utf-8")
CITY = "ks.jsgc"


@pytest.fixture
def busy(city: CityRig) -> CityRig:
    """Seven permits: some claimed, returned, late or fed back; acts with and without proof; a transfer."""
    for number in range(7):
        permit(city, project_no=f"BJ-{number}", XK_WSH=f"建字第37040220260{number:04d}号")
    city.run()
    city.complete("claim_duty", CITY, **CLAIM)
    city.complete("claim_duty", DISTRICT, **CLAIM)
    city.complete("claim_duty", DISTRICT, **returned("other_area", "NR-XC"))
    city.complete("plan_supervision", CITY, **plan())
    sent_transfer(city)
    act(city, "ZR023")
    act(city, "ZR023")
    act(city, "ZR026", "NR-XC")
    act(city, "ZR026", proven=False)
    act(city, "ZR023", kind="penalty", officers=[])
    city.at("2026-03-11T10:00:00")
    city.complete("give_feedback", CITY, **feedback("2026-03-10"))
    city.complete("claim_duty", CITY, **CLAIM)
    city.complete("acknowledge_copy", "cg.sz", decision="acknowledged")
    return city


def values(city: CityRig) -> dict[str, KpiValue]:
    period = period_of(city.app.rulebook, "2026Q1")
    return {one.code: one for one in city.app.engine.ask(Look(lambda uow: kpi_values(uow, period)))}


def recomputed(city: CityRig) -> dict[str, tuple[float, int]]:
    """Run the script; it knows nothing of the platform but its tables."""
    parts = re.split(r"^-- ([\w@]+)\n", SCRIPT, flags=re.MULTILINE)[1:]
    statements = dict(zip(parts[::2], parts[1::2], strict=True))
    proven = statements.pop("proven").strip()
    given: dict[str, Any] = {
        "a": china("2026-01-01T00:00:00"), "z": china("2026-04-01T00:00:00"), "now": city.clock.now(),
        "push_due": china("2026-03-05T00:00:00"), "today": date(2026, 3, 11),
    }  # fmt: skip
    found = {}
    with city.app.engine.database.reading() as connection:
        for name, written in statements.items():
            code, _, dialect = name.partition("@")
            if dialect not in ("", connection.dialect.name):
                continue
            statement = written.replace("{proven}", proven)
            names = set(re.findall(r"(?<!:):(\w+)", statement))
            typed = [bindparam(name, type_=UtcDateTime() if isinstance(given[name], datetime) else None)
                     for name in names]  # fmt: skip
            row = connection.execute(text(statement).bindparams(*typed), {name: given[name] for name in names}).one()
            found[code] = (float(row[0] or 0), int(row[1]))
    return found


def agreed(city: CityRig) -> tuple[dict[str, KpiValue], dict[str, tuple[float, int]]]:
    """Return the board's numbers and those of the script, which are the same for every indicator there is."""
    mine, theirs = values(city), recomputed(city)
    assert set(theirs) == set(mine)
    assert {code: one.denominator for code, one in mine.items()} == {code: below for code, (_, below) in theirs.items()}
    assert {code: one.numerator for code, one in mine.items()} == pytest.approx(
        {code: above for code, (above, _) in theirs.items()}, rel=0, abs=0.06
    )  # an average is added up to a tenth of a day
    return mine, theirs


def test_numbers_agree_with_sql_written_from_their_meaning_and_with_their_lists(busy: CityRig) -> None:
    mine, theirs = agreed(busy)
    assert sum(below > 0 for _, below in theirs.values()) >= 14
    assert {code for code, (above, below) in theirs.items() if 0 < above < below} >= {"claim_rate", "acts_proven"}
    lists_agree(busy, mine)


def test_numbers_agree_over_rows_of_every_kind_drawn_by_lot(city: CityRig) -> None:
    permit(city)
    city.run()
    city.at("2026-03-11T10:00:00")
    draw(city)
    mine, theirs = agreed(city)
    lists_agree(city, mine)
    told = {code for code, (above, below) in theirs.items() if 0 < above < below}
    counted_only = {"criticism", "inaction", "false_record", "transfer_days"}
    lived = {"copy_signed", "claim_rate", "claim_timely", "return_rate", "feedback_rate", "push_timely", "unclaimed"}
    assert set(theirs) - told - counted_only - lived == set()
    assert all(theirs[code][0] > 0 for code in counted_only)


def lists_agree(busy: CityRig, mine: dict[str, KpiValue]) -> None:
    period = period_of(busy.app.rulebook, "2026Q1")

    def check(uow: Any) -> None:
        for kpi, by in counted(uow, period, Filter()):
            rows = all_rows(uow, kpi, period, Filter(), 10_000)
            assert len(rows) == mine[kpi.code].denominator == sum(one.denominator for one in by.values())
            if kpi.kind != "average":
                assert sum(row.is_hit for row in rows) == mine[kpi.code].numerator
            assert len({row.key for row in rows}) == len(rows), kpi.code
        page = kpi_rows(uow, "check_coverage", period, None, "rest", 2)
        first = kpi_rows(uow, "check_coverage", period, None, "rest", 1)
        assert not {row.key for row in page.rows} & {row.key for row in first.rows}
        with pytest.raises(FormInvalid):
            kpi_rows(uow, "check_coverage", period, None, "all", 1)

    busy.app.engine.ask(Look(check))


def test_the_board_asks_as_many_statements_however_much_there_is(busy: CityRig) -> None:
    period, engine = period_of(busy.app.rulebook, "2026Q1"), busy.app.engine
    seen: list[str] = []
    event.listen(engine.database.pool, "before_cursor_execute", lambda *given: seen.append(str(given[2])))
    engine.ask(Look(lambda uow: kpi_values(uow, period)))
    count, indicators = len(seen), len(engine.ask(Look(lambda uow: kpis_on(uow, date(2026, 3, 11)))))
    assert count <= 2 * indicators + 16
    for _ in range(10):
        act(busy, "ZR023")
    seen.clear()
    engine.ask(Look(lambda uow: kpi_values(uow, period)))
    assert len(seen) == count


def test_a_weight_holds_from_its_day_on(city: CityRig) -> None:
    engine, policy = city.app.engine, city.actor("zc.fagui")
    answers = {"weight": 9, "valid_from": "2026-03-09", "reason": "会议定"}
    city.app.desk.kpis.change_weight(policy, "claim_rate", answers)
    weights = [engine.ask(Look(lambda uow, on=on: kpi_called(uow, "claim_rate", on).weight))
               for on in (date(2026, 3, 8), date(2026, 3, 9))]  # fmt: skip
    assert weights == [4, 9]


def kpi(kind: str = "rate", direction: str = "higher", weight: int = 10) -> Kpi:
    return Kpi("x", 1, "", "", "", "", "", kind, direction, "claimed", weight, "", "default")


def test_below_five_nothing_is_scored_and_what_is_false_leaves_no_score() -> None:
    assert score_of(kpi(), 1.0, 4) is None
    assert score_of(kpi(), 0.8, 5) == 80.0
    assert score_of(kpi(direction="lower"), 0.25, 8) == 75.0
    assert score_of(kpi(direction="none"), 0.8, 50) is None
    good = (kpi(), KpiValue("x", "", "U", 8, 10, 0.8, 80.0, None))
    small = (kpi(weight=90), KpiValue("x", "", "U", 0, 4, 0.0, None, None))
    inaction = (kpi("deduction", "none", 5), KpiValue("x", "", "U", 2, 2, 1.0, None, None))
    false = (kpi("veto", "none", 0), KpiValue("x", "", "U", 1, 1, 1.0, None, None))
    found = score_for("U", [good, small, inaction])
    assert (found.total, found.scored, found.deducted) == (70.0, 10, 10)
    assert score_for("U", [good, false]).total is None
    assert score_for("U", [small]).total is None


@pytest.mark.parametrize("name", ["2026Q5", "2026-13", "26Q1", "2026H3", "", "2026Q1 "])
def test_a_period_that_is_none_is_refused(name: str, city_rulebook: Any) -> None:
    with pytest.raises(FormInvalid):
        period_of(city_rulebook, name)


def test_periods_meet_without_gap_or_overlap(city_rulebook: Any) -> None:
    for name, before in (("2026Q1", "2025Q4"), ("2026-01", "2025-12"), ("2026H2", "2026H1"), ("2026", "2025")):
        here, there = period_of(city_rulebook, name), period_of(city_rulebook, before)
        assert here.before is not None
        assert (here.before.begins_at, here.before.ends_at) == (there.begins_at, there.ends_at)
        assert here.begins_at == there.ends_at
        assert here.ends_at - here.begins_at > timedelta(days=27)


def test_no_page_and_no_statement_orders_persons() -> None:
    """No indicator counts by a person, and nothing here sorts or groups by one; there is no check-in and no track."""
    persons = r"login|officer|auditor|audited_by|changed_by|submitted_by|inspector"
    files = [*(ROOT / "workflows/performance").rglob("*.py"), ROOT / "workflows/desk/performance.py",
             ROOT / "workflows/desk/kpis.py", ROOT / "workflows/desk/act_audits.py",
             *(ROOT / "web/templates/performance").glob("*.html")]  # fmt: skip
    for path in files:
        source = path.read_text(encoding="utf-8")
        for found in re.findall(r"(?:order_by|group_by)\(([^)]*)\)|\|\s*(?:sort|groupby)\(([^)]*)\)", source):
            assert not re.search(persons, "".join(found)), f"{path.name}: {found}"
        assert not re.search(r"ranking|排行榜|签到|轨迹", source), path.name
