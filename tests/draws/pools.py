"""Pools to draw from, and whole ceremonies on paper."""

import random
from typing import Any

from workflows.draws import ZERO, Seal, commitment_of, digest_of, seal_of, sealed_proof

SALT = "a5" * 32


def officer(name: str, unit: str = "U1", *qualifications: str, load: int = 0) -> dict[str, Any]:
    return {
        "id": name, "name": name, "unit": unit, "qualifications": list(qualifications), "certificate": f"证{name}",
        "valid_from": "2024-01-01", "valid_to": "2028-12-31", "load": load,
    }  # fmt: skip


def stratum(key: str, ratio: int, least: int = 1) -> dict[str, Any]:
    return {"key": key, "ratio": ratio, "least": least, "reason": "测试"}


def snapshot(**parts: Any) -> dict[str, Any]:
    """Return a snapshot of ten equal objects in one stratum, with changes."""
    usual = {
        "task": "SJ2026-00001", "attempt": 1, "day": "2026-03-02", "strata": [stratum("A", 3000)],
        "objects": [[f"o{n}", f"E{n}", "A", 1, f"企业{n}"] for n in range(10)], "excluded": [], "limits": [],
        "seats": [seat("规划"), seat()], "officers": [officer("a", "U1", "规划"), officer("b"), officer("c")],
        "officers_excluded": [], "recusals": [],
    }  # fmt: skip
    return {**usual, **parts}


def seat(qualification: str | None = None, *units: str) -> dict[str, Any]:
    return {"units": list(units) or ["U1"], "qualification": qualification}


def any_pool(number: int) -> dict[str, Any]:
    """Return a pool with strata, weights, limits, recusals and loads, always the same for a number."""
    chance = random.Random(number)
    keys = [f"S{n}" for n in range(chance.randint(1, 4))]
    size, parties = chance.randint(0, 60), chance.randint(1, 40)
    objects = [
        [f"o{n:03d}", chance.choice(["", f"E{chance.randrange(parties)}"]), chance.choice(keys),
         chance.choice([1, 1, 1, chance.randint(1, 9)]), f"企业“{n}”\n"] for n in range(size)
    ]  # fmt: skip
    limited = sorted({f"E{chance.randrange(parties)}" for _ in range(parties // 2)})
    people = [
        officer(f"p{n:02d}", chance.choice(["U1", "U2"]), *(["规划"] if n % 2 == 0 else []), load=chance.randint(0, 3))
        for n in range(4, 16)
    ]
    sure = [officer("p00", "U1", "规划"), officer("p01", "U1"), officer("p02", "U2"), officer("p03", "U2")]
    barred = {(f"p{chance.randint(4, 15):02d}", row[0]) for row in objects if chance.random() < 0.4}
    return snapshot(
        strata=[stratum(key, chance.choice([0, 100, 500, 3000, 6100, 10_000]), chance.randint(0, 2)) for key in keys],
        objects=objects, limits=[[party, chance.randint(0, 2)] for party in limited], officers=sure + people,
        seats=[seat("规划"), seat(None, "U1"), seat(None, "U2"), seat(None, "U2")],
        recusals=[[*row, "亲属"] for row in sorted(barred)],
    )  # fmt: skip


def proof_of(pool: dict[str, Any], *texts: str, number: int = 1, previous: str = ZERO) -> dict[str, Any]:
    """Hold a ceremony and return its proof."""
    commitment = commitment_of(digest_of(pool), SALT)
    seals = [
        Seal(role, person, person, nonce, text, seal_of(commitment, role, person, nonce, text), f"2026-03-02T10:0{at}")
        for at, (role, person, nonce, text) in enumerate(
            zip(("operator", "witness"), ("zhang", "wang"), ("01" * 16, "02" * 16), texts or ("甲", "乙"), strict=True),
            1,
        )
    ]
    head = {"number": number, "previous": previous, "name": "SJ2026-00001/1", "redraw": None,
            "drawn_at": "2026-03-02T10:05"}  # fmt: skip
    committed = {"commitment": commitment, "committed_at": "2026-03-02T10:00", "salt": SALT}
    return sealed_proof(head, pool, committed, *seals)
