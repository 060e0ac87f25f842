"""Draws that anybody can repeat: pure functions from a snapshot and a seed, and the proof of what came out.

``docs/draw.md`` describes the same without our words; a test holds this package against a second program that was
written from that page alone.
"""

from workflows.draws.hashing import commitment_of, digest_of, seal_of, seed_of
from workflows.draws.objects import choose_objects, quota_of
from workflows.draws.officers import assign_officers, missing_for
from workflows.draws.proof import FORMAT, ZERO, Seal, result_of, sealed_proof
from workflows.draws.verify import Discrepancy, verify_chain, verify_proof

__all__ = [
    "FORMAT",
    "ZERO",
    "Discrepancy",
    "Seal",
    "assign_officers",
    "choose_objects",
    "commitment_of",
    "digest_of",
    "missing_for",
    "quota_of",
    "result_of",
    "seal_of",
    "sealed_proof",
    "seed_of",
    "verify_chain",
    "verify_proof",
]
