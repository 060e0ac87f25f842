"""Diagrams in which a case could get stuck are found, with the way there; all others pass."""

import random
from itertools import pairwise

import pytest

from engine import errors
from engine.soundness import can_complete, judge, places_to_move, tasks_before
from engine.spiff.model import Bundle, Resource
from engine.spiff.parser import parse_diagram
from engine.spiff.runtime import Runtime
from tests.engine.spiff.kit import NOW, boundary, catches, diagram, end, flow, node, start, timer, user, users


def process_of(*body):
    return parse_diagram(diagram(*body).encode(), "p.bpmn")[0]


def verdict_of(*body, **options):
    return judge(process_of(*body), **options)


def gate(kind, key, **attributes):
    return node(f"{kind}Gateway", key, **attributes)


FORK_JOIN = (start(), gate("parallel", "f"), users("a", "b"), gate("parallel", "j"), end(),
             flow("s", "f", "a", "j", "e"), flow("f", "b", "j"))  # fmt: skip


def test_parallel_branches_joined_in_parallel_are_sound():
    assert verdict_of(*FORK_JOIN).verdict == "sound"


def test_a_choice_joined_in_parallel_gets_stuck_and_the_way_there_is_told():
    found = verdict_of(
        start(), gate("exclusive", "x"), users("a", "b"), gate("parallel", "j"), end(),
        flow("s", "x"), flow("x", "a", "j", "e"), flow("x", "b", "j", when="n > 1"),
    )  # fmt: skip
    assert found.verdict == "unsound"
    first = found.flaws[0]
    assert (first.rule, first.element) == ("deadlock", "j")
    assert first.trace in {("s", "x", "a"), ("s", "x", "b"), ("x", "a"), ("x", "b")}
    assert {flaw.element for flaw in found.flaws if flaw.rule == "dead"} == {"j", "e"}


def test_a_circle_without_a_way_out_is_found():
    found = verdict_of(
        start(), gate("exclusive", "m"), users("a", "b"), gate("exclusive", "x"), end(),
        flow("s", "m", "a", "x"), flow("x", "e", when="n > 1"), flow("x", "b"), flow("b", "b2", "b"),
        user("b2"),
    )  # fmt: skip
    assert (found.verdict, found.flaws[0].rule) == ("unsound", "livelock")
    assert found.flaws[0].element in {"b", "b2"}


def test_a_process_that_waits_for_its_next_time_again_and_again_is_only_noted():
    body = [start(), gate("exclusive", "m"), user("work"), node("intermediateCatchEvent", "next", timer("P1D")),
            flow("s", "m", "work", "next", "m")]  # fmt: skip
    found = verdict_of(*body)
    assert (found.verdict, [note.rule for note in found.notes]) == ("sound", ["endless"])
    body += [gate("exclusive", "x"), flow("work", "x"), flow("x", "m")]
    body[4] = flow("s", "m", "work") + flow("next", "m") + flow("x", "next", when="n > 1")
    assert verdict_of(*body).flaws[0].rule == "livelock"


def test_tokens_that_gather_without_end_are_found():
    found = verdict_of(
        start(), gate("exclusive", "m"), gate("parallel", "f"), users("a", "b"), end(),
        flow("s", "m", "f", "a", "m"), flow("f", "b", "e"),
    )  # fmt: skip
    assert (found.verdict, found.flaws[0].rule) == ("unsound", "unbounded")


def test_the_inside_of_a_subprocess_counts_and_its_boundary_events_are_ways_out():
    inner = start("is") + gate("exclusive", "ix") + gate("parallel", "ij") + user("ia") + end("ie")
    inner += flow("is", "ix") + flow("ix", "ia", "ij", "ie") + flow("ix", "ij", when="n > 1")
    body = (start(), node("subProcess", "sub", inner), end(), flow("s", "sub", "e"))
    assert verdict_of(*body).flaws[0].element == "ij"
    saved = (boundary("late", "sub", timer("P1D")), end("e2"), flow("late", "e2"))
    assert [flaw.rule for flaw in verdict_of(*body, *saved).flaws] == ["dead"] * 3


def test_reminders_beside_the_main_flow_change_nothing_however_many_there_are():
    body = [start(), users(*"abcdgh"), end(), flow("s", *"abcdgh", "e")]
    alone = verdict_of(*body).states
    for host in "abcdgh":
        body += [boundary(f"t{host}", host, timer("P1D"), False), user(f"r{host}"), end(f"e{host}")]
        body += [flow(f"t{host}", f"r{host}", f"e{host}")]
    found = verdict_of(*body)
    assert found.verdict == "sound"
    assert found.states <= 5 * alone


def test_a_reminder_that_flows_back_into_the_main_flow_is_not_beside_it():
    found = verdict_of(
        start(), users("a", "b", "c"), gate("parallel", "j"), end(), boundary("t", "a", timer("P1D"), False),
        flow("s", "a", "j", "e"), flow("t", "b", "j"),
    )  # fmt: skip
    assert (found.flaws[0].rule, found.flaws[0].element) == ("deadlock", "j")


