"""Who is told what happens, and what became of the messages: for administrators."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.policy import Actor, require
from workflows.webhooks.events import KINDS, Subscriptions
from workflows.webhooks.guard import Guard, NotSent, TargetRefused
from workflows.webhooks.queue import Delivery, ListDeliveries, SettleParked
from workflows.webhooks.subscribing import ChangeSubscription, ListSubscriptions, Subscribe, Subscription

_DONE_BY = "administrator"


@dataclass(frozen=True, slots=True)
class WebhookDesk:
    """An administrator's hands; every call raises ``NotAllowed`` for others."""

    engine: ProcessEngine
    guard: Guard
    subscriptions: Subscriptions

    def all(self, actor: Actor) -> tuple[Subscription, ...]:
        """Return all subscriptions, without their secrets."""
        require(actor, _DONE_BY)
        return self.engine.ask(ListSubscriptions())

    def subscribe(self, actor: Actor, name: str, url: str, kinds: Sequence[str]) -> tuple[UUID, str]:
        """Make a subscription; answers its id and its secret, which is shown this once.

        Raises:
            FormInvalid: the name is missing or taken, the address may not be called, or a kind is unknown.
        """
        require(actor, _DONE_BY)
        faults = [] if name.strip() else [{"field": "name", "message": "请填写名称"}]
        self._raise(faults + self._faults(url, kinds))
        secret = secrets.token_urlsafe(32)
        found = self.engine.execute(Subscribe(actor, name.strip(), url, secret, tuple(dict.fromkeys(kinds))))
        self.subscriptions.forget()
        return found, secret

    def change(
        self, actor: Actor, subscription_id: UUID, *, url: str | None = None, kinds: Sequence[str] | None = None,
        is_active: bool | None = None, renews_secret: bool = False,
    ) -> str | None:  # fmt: skip
        """Change what is given; answers the new secret when it is renewed.

        Raises:
            FormInvalid: as above.
            RecordNotFound: there is no such subscription.
        """
        require(actor, _DONE_BY)
        self._raise(self._faults(url, kinds))
        secret = secrets.token_urlsafe(32) if renews_secret else None
        given: dict[str, Any] = {
            "url": url, "kinds": None if kinds is None else list(dict.fromkeys(kinds)), "is_active": is_active,
            "secret": secret,
        }  # fmt: skip
        values = tuple((name, value) for name, value in given.items() if value is not None)
        self.engine.execute(ChangeSubscription(actor, subscription_id, values))
        self.subscriptions.forget()
        return secret

    def deliveries(self, actor: Actor, status: str | None = None, limit: int = 200) -> tuple[Delivery, ...]:
        """Return messages, newest first."""
        require(actor, _DONE_BY)
        return self.engine.ask(ListDeliveries(status, min(limit, 500)))

    def settle(self, actor: Actor, delivery_id: UUID, *, is_dropped: bool) -> None:
        """Send a parked message again, or drop it.

        Raises:
            RecordClosed: it is not parked.
        """
        require(actor, _DONE_BY)
        self.engine.execute(SettleParked(actor, delivery_id, is_dropped))

    def _faults(self, url: str | None, kinds: Sequence[str] | None) -> list[dict[str, str]]:
        faults = []
        if url is not None:
            try:
                scheme, host, port, _ = self.guard.checked(url)
                self.guard.address_of(scheme, host, port)
            except (TargetRefused, NotSent) as exc:
                faults.append({"field": "url", "message": f"不能使用这个地址：{exc}"})
        if kinds is not None and (not kinds or set(kinds) - KINDS.keys()):
            faults.append({"field": "kinds", "message": f"请从以下事件中选择：{'、'.join(KINDS)}"})
        return faults

    def _raise(self, faults: list[dict[str, str]]) -> None:
        if faults:
            raise errors.FormInvalid(errors=faults)
