"""Signed requests: a batch is one POST, receipts are read with GET; both may carry the national algorithms."""

import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from workflows.adapters.signing import Encryption, Signature
from workflows.delivery.protocol import ACCEPTED, REJECTED, Batch, DeliveryFailed, Feedback, OutboundRow, Sent
from workflows.delivery.writers import written
from workflows.uow import ZONE

_TIMEOUT = 60.0
_MOST = 20_000_000  # bytes of an answer
HEADERS: Mapping[str, str] = {
    "app_id": "X-App-Id", "timestamp": "X-Timestamp", "nonce": "X-Nonce", "signature": "X-Signature",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rest:
    """Posts batches to an address; the receiver knows each one by its ``Idempotency-Key``.

    ``feedback_url`` is asked for receipts since an instant; without it only what the answer says is known.
    """

    url: str
    app_id: str
    now: Callable[[], datetime]
    signature: Signature | None = None
    encryption: Encryption | None = None
    feedback_url: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)

    @property
    def name(self) -> str:
        """How the batch says it travelled."""
        return "rest"

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        """Post the batch; any answer of 200 to 299 means that the receiver has it."""
        rows = [{**written(batch, one), "idempotency_key": one.key} for one in records]
        content = {"batch": batch.number, "dataset": batch.dataset, "layout": batch.layout.key, "records": rows}
        body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        if self.encryption is not None:
            body = orjson.dumps({"batch": batch.number, "data": self.encryption.of(body)})
        answer = self._ask(self.url, body, {"Idempotency-Key": f"{batch.channel}-{batch.number}"})
        results = [_feedback(one, batch.number) for one in answer.get("results") or ()]
        return Sent(str(answer.get("reference") or ""), results)

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        """Ask for receipts since an instant."""
        if not self.feedback_url:
            return ()
        query = urllib.parse.urlencode({"since": since.astimezone(UTC).isoformat()} if since else {})
        answer = self._ask(f"{self.feedback_url}?{query}" if query else self.feedback_url, None, {})
        return [_feedback(one, "") for one in answer.get("results") or ()]

    def _ask(self, url: str, body: bytes | None, more: Mapping[str, str]) -> Mapping[str, Any]:
        headers = {"Content-Type": "application/json", **more, **self._signed(body or b"")}
        method = "GET" if body is None else "POST"
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - checked with the settings
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the same
                found = orjson.loads(answer.read(_MOST) or b"{}")
        except urllib.error.HTTPError as exc:
            raise DeliveryFailed(f"接收方应答 {exc.code} {exc.reason}") from exc
        except (OSError, ValueError) as exc:
            raise DeliveryFailed(f"接收方无法连接或者应答无法读取：{exc}") from exc
        if not isinstance(found, dict):
            raise DeliveryFailed("接收方的应答不是一个 JSON 对象")
        return found

    def _signed(self, body: bytes) -> dict[str, str]:
        facts = {
            "app_id": self.app_id, "timestamp": str(int(self.now().timestamp() * 1000)),
            "nonce": secrets.token_hex(16),
        }  # fmt: skip
        known = facts | ({"signature": self.signature.of(body, facts)} if self.signature else {})
        return {self.headers.get(name, HEADERS[name]): value for name, value in known.items()}


def _feedback(one: Mapping[str, Any], batch_number: str) -> Feedback:
    verdict, key = str(one.get("status")), str(one.get("row_guid") or "")
    if verdict not in (ACCEPTED, REJECTED) or not key:
        raise DeliveryFailed("接收方的回执没有 row_guid，或者 status 不是 accepted、rejected")
    number = str(one.get("batch") or batch_number)
    return Feedback(
        str(one.get("receipt") or f"{number}/{key}/{verdict}"), key, number, verdict, _instant(one.get("reported_at")),
        str(one.get("code") or ""), str(one.get("message") or ""), str(one.get("field") or ""),
    )  # fmt: skip


def _instant(told: object) -> datetime:
    """Return when it was reported; a receiver that does not say so is asked for everything again."""
    try:
        at = datetime.fromisoformat(str(told)) if told else datetime.fromtimestamp(0, UTC)
    except ValueError as exc:
        raise DeliveryFailed(f"接收方的回执时间无法读取：{told}") from exc
    return at if at.tzinfo else at.replace(tzinfo=ZONE)
