"""Draws: fair within statistical bounds, never against a constraint, always the same from the same seed."""

import copy
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.draws import second_opinion
from tests.draws.pools import any_pool, officer, proof_of, seat, snapshot, stratum
from workflows.cli import run
from workflows.draws import (
    assign_officers,
    choose_objects,
    commitment_of,
    digest_of,
    missing_for,
    quota_of,
    seal_of,
    seed_of,
    verify_chain,
    verify_proof,
)
from workflows.draws.hashing import framed
from workflows.draws.stream import Stream

pytestmark = pytest.mark.clause("zz2020/2.3")
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "draw.md").read_text(encoding="utf-8")
DRAWS = 4000
FIVE_SIGMA = 5.0
numbers = st.integers(0, 100_000)


def seeds(count: int = DRAWS) -> Iterator[str]:
    return (digest_of(["seed", n]) for n in range(count))


def within(hits: int, chance: float, draws: int = DRAWS) -> bool:
    """Tell whether a count lies within five standard deviations of what it should be."""
    return abs(hits - draws * chance) <= FIVE_SIGMA * math.sqrt(draws * chance * (1 - chance))


def test_every_object_of_a_stratum_is_drawn_as_often_as_the_ratio_says() -> None:
    pool = snapshot(
        strata=[stratum("A", 1000), stratum("D", 7000)],
        objects=[[f"o{n:02d}", f"E{n}", "A" if n < 10 else "D", 1, ""] for n in range(20)],
    )
    hits = Counter(one for seed in seeds() for one in choose_objects(pool, seed).ids)
    assert [key for key in hits if not within(hits[key], 0.1 if key < "o10" else 0.7)] == []


def test_the_first_object_drawn_is_as_likely_as_its_weight() -> None:
    weights = [1, 2, 3, 4]
    pool = snapshot(objects=[[f"o{n}", f"E{n}", "A", weight, ""] for n, weight in enumerate(weights)])
    hits = Counter(choose_objects(pool, seed).ids[0] for seed in seeds())
    assert all(within(hits[f"o{n}"], weight / 10) for n, weight in enumerate(weights))


def test_the_second_object_drawn_is_as_likely_as_its_weight_among_those_left() -> None:
    weights = [1, 2, 3]
    pool = snapshot(strata=[stratum("A", 0, 2)], objects=[[f"o{n}", "", "A", w, ""] for n, w in enumerate(weights)])
    pairs = Counter(tuple(choose_objects(pool, seed).ids) for seed in seeds())
    for (one, other), count in pairs.items():
        first, second = weights[int(one[1])], weights[int(other[1])]
        assert within(count, first / 6 * second / (6 - first)), (one, other)


def test_all_orders_of_equal_objects_are_equally_likely_by_chi_square() -> None:
    pool = snapshot(strata=[stratum("A", 10_000)], objects=[[f"o{n}", "", "A", 1, ""] for n in range(4)])
    orders = Counter(tuple(choose_objects(pool, seed).ids) for seed in seeds(4800))
    square = sum((count - 200) ** 2 / 200 for count in orders.values())
    assert len(orders) == 24
    assert square < 49.7  # 23 degrees of freedom: exceeded once in a thousand seeds; these seeds are fixed


def test_numbers_of_a_stream_are_spread_evenly() -> None:
    stream = Stream("00", "objects")
    hits = Counter(stream.below(7) for _ in range(70_000))
    assert all(within(hits[n], 1 / 7, 70_000) for n in range(7))


def test_officers_are_drawn_equally_often_over_many_draws() -> None:
    pool = snapshot(officers=[officer("a", "U1", "规划"), officer("b", "U1", "规划"), officer("c"), officer("d")])
    teams = Counter(tuple(assign_officers(pool, ["o1"], seed)[0]) for seed in seeds())
    for (first, second), count in teams.items():
        assert first in "ab", second
        assert within(count, 1 / 6), (first, second)


@pytest.mark.parametrize(
    ("size", "ratio", "least", "quotas"),
    [(200, 200, 0, {4}), (214, 200, 0, {4, 5}), (3, 100, 1, {1}), (3, 0, 0, {0}), (3, 0, 5, {3}), (7, 10_000, 0, {7}),
     (0, 10_000, 3, {0}), (8, 500, 0, {0, 1})],
)  # fmt: skip
def test_a_quota_is_the_ratio_within_one_and_never_more_than_there_are(
    size: int, ratio: int, least: int, quotas: set[int]
) -> None:
    assert {quota_of(size, ratio, least, Stream(seed, "objects")) for seed in seeds(100)} == quotas