def test_an_error_ends_its_subprocess_and_what_waits_beside_it():
    inner = start("is") + gate("parallel", "if") + users("ia", "ib") + end("bad", catches("error", "e_bad")) + end("ie")
    inner += flow("is", "if", "ia", "bad") + flow("if", "ib", "ie")
    found = verdict_of(
        start(), node("subProcess", "sub", inner), boundary("caught", "sub", catches("error", "e_bad")),
        users("m", "n"), end(), end("e2"), flow("s", "sub", "m", "e"), flow("caught", "n", "e2"),
    )  # fmt: skip
    assert [(flaw.rule, flaw.element) for flaw in found.flaws] == [("dead", "m"), ("dead", "e")]


def test_an_interrupting_event_subprocess_may_come_at_any_time():
    aside = node("startEvent", "as", catches("message", "m_stop")) + user("note") + end("ae") + flow("as", "note", "ae")
    found = verdict_of(*FORK_JOIN, node("subProcess", "aside", aside, triggeredByEvent="true"))
    assert found.verdict == "sound"


def test_inclusive_branches_meet_again():
    body = [start(), gate("inclusive", "i", default="i_c"), users("a", "b", "c"), gate("inclusive", "j"), end(),
            flow("s", "i"), flow("i", "a", when="n > 1"), flow("i", "b", when="n > 2"), flow("i", "c"),
            flow("a", "j", "e"), flow("b", "j"), flow("c", "j")]  # fmt: skip
    assert verdict_of(*body).verdict == "sound"
    assert verdict_of(*[part.replace("inclusiveGateway id=\"j\"", "parallelGateway id=\"j\"")
                        .replace("inclusiveGateway>", "parallelGateway>") if 'id="j"' in part else part
                        for part in body]).verdict == "unsound"  # fmt: skip


def test_what_is_too_large_or_cannot_be_foreseen_is_not_decided():
    body = [start(), gate("parallel", "f"), gate("parallel", "j"), end(), flow("s", "f"), flow("j", "e")]
    for branch in range(4):
        names = [f"a{branch}_{place}" for place in range(3)]
        body += [users(*names), flow("f", *names, "j")]
    assert verdict_of(*body).verdict == "sound"
    assert verdict_of(*body, limit=5).verdict == "undecided"


def test_a_token_may_be_moved_where_the_case_can_still_end():
    process = process_of(*FORK_JOIN, user("z"))
    assert can_complete(process, ["at:a", "at:b"]) is True
    assert can_complete(process, ["at:a"]) is False
    assert can_complete(process, ["at:a", "flow:b_j"]) is True
    assert places_to_move(process, ["a", "b"], "a") == []
    line = process_of(start(), users("a", "b", "c"), end(), flow("s", "a", "b", "c", "e"))
    assert places_to_move(line, ["b"], "b") == ["a", "c"]
    assert tasks_before(line, "c") == ["a", "b"]


KINDS = ("task", "exclusive", "parallel", "inclusive")


def random_body(chance):
    """A diagram of tasks and gateways with flows anywhere; most such diagrams are wrong somewhere."""
    names = [f"n{place}" for place in range(chance.randrange(3, 8))]
    kinds = {name: chance.choice(KINDS) for name in names}
    pairs = {("s", names[0]), (names[-1], "e")} | set(pairwise(names))
    for _ in range(chance.randrange(4)):
        pairs.add((chance.choice(names), chance.choice(names)))
    pairs = sorted(pair for pair in pairs if pair[0] != pair[1])
    out = {name: [target for source, target in pairs if source == name] for name in names}
    body = [start(), end()]
    for name in names:
        default = {"default": f"{name}_{out[name][-1]}"} if kinds[name] in {"exclusive", "inclusive"} else {}
        body.append(user(name) if kinds[name] == "task" else gate(kinds[name], name, **default))
    for source, target in pairs:
        is_free = kinds.get(source) in {"exclusive", "inclusive"} and target != out[source][-1]
        when = f"modulo(w_{source} + {out[source].index(target)}, 3) = 0" if is_free else None
        body.append(flow(source, target, when=when))
    return body, [f"w_{name}" for name in names]


def gets_stuck(body, variables, chance):
    """Tell whether one of many walks through a diagram ends in a case that waits for nobody."""
    runtime = Runtime(step_budget=200)
    definition = runtime.compile(Bundle("p", (Resource("p.bpmn", diagram(*body).encode()),), "any"))
    return any(_walk(runtime, definition, variables, chance) for _ in range(10))


def _walk(runtime, definition, variables, chance):
    def draw():
        return {name: chance.randrange(12) for name in variables}

    try:
        execution = runtime.start(definition, now=NOW, business_key="k", variables=draw())
        for _ in range(20):
            state = execution.wait_state()
            if state.status != "active" or not state.user_tasks:
                return state.status == "active"
            execution.complete_user_task(chance.choice(state.user_tasks).token, draw())
    except (errors.StepBudgetExceeded, errors.ExpressionFailed):
        return False
    return False


@pytest.mark.parametrize("block", range(4))
def test_random_diagrams_found_sound_never_get_stuck_when_they_run(block):
    chance = random.Random(block)
    sound = stuck = told = 0
    for _ in range(30):
        body, variables = random_body(chance)
        verdict = verdict_of(*body).verdict
        got_stuck = gets_stuck(body, variables, chance)
        sound += verdict == "sound"
        stuck += got_stuck
        told += got_stuck and verdict == "unsound"
        assert not (got_stuck and verdict == "sound"), body
    assert sound >= 3
    assert stuck >= 1
    assert told >= stuck - 2
