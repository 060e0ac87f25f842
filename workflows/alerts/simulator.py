"""Plays a camera: signs reports as a vendor does and sends them to the real webhook."""

import base64
import random
import struct
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from workflows.alerts.signatures import Signed, headers_for

PATH = "/api/v1/alert-reports"
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Sender:
    """Where to send, and the key to sign with."""

    url: str
    key: str
    secret: str

    def send(self, report: Mapping[str, Any], now: datetime, nonce: str) -> tuple[int, Mapping[str, Any]]:
        """Send one report; answers status and body."""
        body = orjson.dumps(report)
        unsigned = Signed(self.key, str(int(now.timestamp())), nonce, "", "POST", PATH, body)
        headers = {"Content-Type": "application/json", **headers_for(unsigned, self.secret)}
        request = urllib.request.Request(self.url.rstrip("/") + PATH, body, headers)  # noqa: S310 - the operator's own
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return answer.status, orjson.loads(answer.read())
        except urllib.error.HTTPError as exc:
            return exc.code, orjson.loads(exc.read() or b"{}")


def reports(
    devices: Sequence[Mapping[str, Any]], classes: Sequence[str], count: int, now: datetime, seed: str
) -> Iterator[dict[str, Any]]:
    """Yield made-up reports; the same seed makes the same ones."""
    chance = random.Random(seed)  # noqa: S311 - a play, not a secret
    for number in range(1, count + 1):
        device = chance.choice(devices)
        yield {
            "device": device["code"], "source_key": f"演示-{seed}-{number}", "class": chance.choice(classes),
            "confidence": round(chance.uniform(0.2, 0.98), 2), "happened_at": now.isoformat(),
            "lat": round(device["lat"] + chance.uniform(-0.002, 0.002), 6),
            "lon": round(device["lon"] + chance.uniform(-0.002, 0.002), 6), "preset": f"预置位{chance.randint(1, 4)}",
            "note": "演示", "snapshot": base64.b64encode(picture(chance)).decode(),
        }  # fmt: skip


def picture(chance: random.Random, width: int = 160, height: int = 90) -> bytes:
    """Return a PNG of a made-up hill under a made-up sky."""
    ridge, hue = chance.uniform(0.3, 0.6), chance.randint(90, 150)
    steps = [ridge * height + chance.uniform(-5, 5) for _ in range(17)]
    rows = []
    for y in range(height):
        line = bytearray([0])
        for x in range(width):
            place, part = divmod(x, 10)
            top = steps[place] + (steps[place + 1] - steps[place]) * part / 10
            line += bytes((150, 180, 210) if y < top else (hue, hue - 20, 70))
        rows.append(bytes(line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (("IHDR", head), ("IDAT", zlib.compress(b"".join(rows), 9)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
