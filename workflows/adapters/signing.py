"""Signs and encrypts requests with the national algorithms; everything receivers differ in is configured.

SM3 and SM4 come from ``cryptography``, SM2 from ``gmalg``.
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import gmalg
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from engine.digests import sm3

ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex, "base64": lambda raw: base64.b64encode(raw).decode("ascii"),
}  # fmt: skip
_BLOCK, _GCM_NONCE, _NUMBER = 16, 12, 32


def hmac_sm3(key: bytes, content: bytes) -> bytes:
    """Return the keyed SM3 digest."""
    keyed = hmac.HMAC(key, hashes.SM3())
    keyed.update(content)
    return keyed.finalize()


def sm2_sign(key: bytes, user_id: bytes, content: bytes, *, form: str) -> bytes:
    """Return an SM2 signature: ``raw`` is both numbers of 32 bytes, ``der`` their ASN.1 sequence."""
    r, s = (int.from_bytes(part, "big") for part in gmalg.SM2(key, user_id).sign(content))
    return encode_dss_signature(r, s) if form == "der" else r.to_bytes(_NUMBER, "big") + s.to_bytes(_NUMBER, "big")


@dataclass(frozen=True, slots=True)
class Signature:
    """How requests are signed.

    Attributes:
        algorithm: ``sm2`` (key: private key), ``hmac-sm3`` (key: shared secret) or ``sm3`` (a digest; put the
            secret into the text).
        text: the signed text; ``{app_id} {timestamp} {nonce} {body} {digest} {secret}`` are filled in, where the
            digest is the SM3 of the body in hexadecimal.
        form: of an SM2 signature, ``raw`` or ``der``.
        encoding: ``hex`` or ``base64``.
    """

    algorithm: str
    key: bytes
    text: str = "{app_id}\n{timestamp}\n{nonce}\n{digest}"
    user_id: str = "1234567812345678"
    form: str = "raw"
    encoding: str = "base64"

    def of(self, body: bytes, facts: Mapping[str, str]) -> str:
        """Return the signature of a request."""
        known = {**facts, "digest": sm3(body).hex(), "body": body.decode(), "secret": self.key.decode("latin-1")}
        content = self.text.format(**known).encode()
        ways: Mapping[str, Callable[[], bytes]] = {
            "sm2": lambda: sm2_sign(self.key, self.user_id.encode(), content, form=self.form),
            "hmac-sm3": lambda: hmac_sm3(self.key, content),
            "sm3": lambda: sm3(content),
        }
        return ENCODINGS[self.encoding](ways[self.algorithm]())


@dataclass(frozen=True, slots=True)
class Encryption:
    """How bodies are encrypted: SM4 in a mode; a fresh vector stands before the cipher text (ECB has none)."""

    key: bytes
    mode: str = "gcm"
    encoding: str = "base64"

    def of(self, content: bytes) -> str:
        """Return the vector, the cipher text and, with gcm, its tag."""
        vector = b"" if self.mode == "ecb" else secrets.token_bytes(_GCM_NONCE if self.mode == "gcm" else _BLOCK)
        if self.mode in ("ecb", "cbc"):
            padder = PKCS7(_BLOCK * 8).padder()
            content = padder.update(content) + padder.finalize()
        return ENCODINGS[self.encoding](vector + self._sealed(vector, content))

    def _sealed(self, vector: bytes, content: bytes) -> bytes:
        cipher = algorithms.SM4(self.key)
        if self.mode == "gcm":
            authentic = Cipher(cipher, modes.GCM(vector)).encryptor()
            return authentic.update(content) + authentic.finalize() + authentic.tag
        encryptor = Cipher(cipher, _MODES[self.mode](vector)).encryptor()
        return encryptor.update(content) + encryptor.finalize()


_MODES: Mapping[str, Callable[[bytes], modes.CBC | modes.CTR | modes.ECB]] = {
    "cbc": modes.CBC, "ctr": modes.CTR,
    "ecb": lambda _vector: modes.ECB(),  # noqa: S305 - weak; only for receivers that know nothing better
}  # fmt: skip
MODES, ALGORITHMS, FORMS = ("gcm", *_MODES), ("sm2", "hmac-sm3", "sm3"), ("raw", "der")
