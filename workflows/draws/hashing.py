"""Hashes of a draw: canonical JSON for data, length-prefixed parts for what is committed, sealed and seeded."""

import hashlib
from typing import Any

import orjson

_LENGTH = 8
COMMITMENT, SEAL, SEED = "xianjie-draw/1/commitment", "xianjie-draw/1/seal", "xianjie-draw/1/seed"


def digest_of(data: Any) -> str:
    """Return the SHA-256 of data as canonical JSON: RFC 8785 over text, whole numbers, true, false and null."""
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()


def framed(*parts: str) -> str:
    """Return the SHA-256 of parts, each as the number of its UTF-8 bytes (8 bytes, big-endian) and the bytes."""
    found = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        found.update(len(raw).to_bytes(_LENGTH, "big") + raw)
    return found.hexdigest()


def commitment_of(snapshot_hash: str, salt: str) -> str:
    """Return what the system shows before anybody has a say: it binds the lists and the salt."""
    return framed(COMMITMENT, snapshot_hash, salt)


def seal_of(commitment: str, role: str, person: str, nonce: str, text: str) -> str:
    """Return what is shown of a person's input until both persons have given theirs."""
    return framed(SEAL, commitment, role, person, nonce, text)


def seed_of(commitment: str, salt: str, *, operator: tuple[str, str], witness: tuple[str, str]) -> str:
    """Return the seed; *operator* and *witness* are the seal and the text of each."""
    return framed(SEED, commitment, salt, *operator, *witness)