def test_the_only_object_of_a_stratum_is_drawn_no_more_often_than_its_ratio() -> None:
    pool = snapshot(strata=[stratum("A", 500, 0)], objects=[["o1", "E1", "A", 1, ""]])
    assert within(sum(len(choose_objects(pool, seed).ids) for seed in seeds()), 0.05)


@given(numbers)
def test_no_constraint_is_ever_broken(number: int) -> None:
    pool = any_pool(number)
    chosen = choose_objects(pool, digest_of(number))
    rows = {row[0]: row for row in pool["objects"]}
    assert len(set(chosen.ids)) == len(chosen.ids)
    parties = Counter(rows[one][1] for one in chosen.ids)
    assert [party for party, most in pool["limits"] if parties[party] > most] == []
    for one in chosen.strata:
        mine = [key for key in chosen.ids if rows[key][2] == one["key"]]
        assert len(mine) == one["drawn"] <= one["quota"] <= one["size"]
        if one["drawn"] < one["quota"]:
            left = [row for row in pool["objects"] if row[2] == one["key"] and row[0] not in mine]
            most = dict(pool["limits"])
            assert all(row[1] in most for row in left)
    _check_teams(pool, chosen.ids, assign_officers(pool, chosen.ids, digest_of(number)))


def _check_teams(pool: dict[str, Any], objects: list[str], teams: list[list[str]]) -> None:
    people = {one["id"]: one for one in pool["officers"]}
    barred = {(row[0], row[1]) for row in pool["recusals"]}
    for one, team in zip(objects, teams, strict=True):
        assert len(set(team)) == len(team) == len(pool["seats"])
        assert [name for name in team if (name, one) in barred] == []
        for name, place in zip(team, pool["seats"], strict=True):
            assert people[name]["unit"] in place["units"]
            assert place["qualification"] in (None, *people[name]["qualifications"])


def test_nobody_has_more_than_one_object_above_the_others_where_all_may_go_anywhere() -> None:
    pool = snapshot(seats=[seat(), seat()], officers=[officer(name) for name in "abcdefg"])
    for seed in seeds(50):
        loads = Counter(name for team in assign_officers(pool, ["o1"] * 23, seed) for name in team)
        assert max(loads.values()) - min(loads.values()) <= 1


def test_who_has_had_more_before_is_drawn_later() -> None:
    pool = snapshot(seats=[seat(), seat()], officers=[officer("a", load=3), officer("b"), officer("c"), officer("d")])
    for seed in seeds(20):
        assert "a" not in {name for team in assign_officers(pool, ["o1", "o2", "o3"], seed) for name in team}


@given(numbers)
def test_the_same_seed_gives_the_same_and_another_does_not(number: int) -> None:
    pool = any_pool(number)
    assert choose_objects(pool, "ab" * 32) == choose_objects(pool, "ab" * 32)
    proofs = [proof_of(snapshot(), text, "乙") for text in ("甲", "丙")]
    assert proofs[0]["seed"] != proofs[1]["seed"]


def test_an_object_that_cannot_get_its_officers_is_named_with_what_is_missing() -> None:
    pool = snapshot(recusals=[["a", "o3", "亲属"]])
    assert missing_for(pool) == ("o3", seat("规划"))
    assert missing_for(snapshot(officers=[officer("a", "U1", "规划")])) == ("o0", seat())
    assert missing_for(snapshot(officers=[])) == ("o0", seat("规划"))
    assert missing_for(snapshot()) is None


@given(numbers)
@pytest.mark.acceptance("A29")
def test_a_second_program_written_from_the_page_agrees(number: int) -> None:
    proof = orjson.loads(orjson.dumps(proof_of(any_pool(number), f"文字{number}", "🎲")))
    assert second_opinion.agrees(proof)
    assert verify_proof(proof) is None


