"""Repeat a draw from its proof and name the first thing that does not agree; needs no database and no network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.draws.hashing import commitment_of, digest_of, seal_of
from workflows.draws.officers import missing_for
from workflows.draws.proof import FORMAT, ROLES, ZERO, result_of, seed_from
from workflows.draws.shape import misshapen

Proof = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Where a proof does not agree with itself, and how."""

    place: str
    message: str


def verify_proof(proof: Any) -> Discrepancy | None:
    """Return the first discrepancy of a proof, or None."""
    wrong = misshapen(proof)
    if wrong is not None:
        return Discrepancy(*wrong)
    for check in _CHECKS:
        found = check(proof)
        if found is not None:
            return found
    return None


def verify_chain(proofs: Sequence[Any]) -> tuple[int, Discrepancy] | None:
    """Verify proofs that follow each other; answers the place of the first faulty one with its discrepancy."""
    for place, proof in enumerate(proofs):
        found = verify_proof(proof)
        if found is None and place and proof["previous"] != proofs[place - 1]["hash"]:
            found = Discrepancy("previous", "与前一份证明的 hash 不一致：两份之间缺了证明，或前一份被改过")
        if found is not None:
            return place, found
    return None


def _format(proof: Proof) -> Discrepancy | None:
    return _same("format", proof["format"], FORMAT)


def _snapshot(proof: Proof) -> Discrepancy | None:
    return _same("snapshot_hash", proof["snapshot_hash"], digest_of(proof["snapshot"]))


def _commitment(proof: Proof) -> Discrepancy | None:
    return _same("commitment", proof["commitment"], commitment_of(proof["snapshot_hash"], proof["salt"]))


def _persons(proof: Proof) -> Discrepancy | None:
    if [one["role"] for one in proof["seals"]] != list(ROLES):
        return Discrepancy("seals", "应依次为抽取人（operator）和监督人（witness）两份")
    if proof["seals"][0]["person"] == proof["seals"][1]["person"]:
        return Discrepancy("seals/1/person", "抽取人和监督人是同一人")
    for place, one in enumerate(proof["seals"]):
        if not proof["committed_at"] <= one["sealed_at"] <= proof["drawn_at"]:
            return Discrepancy(f"seals/{place}/sealed_at", "封存时刻不在公布承诺和开封之间")
    return None


def _seals(proof: Proof) -> Discrepancy | None:
    for place, one in enumerate(proof["seals"]):
        wanted = seal_of(proof["commitment"], one["role"], one["person"], one["nonce"], one["text"])
        found = _same(f"seals/{place}/seal", one["seal"], wanted)
        if found is not None:
            return found
    return None


def _seed(proof: Proof) -> Discrepancy | None:
    seals = {one["role"]: one for one in proof["seals"]}
    return _same("seed", proof["seed"], seed_from(proof["commitment"], proof["salt"], seals))


def _feasible(proof: Proof) -> Discrepancy | None:
    found = missing_for(proof["snapshot"])
    return Discrepancy("snapshot/officers", f"对象 {found[0]} 派不齐检查人员") if found else None


def _result(proof: Proof) -> Discrepancy | None:
    try:
        wanted, given = result_of(proof["snapshot"], proof["seed"]), proof["result"]
    except LookupError:
        return Discrepancy("snapshot/seats", "按席位的先后派不齐人员")
    for name in ("strata", "objects", "teams"):
        found = _same_list(f"result/{name}", given[name], wanted[name])
        if found is not None:
            return found
    return _same("result", digest_of(given), digest_of(wanted))


def _chain(proof: Proof) -> Discrepancy | None:
    if (proof["number"] == 1) != (proof["previous"] == ZERO):
        return Discrepancy("previous", "只有第 1 次抽取的 previous 是 64 个 0")
    return None


def _hash(proof: Proof) -> Discrepancy | None:
    rest = {name: value for name, value in proof.items() if name != "hash"}
    return _same("hash", proof["hash"], digest_of(rest))


_CHECKS: tuple[Callable[[Proof], Discrepancy | None], ...] = (
    _format, _snapshot, _commitment, _persons, _seals, _seed, _feasible, _result, _chain, _hash,
)  # fmt: skip


def _same(place: str, given: Any, wanted: Any) -> Discrepancy | None:
    return None if given == wanted else Discrepancy(place, f"证明中是 {given}，复算得 {wanted}")


def _same_list(place: str, given: Iterable[Any], wanted: Sequence[Any]) -> Discrepancy | None:
    given = list(given)
    for number, (one, other) in enumerate(zip(given, wanted, strict=False)):
        if one != other:
            return Discrepancy(f"{place}/{number}", f"证明中是 {one}，复算得 {other}")
    if len(given) != len(wanted):
        return Discrepancy(place, f"证明中有 {len(given)} 项，复算得 {len(wanted)} 项")
    return None
