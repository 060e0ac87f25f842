"""Timers: due instants, repetitions, and that only ``fire_timer`` lets them fire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import errors
from engine.spiff.timers import Schedule, duration, instant, schedule
from tests.engine.spiff.kit import NOW, Case, boundary, diagram, end, flow, loop, node, start, timer, user, users


def hosted(text, kind="timeDuration", interrupting=False, **options):
    return Case(
        diagram(
            start(), users("a", "late"), end(), end("le"), boundary("t", "a", timer(text, kind), interrupting),
            flow("s", "a", "e"), flow("t", "late", "le"),
        ),
        **options,
    )  # fmt: skip


def test_a_boundary_timer_runs_from_the_moment_its_task_begins_to_wait():
    case = hosted("P7D")
    assert case.timers == {"t": NOW + timedelta(days=7)}
    assert case.state.timers[0].attached_to == case.token("a")


def test_a_non_interrupting_timer_adds_a_task_and_is_gone():
    case = hosted("P7D").fire("t")
    assert case.tasks == ["a", "late"]
    assert case.timers == {}
    case.complete("a")
    assert not case.is_over
    assert case.complete("late").is_over


def test_an_interrupting_timer_replaces_the_task():
    case = hosted("P7D", interrupting=True).fire("t")
    assert case.tasks == ["late"]
    assert ("a", "cancelled") in case.trace


def test_completing_the_task_ends_its_timer_even_when_that_was_already_due():
    case = hosted("PT1H", interrupting=True).advance(days=1).complete("a")
    assert case.is_over
    assert case.timers == {}


def test_a_timer_that_is_gone_cannot_fire():
    case = hosted("P7D")
    token = case.token("t")
    case.complete("a")
    with pytest.raises(errors.JobNotDue):
        case.execution.fire_timer(token)


@pytest.mark.parametrize(
    ("text", "kind", "hours"),
    [
        ("2026-03-02T12:00:00+08:00", "timeDate", 3),
        ("=&quot;2026-03-02T04:00:00Z&quot;", "timeDate", 3),
        ("=now() + duration(&quot;PT3H&quot;)", "timeDate", 3),
        ("=duration(&quot;PT3H&quot;)", "timeDuration", 3),
        ("=length", "timeDuration", 36),
        ("=later(2)", "timeDate", 2),
        ("=later(2)", "timeDuration", 2),
        ("P1W", "timeDuration", 168),
    ],
)
def test_a_due_instant_can_be_written_in_many_ways(text, kind, hours):
    case = hosted(text, kind, length="P1DT12H", functions={"later": lambda hours: NOW + timedelta(hours=int(hours))})
    assert case.timers == {"t": NOW + timedelta(hours=hours)}


@pytest.mark.parametrize("value", [None, 5, "soon", "2026-03-02", "2026-03-02T12:00:00", "P1M", "P1Y2D", "P", "PT"])
def test_a_value_that_is_no_due_instant_stops_the_step_and_names_the_timer(value):
    with pytest.raises(errors.ExpressionFailed) as caught:
        hosted("=value", value=value)
    assert caught.value.facts["element"] == "t"


def test_a_function_is_told_when_and_for_whom_it_is_called():
    seen = []

    def due(limit, *, context):
        seen.append((limit, context.now, context.business_key, context.element_id, context.variables["x"]))
        return context.now + timedelta(days=3)

    case = hosted("=due(&quot;claim&quot;)", "timeDate", functions={"due": due}, x=1)
    assert seen == [("claim", NOW, "case-1", "t", 1)]
    assert case.timers == {"t": NOW + timedelta(days=3)}


def test_a_method_of_any_object_can_be_a_function():
    class Limits(dict):
        def due(self, *, context):
            return context.now + self["length"]

    case = hosted("=due()", "timeDate", functions={"due": Limits(length=timedelta(days=2)).due})
    assert case.timers == {"t": NOW + timedelta(days=2)}


def test_a_due_instant_is_computed_once_and_not_again_when_the_case_is_loaded():
    calls = []
    case = hosted("=due()", "timeDate", functions={"due": lambda: calls.append(1) or NOW})
    case.advance(days=3).complete("a")
    assert calls == [1]


def test_a_moved_timer_keeps_its_token():
    case = hosted("P7D")
    token = case.token("t")
    case.step("move_timer", token, NOW + timedelta(days=30))
    assert case.timers == {"t": NOW + timedelta(days=30)}
    assert case.token("t") == token


def test_a_repeated_timer_fires_as_often_as_it_says():
    case = hosted("R3/PT1H", "timeCycle")
    for number in range(1, 4):
        assert case.timers == {"t": NOW + timedelta(hours=number)}
        case.advance(hours=1).fire("t")
        assert case.tasks == ["a"] + ["late"] * number
    assert case.timers == {}


def test_an_endless_timer_ends_with_its_task():
    case = hosted("R/P1D", "timeCycle")
    for _ in range(5):
        case.advance(days=1).fire("t")
    assert case.timers == {"t": NOW + timedelta(days=6)}
    case.complete("a")
    assert case.timers == {}


def test_after_a_long_outage_a_repeated_timer_fires_once_and_keeps_its_grid():
    case = hosted("R/P1D", "timeCycle").advance(days=9, hours=5).fire("t")
    assert case.tasks == ["a", "late"]
    assert case.timers == {"t": NOW + timedelta(days=10)}


def test_instants_missed_in_an_outage_are_spent():
    case = hosted("R3/P1D", "timeCycle").advance(days=20).fire("t")
    assert case.tasks == ["a", "late"]
    assert case.timers == {}


@given(
    count=st.one_of(st.none(), st.integers(1, 50)),
    interval=st.integers(1, 10**6),
    delays=st.lists(st.integers(0, 10**7), max_size=20),
)
def test_a_repetition_never_leaves_its_grid_never_repeats_and_never_owes_more_than_one(count, interval, delays):
    text = f"R{count or ''}/PT{interval}S"
    current, now, fired = schedule("timeCycle", text, NOW), NOW, []
    for delay in delays:
        now = max(now, current.due_at) + timedelta(seconds=delay)
        fired.append(current.due_at)
        following = current.after(now)
        if following is None:
            break
        assert following.due_at > now
        current = following
    assert all((due - NOW) % timedelta(seconds=interval) == timedelta() for due in fired)
    assert len(set(fired)) == len(fired)
    assert count is None or len(fired) <= count


def test_a_schedule_survives_the_state():
    one = Schedule(NOW, None, timedelta(seconds=1.5))
    assert Schedule.from_json(one.to_json()) == one


def test_an_intermediate_timer_holds_the_flow():
    case = Case(diagram(start(), node("intermediateCatchEvent", "w", timer("PT1H")), end(), flow("s", "w", "e")))
    assert case.timers == {"w": NOW + timedelta(hours=1)}
    assert case.state.timers[0].attached_to is None
    assert case.fire("w").is_over


def test_a_timer_on_a_repeated_task_belongs_to_all_its_items():
    case = Case(
        diagram(
            start(), user("a", loop("=[1,2,3]")), user("late"), end(), end("le"),
            boundary("t", "a", timer("P1D"), interrupting=True), flow("s", "a", "e"), flow("t", "late", "le"),
        )
    )  # fmt: skip
    assert case.tasks == ["a", "a", "a"]
    case.complete("a", 1).fire("t")
    assert case.tasks == ["late"]


@pytest.mark.parametrize("text", ["P1M", "P1Y", "PT", "P", "P1D2H", "1D", "P2W3D", ""])
def test_months_years_and_malformed_durations_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        duration(text)


def test_an_instant_with_a_named_zone_is_understood():
    assert instant("2026-03-02T09:00:00@Asia/Shanghai") == datetime(2026, 3, 2, 1, tzinfo=UTC)
