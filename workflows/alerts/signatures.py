"""How a report is signed: HMAC-SHA256 over its time, its nonce, where it goes, and the SHA-256 of its body."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from workflows import errors
from workflows.alerts.parameters import values_of
from workflows.records.alerts import webhook_key, webhook_nonce
from workflows.uow import UnitOfWork

KEY, TIMESTAMP, NONCE, SIGNATURE = "X-Xianjie-Key", "X-Xianjie-Timestamp", "X-Xianjie-Nonce", "X-Xianjie-Signature"
SCHEME = "sha256="
_SHORTEST, _LONGEST = 16, 100


@dataclass(frozen=True, slots=True)
class Signed:
    """What came with a report, unchecked."""

    key: str
    timestamp: str
    nonce: str
    signature: str
    method: str
    path: str
    body: bytes

    def by(self, secret: str) -> "Signed":
        """Return the same report with its signature, as its sender makes it."""
        return replace(self, signature=signature_of(self, secret))


def text_to_sign(report: Signed) -> bytes:
    """Return the five lines that are signed."""
    body = hashlib.sha256(report.body).hexdigest()
    return "\n".join((report.timestamp, report.nonce, report.method, report.path, body)).encode()


def signature_of(report: Signed, secret: str) -> str:
    """Return the value of the signature header."""
    return SCHEME + hmac.new(secret.encode(), text_to_sign(report), hashlib.sha256).hexdigest()


def headers_for(report: Signed, secret: str) -> dict[str, str]:
    """Return the headers of a report, as its sender makes them."""
    return {KEY: report.key, TIMESTAMP: report.timestamp, NONCE: report.nonce,
            SIGNATURE: signature_of(report, secret)}  # fmt: skip


def check_signature(uow: UnitOfWork, signed: Signed, folder: Path) -> Row[Any]:
    """Return the row of the key a report is signed with; nothing is said or kept about its nonce.

    Raises:
        SignatureRefused: a header is missing, the key unknown or out of use, the time too far off, or the
            signature wrong.
    """
    _require_headers(signed)
    window = values_of(uow, folder)["window_seconds"]
    row = uow.connection.execute(select(webhook_key).where(webhook_key.c.id == signed.key)).one_or_none()
    if row is None or (row.valid_until is not None and uow.now >= row.valid_until):
        raise errors.SignatureRefused(reason=f"密钥编号无效或已停用，请核对 {KEY}，或向管理员申请新密钥")
    at = _instant(signed.timestamp)
    if at is None or abs((uow.now - at).total_seconds()) > window:
        raise errors.SignatureRefused(
            reason=f"时间戳与平台相差超过 {window:g} 秒，请校准时钟后重新签名；平台时间 {int(uow.now.timestamp())}"
        )
    if not hmac.compare_digest(signature_of(signed, row.secret).encode(), signed.signature.encode()):
        raise errors.SignatureRefused(reason="签名不符，请核对密钥、五行待签文本的顺序和正文原始字节")
    return row


def use_key(uow: UnitOfWork, signed: Signed, folder: Path) -> Row[Any]:
    """Check a report's signature and use up its nonce; answers the row of its key.

    Raises:
        SignatureRefused.
        ReportReplayed: this nonce was used before.
    """
    row = check_signature(uow, signed, folder)
    _use_nonce(uow, signed)
    uow.connection.execute(update(webhook_key).where(webhook_key.c.id == row.id).values(last_used_at=uow.now))
    return row


def _require_headers(signed: Signed) -> None:
    pairs = ((KEY, signed.key), (TIMESTAMP, signed.timestamp), (NONCE, signed.nonce), (SIGNATURE, signed.signature))
    if missing := [name for name, value in pairs if not value]:
        raise errors.SignatureRefused(reason=f"缺少请求头 {'、'.join(missing)}")
    if not _SHORTEST <= len(signed.nonce) <= _LONGEST or not signed.nonce.isascii():
        raise errors.SignatureRefused(reason=f"{NONCE} 应为 {_SHORTEST} 至 {_LONGEST} 个 ASCII 字符的随机数")


def _instant(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return None
    return datetime.fromtimestamp(int(text), UTC)


def _use_nonce(uow: UnitOfWork, signed: Signed) -> None:
    mine = (webhook_nonce.c.key_id == signed.key) & (webhook_nonce.c.nonce == signed.nonce)
    if uow.connection.execute(select(webhook_nonce.c.nonce).where(mine)).first() is not None:
        raise errors.ReportReplayed(nonce=signed.nonce)
    row = {"key_id": signed.key, "nonce": signed.nonce, "seen_at": uow.now}
    uow.connection.execute(insert(webhook_nonce), row)


def forget_nonces(uow: UnitOfWork, before: datetime) -> int:
    """Delete nonces whose timestamps are refused by now anyway; answers how many."""
    return uow.connection.execute(delete(webhook_nonce).where(webhook_nonce.c.seen_at < before)).rowcount
