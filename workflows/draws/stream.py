"""A stream of fair whole numbers from a seed: SHA-256 in counter mode, rejection instead of remainder bias."""

import hashlib
import struct
from collections.abc import Iterator

_WORDS = 4
_BLOCKS = 256
_RANGE = 1 << 64
_UNPACK = struct.Struct(f">{_WORDS * _BLOCKS}Q").unpack


class Stream:
    """Numbers for one phase of a draw; two phases of the same seed have nothing in common.

    The key is SHA-256 of ``xianjie-draw/1/<phase>/<seed>``; block *i* is SHA-256 of the key and *i* as eight bytes,
    big-endian; a block is four words of 64 bits, big-endian.
    """

    def __init__(self, seed: str, phase: str) -> None:
        self._key = hashlib.sha256(f"xianjie-draw/1/{phase}/{seed}".encode())
        self._block = 0
        self._words: list[int] = []

    def below(self, size: int) -> int:
        """Return a whole number from 0 to *size* - 1, each as likely."""
        return next(self.numbers(size))

    def numbers(self, size: int) -> Iterator[int]:
        """Give whole numbers from 0 to *size* - 1, each as likely; a word above the last full range is skipped."""
        limit = _RANGE - _RANGE % size
        while True:
            words = self._words
            while words:
                word = words.pop()
                if word < limit:
                    yield word % size
            self._refill()

    def _refill(self) -> None:
        first, copy = self._block, self._key.copy
        parts = []
        for number in range(first, first + _BLOCKS):
            block = copy()
            block.update(number.to_bytes(8, "big"))
            parts.append(block.digest())
        self._block = first + _BLOCKS
        self._words = list(_UNPACK(b"".join(parts)))
        self._words.reverse()