def test_the_page_has_test_vectors_that_hold() -> None:
    pool = json.loads(DOCUMENT.split("```json\n")[1].split("\n```")[0])
    salt, nonces = "0" * 64, ("0" * 31 + "1", "0" * 31 + "2")
    commitment = commitment_of(digest_of(pool), salt)
    seals = [seal_of(commitment, role, person, nonce, text) for role, person, nonce, text in (
        ("operator", "zhang", nonces[0], "第一份"), ("witness", "wang", nonces[1], "第二份"))]  # fmt: skip
    seed = seed_of(commitment, salt, operator=(seals[0], "第一份"), witness=(seals[1], "第二份"))
    chosen = choose_objects(pool, seed)
    teams = assign_officers(pool, chosen.ids, seed)
    wanted = [digest_of(pool), commitment, *seals, seed, json.dumps(chosen.ids), json.dumps(teams), framed("a", "")]
    assert [text for text in wanted if text not in DOCUMENT] == []
    stream = Stream(framed("xianjie-draw/1/seed"), "objects")
    assert f"{[stream.below(10) for _ in range(3)]}；此后 below(1000000007) = {stream.below(1000000007)}" in DOCUMENT


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(proof: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    found = copy.deepcopy(proof)
    place: Any = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return found


def other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "改"
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("0" if value[-1:] != "0" else "1") if isinstance(value, str) else ["改"]


def test_a_change_of_any_single_value_is_detected() -> None:
    proof = proof_of(any_pool(7))
    assert verify_proof(proof) is None
    paths = list(leaves(proof))
    assert len(paths) > 300
    for path in paths:
        value: Any = proof
        for key in path:
            value = value[key]
        assert verify_proof(changed(proof, path, other(value))) is not None, path
        assert not second_opinion.agrees(changed(proof, path, other(value))), path


@pytest.mark.parametrize("part", ["snapshot", "seals", "salt", "seed", "result", "hash", "previous", "redraw", "name"])
def test_a_missing_part_is_named(part: str) -> None:
    proof = proof_of(snapshot())
    found = verify_proof({name: value for name, value in proof.items() if name != part})
    assert found is not None
    assert found.place == part


RESULT = ("snapshot", "objects", 0, 3), ("salt",), ("seals", 1, "text"), ("seals", 0, "nonce"), ("seals", 0, "person")


@pytest.mark.parametrize("path", [*RESULT, ("result", "objects", 0), ("result", "teams", 0, 0), ("seed",)])
def test_whoever_changes_the_draw_and_mends_the_hash_is_found_out_all_the_same(path: tuple[Any, ...]) -> None:
    proof = proof_of(snapshot())
    value: Any = proof
    for key in path:
        value = value[key]
    forged = changed(proof, path, other(value))
    forged["hash"] = digest_of({name: part for name, part in forged.items() if name != "hash"})
    found = verify_proof(forged)
    assert found is not None
    assert found.place != "hash"


def test_one_person_cannot_give_both_inputs() -> None:
    proof = proof_of(snapshot())
    forged = changed(proof, ("seals", 1, "person"), proof["seals"][0]["person"])
    found = verify_proof(forged)
    assert found is not None
    assert (found.place, found.message) == ("seals/1/person", "抽取人和监督人是同一人")


def test_an_officer_without_a_valid_certificate_on_the_day_is_named() -> None:
    late = [{**officer("a", "U1", "规划"), "valid_to": "2026-03-01"}, officer("b"), officer("c")]
    found = verify_proof(proof_of(snapshot(officers=late)))
    assert found is not None
    assert found.place == "snapshot/officers/0"
    assert "证a 在 2026-03-02 无效" in found.message


@pytest.mark.acceptance("A29")
def test_a_chain_with_a_proof_left_out_is_found_out() -> None:
    first = proof_of(snapshot())
    second = proof_of(snapshot(attempt=2), number=2, previous=first["hash"])
    third = proof_of(snapshot(attempt=3), number=3, previous=second["hash"])
    assert verify_chain([first, second, third]) is None
    found = verify_chain([first, third])
    assert found is not None
    assert (found[0], found[1].place) == (1, "previous")


names = st.sampled_from(["format", "snapshot", "seals", "result", "hash"])
plain = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(names, inner)))
def test_whatever_is_no_proof_is_refused_without_a_crash(value: Any) -> None:
    assert verify_proof(value) is not None


@pytest.mark.acceptance("A29")
def test_the_command_repeats_a_draw_without_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIANJIE_DATABASE", "nonsense://")
    first = proof_of(any_pool(3))
    second = proof_of(any_pool(4), number=2, previous=first["hash"])
    files = []
    for name, proof in (("1.json", first), ("2.json", second)):
        (tmp_path / name).write_bytes(orjson.dumps(proof, option=orjson.OPT_INDENT_2))
        files.append(str(tmp_path / name))
    assert run(lambda *_: None, ["verify-draw", *files]) == 0
    assert capsys.readouterr().out.count("复算一致") == 2
    wrong = changed(first, ("seals", 0, "text"), "改")
    (tmp_path / "1.json").write_bytes(orjson.dumps(wrong))
    assert run(lambda *_: None, ["verify-draw", *files]) == 1
    assert "不一致：seals/0/seal" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"hash": 1, "hash": 2}', b"\xff", b'{"number": 1e999}'])
def test_the_command_says_of_any_other_file_that_it_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert run(lambda *_: None, ["verify-draw", str(tmp_path / "x.json")]) == 1
    assert "x.json：不一致：" in capsys.readouterr().out
