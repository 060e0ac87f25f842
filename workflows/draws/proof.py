"""The proof of a draw: all that is needed to repeat it, chained to the draw before it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workflows.draws.hashing import digest_of, seed_of
from workflows.draws.objects import choose_objects
from workflows.draws.officers import assign_officers

FORMAT = "xianjie-draw/1"
ZERO = "0" * 64
ROLES = ("operator", "witness")


@dataclass(frozen=True, slots=True)
class Seal:
    """What one of the two persons gave: the text, and the seal that was shown before it was opened."""

    role: str
    person: str
    name: str
    nonce: str
    text: str
    seal: str
    sealed_at: str


def result_of(snapshot: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """Draw: objects, then officers for each."""
    chosen = choose_objects(snapshot, seed)
    teams = assign_officers(snapshot, chosen.ids, seed)
    return {"strata": chosen.strata, "objects": chosen.ids, "teams": teams}


def seed_from(commitment: str, salt: str, seals: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the seed of the two opened seals."""
    operator, witness = (seals[role] for role in ROLES)
    return seed_of(
        commitment, salt, operator=(operator["seal"], operator["text"]), witness=(witness["seal"], witness["text"])
    )


def sealed_proof(
    head: Mapping[str, Any], snapshot: Mapping[str, Any], committed: Mapping[str, Any], operator: Seal, witness: Seal
) -> dict[str, Any]:
    """Draw and return the proof.

    *head* has ``number``, ``previous``, ``name``, ``redraw`` and ``drawn_at``; *committed* has ``commitment``,
    ``committed_at`` and ``salt``.
    """
    seals = {one.role: asdict(one) for one in (operator, witness)}
    seed = seed_from(committed["commitment"], committed["salt"], seals)
    proof = {
        "format": FORMAT, **head, **committed, "snapshot": dict(snapshot), "snapshot_hash": digest_of(snapshot),
        "seals": [seals[role] for role in ROLES], "seed": seed, "result": result_of(snapshot, seed),
    }  # fmt: skip
    return {**proof, "hash": digest_of(proof)}
